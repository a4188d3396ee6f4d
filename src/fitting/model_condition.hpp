#pragma once
#include <string>

#include "conditions/condition.hpp"
#include "models/condition.hpp"

// The one place where a screen's conditions become those that models know.
namespace cupel::fitting {

// Where a model looks for a control: the context, with the dataset before it where there is one.
[[nodiscard]] std::string model_context(const Condition& condition);

// Without batch. Doses are numbers, one of all members or, where they differ, one of each; none
// where they are no numbers.
[[nodiscard]] models::Condition model_condition(const Condition& condition);

}  // namespace cupel::fitting
