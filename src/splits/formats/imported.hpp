#pragma once
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "splits/generator.hpp"

// Splits that others drew, in the shapes in which they are passed on (baselines-splits-audits.md
// B13).
namespace cupel::splits {

// Names of perturbations by part, as GEARS, PRESAGE and others list them.
struct NameLists {
  std::vector<std::string> train = {};
  std::vector<std::string> val = {};
  std::vector<std::string> test = {};
};

// How a program joins the members of a combination and pads a single.
struct NameStyle {
  std::string separator = "+";
  std::string control = "ctrl";
  bool pads_singles = true;  // "A+ctrl"
};
inline const NameStyle kGearsStyle{.separator = "+", .control = "ctrl", .pads_singles = true};
inline const NameStyle kPresageStyle{.separator = "_", .control = "control", .pads_singles = false};

// What an import left aside, for a warning each.
struct ImportNotes {
  std::vector<std::string> unknown = {};   // names that the screen does not have
  std::vector<std::string> controls = {};  // control labels listed to be validated or tested
};

// A fold of what the lists say; perturbations in no list are unused. Names are looked up among the
// screen's own, in any order of members, so that a separator within a name does no harm. Throws
// Error(kInput) for a perturbation in two lists and for a name that fits two perturbations.
[[nodiscard]] Fold fold_of_lists(const Material& material, const NameLists& lists,
                                 const NameStyle& style, ImportNotes& notes);
// The reverse, in the style asked for; a combination keeps the order of members that the screen
// writes. Throws Error(kInput) where contexts, doses or batches of one perturbation are in
// different parts, which lists cannot say, and for a name that fits two perturbations. Excluded and
// unused perturbations are in no list.
[[nodiscard]] NameLists lists_of(const Manifest& manifest, const Fold& fold,
                                 const Material& material, const NameStyle& style);

// By class (combinations.hpp) the tested perturbations, against what trains and validates, and
// those that validate, against what trains: what GEARS keeps beside its split. Names are those of
// the lists; one that the screen does not have is in no class.
struct Subgroups {
  std::map<std::string, std::vector<std::string>> test = {};
  std::map<std::string, std::vector<std::string>> val = {};
};
[[nodiscard]] Subgroups subgroups_of(const NameLists& lists, const Material& material,
                                     const NameStyle& style);

// A fold of a part for each cell; a cell of the screen that is not named is unused. Throws
// Error(kInput) for names that the screen does not have, or has twice.
[[nodiscard]] Fold fold_of_cells(const Material& material,
                                 const std::vector<std::pair<std::string, Part>>& cells);
// The reverse, in the order of the conditions. Controls that all parts share are given to train.
[[nodiscard]] std::vector<std::pair<std::string, Part>> cells_of(const Manifest& manifest,
                                                                 const Fold& fold,
                                                                 const Material& material);

// One fold for each label of a column that names folds: it tests the cells of that label, and those
// of the others train. A cell without a label is unused. Folds are in the order of their names,
// numbers by size. Throws Error(kInput) for fewer than two labels, and for one that names a part.
[[nodiscard]] std::vector<Fold> folds_of_labels(
    const Material& material, const std::vector<std::pair<std::string, std::string>>& labels,
    const std::string& where);

// Parts as others call them: "valid" and "validation" are val. Where a label "ood" is among them
// that one is the test, and "test" validates (CPA's convention).
[[nodiscard]] std::vector<Part> parts_of_labels(const std::vector<std::string>& labels,
                                                const std::string& where);

// A manifest of folds that were read: test conditions are told apart by seen_class, and promise
// those keys that they do keep apart. Where no control has a part yet, they get that of `controls`.
[[nodiscard]] Manifest imported_manifest(const Material& material, std::vector<Fold> folds,
                                         const std::string& format, ControlPolicy controls);

}  // namespace cupel::splits
