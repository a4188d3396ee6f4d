#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace cupel::models {

// What was done to which cells. Perturbations are sorted and hold no control label; none at all
// is the context's control.
struct Condition {
  std::string context;
  std::vector<std::string> perturbations;
  std::optional<double> dose;

  friend bool operator==(const Condition&, const Condition&) = default;
};

[[nodiscard]] inline Condition make_condition(std::string context,
                                              std::vector<std::string> perturbations,
                                              std::optional<double> dose = std::nullopt) {
  std::ranges::sort(perturbations);
  return {std::move(context), std::move(perturbations), dose};
}

}  // namespace cupel::models
