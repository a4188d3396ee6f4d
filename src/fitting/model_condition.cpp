#include "fitting/model_condition.hpp"

#include <algorithm>

#include "conditions/names.hpp"

namespace cupel::fitting {

std::string model_context(const Condition& condition) {
  if (condition.dataset.empty()) return condition.context;
  if (condition.context.empty()) return condition.dataset;
  std::string name = condition.dataset;
  return name.append(": ").append(condition.context);
}

models::Condition model_condition(const Condition& condition) {
  const auto& doses = condition.doses;
  std::optional<double> value;
  if (!doses.empty() && std::ranges::all_of(doses, [&](const auto& d) { return d == doses[0]; })) {
    if (const auto dose = parse_dose(doses.front())) value = dose->value;
  }
  return models::make_condition(model_context(condition), condition.members, value);
}

}  // namespace cupel::fitting
