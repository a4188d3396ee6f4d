#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// How labels of a screen become names that compare (baselines-splits-audits.md A0, E3): "B+A",
// "A+B+ctrl" and "A+B" are one perturbation. All of it is declared, nothing is guessed.
namespace cupel {

struct NameRule {
  std::string separator = "+";  // between the members of a combination; empty: a label is one name
  // Whole names that mean "nothing was done"; never a part of a name ("ctrl" is not in "CTRL1").
  std::vector<std::string> controls = {"non-targeting"};
  // Labels are written as Python writes a list: [('Dactolisib', 0.5, 'uM')].
  bool tuples = false;
};

// One thing done to a cell. `dose` is canonical (canonical_dose); empty where none was given.
struct Treatment {
  std::string name = {};
  std::string dose = {};
  friend auto operator<=>(const Treatment&, const Treatment&) = default;
};

// What a label says was done: sorted, control tokens dropped; empty: a control cell. `dose` is the
// dose column's text: one dose per member in the label's order ("1+0.5"), or one for all. Throws
// Error(kInput), naming the label, when a member is empty or doses do not match members.
[[nodiscard]] std::vector<Treatment> parse_label(std::string_view label, std::string_view dose,
                                                 const NameRule& rule);

// The reverse: the dose column's text that gives a label its doses; one for all members where they
// are one, else one per member in the label's own order. `members` and `doses` as a Condition has
// them.
[[nodiscard]] std::string dose_text(std::string_view label, std::span<const std::string> members,
                                    std::span<const std::string> doses, const NameRule& rule);

// Members joined by '+'; "control" when there are none.
[[nodiscard]] std::string canonical_name(std::span<const std::string> members);

// A dose as number and unit: "0.50 uM" is {0.5, "uM"}. None where the text does not begin with a
// finite number.
struct Dose {
  double value = 0.0;
  std::string unit = {};
};
[[nodiscard]] std::optional<Dose> parse_dose(std::string_view text);
// "1.0" -> "1", "0.50 uM" -> "0.5uM"; a text that is no number stays as it is.
[[nodiscard]] std::string canonical_dose(std::string_view text);

}  // namespace cupel
