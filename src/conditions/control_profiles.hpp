#pragma once
#include <span>
#include <string>
#include <vector>

#include "conditions/condition_list.hpp"

namespace cupel {

// One mean profile of control cells per context: contexts × genes of the first screen, in the order
// of the contexts' names.
struct ControlProfiles {
  std::vector<std::string> contexts;
  std::vector<std::vector<double>> means;
};

// Means over control cells of log1p of counts per ten thousand (`counts`), or of the values as they
// are. Values are rounded to 2^-32 and added as whole numbers, so cells may come in any order.
// Throws Error(kInput) when genes of the screens differ, a context has no control, or a value is
// not finite or beyond 100, which no log-normalised value is.
[[nodiscard]] ControlProfiles control_profiles(std::span<const NamedScreen> screens,
                                               std::span<const ConditionCells> conditions,
                                               bool counts);

}  // namespace cupel
