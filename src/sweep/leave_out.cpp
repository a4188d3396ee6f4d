#include "sweep/leave_out.hpp"

#include <algorithm>
#include <map>

#include "random/philox.hpp"

namespace cupel::sweep {
namespace {

// Units shuffled and dealt to folds in turn.
Groups dealt(Groups units, std::int64_t k, std::uint64_t seed) {
  PhiloxStream random(seed, 0, 0);
  for (std::size_t i = units.size(); i > 1; --i) {
    std::swap(units[i - 1], units[random.below(static_cast<std::uint32_t>(i))]);
  }
  const auto n_folds = std::min<std::size_t>(static_cast<std::size_t>(k), units.size());
  Groups folds(n_folds);
  for (std::size_t i = 0; i < units.size(); ++i) {
    auto& fold = folds[i % n_folds];
    fold.insert(fold.end(), units[i].begin(), units[i].end());
  }
  for (auto& fold : folds) std::ranges::sort(fold);
  return folds;
}

}  // namespace

Groups each_row(std::int64_t n) {
  Groups groups;
  for (std::int64_t row = 0; row < n; ++row) groups.push_back({row});
  return groups;
}

Groups by_perturbation(std::span<const models::Condition> conditions) {
  std::map<std::vector<std::string>, std::vector<std::int64_t>> rows;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    rows[conditions[i].perturbations].push_back(static_cast<std::int64_t>(i));
  }
  Groups groups;
  for (auto& [names, group] : rows) groups.push_back(std::move(group));
  return groups;
}

Groups folds_of_perturbations(std::span<const models::Condition> conditions, std::int64_t k,
                              std::uint64_t seed) {
  return dealt(by_perturbation(conditions), k, seed);
}

Groups inside_groups(const InsideFolds& folds, std::span<const models::Condition> conditions) {
  Groups units;
  std::map<std::string, std::vector<std::int64_t>> of_context;
  for (std::size_t i = 0; i < conditions.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    const bool combination = conditions[i].perturbations.size() > 1;
    if (folds.unit == LeaveOut::kCondition) units.push_back({row});
    if (folds.unit == LeaveOut::kCombination && combination) units.push_back({row});
    of_context[conditions[i].context].push_back(row);
  }
  if (folds.unit == LeaveOut::kPerturbation) units = by_perturbation(conditions);
  if (folds.unit == LeaveOut::kContext) {
    for (auto& [context, rows] : of_context) units.push_back(std::move(rows));
  }
  return folds.folds > 0 ? dealt(std::move(units), folds.folds, folds.seed) : units;
}

std::vector<std::int64_t> all_but(std::span<const std::int64_t> group, std::int64_t n) {
  std::vector<std::uint8_t> out(static_cast<std::size_t>(n), 0);
  for (const auto row : group) out[static_cast<std::size_t>(row)] = 1;
  std::vector<std::int64_t> rest;
  for (std::int64_t row = 0; row < n; ++row) {
    if (out[static_cast<std::size_t>(row)] == 0) rest.push_back(row);
  }
  return rest;
}

}  // namespace cupel::sweep
