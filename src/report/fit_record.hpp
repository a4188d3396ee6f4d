#pragma once
#include <map>
#include <string>

#include "cupel/fit.hpp"

namespace cupel {

// perturbation, context, dataset, dose, task, rule, reason: one line per condition asked.
[[nodiscard]] std::string fit_rules_csv(const FitReport& report);
// Version, commit, what was fitted to what with which settings, the claim, how many predictions
// rest on what.
[[nodiscard]] std::string fit_record_json(const FitReport& report);
// The same for a terminal, in a few lines.
[[nodiscard]] std::string fit_text(const FitReport& report);
// How many predictions rest on each rule.
[[nodiscard]] std::map<std::string, std::int64_t> count_rules(const FitReport& report);

}  // namespace cupel
