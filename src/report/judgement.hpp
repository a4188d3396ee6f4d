#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/report.hpp"
#include "uncertainty/interval.hpp"
#include "uncertainty/rank_intervals.hpp"

// How far the numbers of a finished run can be trusted: what they might have been had other
// perturbations of the same kind been measured. Perturbations are resampled, within each context;
// scores of one perturbation that depend on the others (pds) keep the values they have. Draws
// depend on the seed alone, so results are the same for any number of threads.
namespace cupel {

struct JudgementOptions {
  double confidence = 0.95;
  std::int32_t draws = 10'000;  // 0: nothing is judged
  std::uint64_t seed = 0;
};
[[nodiscard]] JudgementOptions judgement_options(const RunConfig& config);

// In a context's place: the mean of all contexts, where there are several.
inline constexpr auto kAllContexts = static_cast<std::size_t>(-1);
// In a metric's place: the mean rank over the scored metrics, by which the board is ordered.
inline constexpr auto kMeanRank = static_cast<std::size_t>(-1);

// A prediction's mean under one metric. `prediction` counts the predictions, then the baselines,
// which have no rank.
struct Standing {
  std::size_t prediction = 0;
  std::size_t context = 0;
  std::size_t metric = 0;
  double mean = std::numeric_limits<double>::quiet_NaN();
  Interval interval{};  // its ends, or why there are none
  std::int64_t n = 0;   // perturbations that have a value
  RankEstimate rank{};
};

enum class Verdict : std::uint8_t {
  kUndefined,  // `reason` says why
  kIdentical,  // no perturbation tells them apart
  kFirstBetter,
  kSecondBetter,
  kDifferent,  // under a metric that has no better direction
  kNotToldApart,
  kTooFewDraws,  // no draw went as far, but so few draws cannot show more
};
[[nodiscard]] std::string_view verdict_text(Verdict verdict);

// `first` against `second`, the mean of the differences over perturbations that both have: a paired
// sign-flip permutation test, the interval by resampling. For the mean rank both come from its
// draws. `p_holm` is corrected for the family: all comparisons of one metric in one context with
// one another, those against the best baseline apart.
struct Comparison {
  std::size_t context = 0;
  std::size_t metric = 0;
  std::size_t first = 0;
  std::size_t second = 0;
  bool with_baseline = false;
  double difference = std::numeric_limits<double>::quiet_NaN();
  Interval interval{};
  double p = std::numeric_limits<double>::quiet_NaN();
  double p_holm = std::numeric_limits<double>::quiet_NaN();
  std::int64_t n = 0;
  Verdict verdict = Verdict::kUndefined;
  std::string_view reason{};
};

// Do two metrics order the predictions alike? Kendall's tau-b of their means, turned so that
// agreement is positive, over the predictions of one context, or of all contexts.
struct Agreement {
  enum class Over : std::uint8_t { kOneContext, kPooled, kWithinContexts };
  std::size_t first = 0;  // metrics
  std::size_t second = 0;
  Over over = Over::kOneContext;
  std::size_t context = 0;
  Score tau{};
  Interval interval{};
  std::int64_t n = 0;  // predictions, times contexts where those are pooled
};

struct Judgement {
  JudgementOptions options{.draws = 0};
  std::vector<Standing> standings;
  std::vector<Comparison> comparisons;
  std::vector<Agreement> agreements;

  [[nodiscard]] bool made() const noexcept { return options.draws > 0; }
};

// Up to so many predictions are compared each with each; of more, each with the best under the
// metric.
inline constexpr std::size_t kMostComparedInPairs = 20;

// All results have the same contexts, perturbations and metrics. Of each metric:
//   standings: every prediction's and baseline's mean in every context and over all, with
//     intervals, and the predictions' ranks; then those of the mean rank. A prediction that lacks
//     what the metric looks at (PredictionResult::lacks) has no rank, here as on the board
//   comparisons: predictions with one another, and each with the best of the baselines
//   agreements: with every other metric that has a better direction
[[nodiscard]] Judgement make_judgement(std::span<const PredictionResult> predictions,
                                       std::span<const PredictionResult> baselines,
                                       const Conventions::Aggregation& rules,
                                       const JudgementOptions& options);

// `pairs` are positions in `results`; all of them are compared under every metric.
struct ComparedPair {
  std::size_t first;
  std::size_t second;
  bool with_baseline = false;
};
[[nodiscard]] std::vector<Comparison> compare_results(
    std::span<const PredictionResult* const> results, std::span<const ComparedPair> pairs,
    const Conventions::Aggregation& rules, const JudgementOptions& options);

// Predictions that share the best mean under a metric (kMeanRank: too) over all contexts, those
// that cannot be told apart from one of them, and those whose comparison with them is undefined.
// Those that lack what the metric looks at are in none of the lists.
struct Leaders {
  std::vector<std::size_t> best;
  std::vector<std::size_t> not_told_apart;
  std::vector<std::size_t> not_compared;
};
[[nodiscard]] Leaders leaders(const Judgement& judgement, std::size_t metric);

}  // namespace cupel
