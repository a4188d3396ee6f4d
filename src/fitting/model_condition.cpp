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
  auto result = models::make_condition(model_context(condition), condition.members);
  if (doses.empty()) return result;
  std::vector<std::optional<double>> values;  // members are sorted, so these are in their order
  for (const auto& text : doses) {
    const auto dose = parse_dose(text);
    values.push_back(dose ? std::optional(dose->value) : std::nullopt);
  }
  if (std::ranges::all_of(values, [&](const auto& value) { return value == values.front(); })) {
    result.dose = values.front();
  } else {
    result.doses = std::move(values);
  }
  return result;
}

}  // namespace cupel::fitting
