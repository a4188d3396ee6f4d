#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "splits/formats/imported.hpp"

namespace cupel::splits {

// The split file of cell-load and State (baselines-splits-audits.md B13). Contexts are named
// (dataset, context).
struct CellLoadSplit {
  using ContextName = std::pair<std::string, std::string>;
  struct FewShot {
    std::vector<std::string> val = {};
    std::vector<std::string> test = {};
  };
  std::map<std::string, std::string> datasets = {};  // paths
  std::vector<std::string> training = {};            // datasets all of which trains
  std::map<ContextName, Part> zeroshot = {};         // kVal or kTest
  std::map<ContextName, FewShot> fewshot = {};
};

// As cell-load reads it: zero-shot wins over few-shot; of a few-shot context what is in no list
// trains, whether its dataset is in [training] or not; other contexts of datasets in [training]
// train; the rest is unused. A screen without dataset names is that one dataset the file has.
// Throws Error(kInput) when a perturbation is in val and test, or a context is not in the screen.
[[nodiscard]] Fold fold_of_cell_load(const Material& material, const CellLoadSplit& split,
                                     ImportNotes& notes);

// The reverse, with labels as the screen has them; `paths` are those of the screens. Throws
// Error(kInput) for what such a file cannot say: excluded or unused conditions of a context or
// dataset that trains, conditions divided by dose, batch or cell, contexts without a name.
[[nodiscard]] CellLoadSplit cell_load_of(const Manifest& manifest, const Fold& fold,
                                         const Material& material,
                                         std::span<const std::string> paths);

}  // namespace cupel::splits
