#pragma once
#include <algorithm>
#include <compare>
#include <optional>
#include <string>
#include <vector>

namespace cupel::models {

// What was done to which cells. Perturbations are sorted and hold no control label; none at all
// is the context's control.
struct Condition {
  std::string context = {};
  std::vector<std::string> perturbations = {};
  std::optional<double> dose = {};                // of all perturbations
  std::vector<std::optional<double>> doses = {};  // of each, where they differ; else none

  friend auto operator<=>(const Condition&, const Condition&) = default;
};

[[nodiscard]] inline Condition make_condition(std::string context,
                                              std::vector<std::string> perturbations,
                                              std::optional<double> dose = std::nullopt) {
  std::ranges::sort(perturbations);
  return {std::move(context), std::move(perturbations), dose, {}};
}

// One member of it alone, at its dose.
[[nodiscard]] inline Condition member_of(const Condition& condition, std::size_t member) {
  return {condition.context,
          {condition.perturbations[member]},
          condition.doses.empty() ? condition.dose : condition.doses[member],
          {}};
}

}  // namespace cupel::models
