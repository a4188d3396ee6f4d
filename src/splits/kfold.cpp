// k-fold and repeated k-fold (baselines-splits-audits.md B11): what is dealt out is permuted once;
// fold i tests n/k + (i < n%k) in a row and validates on the first of the rest.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "cupel/error.hpp"
#include "splits/draw.hpp"
#include "splits/entities.hpp"

namespace cupel::splits {
namespace {

std::vector<std::string> values_of(Key key, const Condition& condition) {
  return key_values(key, condition, {});
}

Key unit_of(const std::string& name) {
  for (const auto key : {Key::kCondition, Key::kPerturbation, Key::kContext}) {
    if (name == key_name(key)) return key;
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("kfold: --unit '{}' is not condition, perturbation or context", name));
}

}  // namespace

Draft draft_kfold(const Material& material, const SplitOptions& options) {
  const Key key = unit_of(options.unit);
  auto sorted =
      key == Key::kCondition
          ? distinct(material, [](const auto& c) { return values_of(Key::kCondition, c); })
      : key == Key::kPerturbation
          ? distinct(material, [](const auto& c) { return values_of(Key::kPerturbation, c); })
          : distinct(material, [](const auto& c) { return values_of(Key::kContext, c); });
  const auto n = std::ssize(sorted);
  if (options.folds < 2 || options.repeats < 1) {
    throw Error(ErrorKind::kUsage, "kfold: takes 2 folds or more and 1 repeat or more");
  }
  if (n < options.folds) {
    refuse_split("kfold", fmt::format("{} folds of {} {}s: some would have nothing to test; lower "
                                      "--folds",
                                      options.folds, n, options.unit));
  }
  Draft draft;
  draft.tasks.emplace_back("kfold", std::vector{key});
  for (std::int32_t repeat = 0; repeat < options.repeats; ++repeat) {
    auto dealt = sorted;
    Draw draw(options.seed, "kfold", static_cast<std::uint32_t>(repeat));
    draw.shuffle(std::span(dealt));
    const auto sizes = fold_sizes(n, options.folds);
    std::int64_t begin = 0;
    for (std::int32_t i = 0; i < options.folds; ++i) {
      const auto end = begin + sizes[static_cast<std::size_t>(i)];
      PartOf parts;
      auto to_validate =
          static_cast<std::int64_t>(options.val * static_cast<double>(n - (end - begin)));
      for (std::int64_t at = 0; at < n; ++at) {
        auto& part = parts[dealt[static_cast<std::size_t>(at)]];
        part = at >= begin && at < end ? Part::kTest
               : to_validate-- > 0     ? Part::kVal
                                       : Part::kTrain;
      }
      begin = end;
      auto& fold = draft.folds.emplace_back(empty_fold(
          options.repeats == 1 ? fmt::format("{}", i) : fmt::format("{}.{}", repeat, i), material));
      for (std::size_t c = 0; c < material.conditions.size(); ++c) {
        const auto& condition = material.conditions[c].condition;
        if (is_control(condition)) continue;
        fold.part[c] = parts.at(values_of(key, condition).front());
        if (fold.part[c] == Part::kTest) fold.task[c] = "kfold";
      }
    }
  }
  return draft;
}

std::vector<std::int64_t> fold_sizes(std::int64_t n, std::int64_t k) {
  std::vector<std::int64_t> sizes;
  for (std::int64_t i = 0; i < k; ++i) sizes.push_back(n / k + (i < n % k ? 1 : 0));
  return sizes;
}

}  // namespace cupel::splits
