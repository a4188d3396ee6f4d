#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/sweep.hpp"
#include "models/condition.hpp"

namespace cupel::sweep {

// Rows that are left out of a fit together. No row is in two groups.
using Groups = std::vector<std::vector<std::int64_t>>;

[[nodiscard]] Groups each_row(std::int64_t n);
// Conditions of the same perturbations, whatever their context and dose: with one of them in a fit
// the others would not be unseen (baselines-splits-audits.md A0).
[[nodiscard]] Groups by_perturbation(std::span<const models::Condition> conditions);
// `k` groups, perturbations kept together, shuffled by the seed; fewer where there are fewer
// perturbations. Sizes in perturbations differ by one at most (B11).
[[nodiscard]] Groups folds_of_perturbations(std::span<const models::Condition> conditions,
                                            std::int64_t k, std::uint64_t seed);

// Rows by what is left out together, in folds of such units or each by itself. Of
// LeaveOut::kCombination rows of a single perturbation are in no group.
[[nodiscard]] Groups inside_groups(const InsideFolds& folds,
                                   std::span<const models::Condition> conditions);

// The rows of 0 .. n - 1 that are not in a group.
[[nodiscard]] std::vector<std::int64_t> all_but(std::span<const std::int64_t> group,
                                                std::int64_t n);

}  // namespace cupel::sweep
