#include <algorithm>
#include <cmath>

#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

// Agreement of two sets of genes beyond chance, out of all tested genes. Where a set is empty or
// everything, agreement beyond chance means nothing and the definition says -1.
namespace cupel::metrics {
namespace {

constexpr double kDegenerate = -1.0;

// Matthews correlation of membership. Products of two counts stay exact in 64 bits.
Score matthews(const CallCounts& sets, std::int64_t tested) {
  const auto degenerate = [&](std::int64_t size) { return size <= 0 || size >= tested; };
  if (degenerate(sets.real) || degenerate(sets.pred)) {
    return Score::by_rule(kDegenerate, reasons::kNothingOrEverything);
  }
  const std::int64_t covariance = sets.both * tested - sets.real * sets.pred;
  const std::int64_t real_variance = sets.real * (tested - sets.real);
  const std::int64_t pred_variance = sets.pred * (tested - sets.pred);
  return Score::of(static_cast<double>(covariance) / std::sqrt(static_cast<double>(real_variance) *
                                                               static_cast<double>(pred_variance)));
}

}  // namespace

std::vector<Score> sig_mcc(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    return matthews(de.calls(target).counts, de.calls(target).tested);
  });
}

// The prediction may name as many genes as the truth calls: its most remarkable calls.
std::vector<Score> overlap_adjusted(const Case& c, const Metric&, Backend&) {
  const auto& common = c.de->common_calls(0);
  return score_each(c, [&](const DeComparison& de, std::int64_t target) {
    CallCounts sets = de.calls(target).counts;
    sets.pred = std::min(sets.pred, sets.real);
    sets.both = common[static_cast<std::size_t>(target)].at_real_depth;
    return matthews(sets, de.calls(target).tested);
  });
}

// Markedness.
std::vector<Score> precision_adjusted(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    const CallCounts& sets = de.calls(target).counts;
    const std::int64_t uncalled = de.calls(target).tested - sets.pred;
    if (sets.pred == 0 || uncalled <= 0) {
      return Score::by_rule(kDegenerate, reasons::kNothingOrEverything);
    }
    return Score::of(ratio(sets.both, sets.pred) - ratio(sets.real - sets.both, uncalled));
  });
}

// Informedness.
std::vector<Score> sig_recall_adjusted(const Case& c, const Metric&, Backend&) {
  return score_each(c, [](const DeComparison& de, std::int64_t target) {
    const CallCounts& sets = de.calls(target).counts;
    const std::int64_t uncalled = de.calls(target).tested - sets.real;
    if (sets.real == 0 || uncalled <= 0) {
      return Score::by_rule(kDegenerate, reasons::kNothingOrEverything);
    }
    return Score::of(ratio(sets.both, sets.real) - ratio(sets.pred - sets.both, uncalled));
  });
}

}  // namespace cupel::metrics
