#include "scale/score_policy.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "cupel/nan.hpp"

namespace cupel {
namespace {

constexpr double kPenaltyCap = 6.0;

// Metrics that competitions score although cell-eval's first version does not have them.
constexpr std::array<std::string_view, 5> kCompetition = {
    "expr_mse_unbiased_capped_norm", "de_wilcoxon_direction_fidelity_yield_raw",
    "de_wilcoxon_direction_reach_raw", "de_wilcoxon_sig_jaccard", "de_wilcoxon_lfc_nmae"};

// What the gain is divided by; a score needs it positive.
double room(double baseline, const ScorePolicy& policy) {
  if (!policy.anchor) return policy.signed_baseline ? std::abs(baseline) : baseline;
  return policy.higher_is_better ? *policy.anchor - baseline : baseline - *policy.anchor;
}

double unclipped(double aggregate, double baseline, const ScorePolicy& policy) {
  const double divisor = room(baseline, policy);
  if (!policy.anchor || policy.higher_is_better) {
    const double gain = policy.higher_is_better ? aggregate - baseline : baseline - aggregate;
    return gain / divisor;
  }
  const double relative_error = (aggregate - *policy.anchor) / divisor;
  if (!policy.penalise_square || relative_error <= 1.0) return 1.0 - relative_error;
  return std::max(-kPenaltyCap, -(relative_error * relative_error - 1.0) / 2.0);
}

double clipped(double score, const ScorePolicy& policy) {
  return std::min(std::max(score, policy.least), policy.greatest);
}

}  // namespace

std::optional<ScorePolicy> policy_of(ScoringClass scoring) {
  switch (scoring) {
    case ScoringClass::kError:
      return ScorePolicy{
          .higher_is_better = false, .anchor = 0.0, .penalise_square = true, .least = -kPenaltyCap};
    case ScoringClass::kErrorLinear:
      return ScorePolicy{.higher_is_better = false, .anchor = 0.0, .least = -kPenaltyCap};
    case ScoringClass::kBounded:
      return ScorePolicy{.anchor = 1.0, .least = 0.0};
    case ScoringClass::kUnfloored:
      return ScorePolicy{.anchor = 1.0, .missing_reads = 0.0};
    case ScoringClass::kOpen:
      return ScorePolicy{.least = -2.0, .greatest = 2.0};
    case ScoringClass::kSigned:
      return ScorePolicy{.least = -2.0, .greatest = 2.0, .signed_baseline = true};
    case ScoringClass::kCappedNorm:
      return ScorePolicy{.higher_is_better = false,
                         .anchor = 0.0,
                         .penalise_square = true,
                         .least = 0.0,
                         .greatest = 1.0};
    case ScoringClass::kDiagnostic:
      break;
  }
  return std::nullopt;
}

Score score_one(double aggregate, double baseline, const ScorePolicy& policy) {
  const double divisor = room(baseline, policy);
  if (!std::isfinite(baseline)) return Score::undefined("the baseline is not a finite number");
  if (!std::isfinite(divisor) || divisor <= 0.0) {
    return Score::undefined("the baseline leaves no room for a score");
  }
  if (!std::isfinite(aggregate)) {
    const double worst = std::isfinite(policy.least)
                             ? policy.least
                             : clipped(unclipped(policy.missing_reads, baseline, policy), policy);
    return Score::by_rule(worst, "the aggregate is not finite");
  }
  return Score::of(clipped(unclipped(aggregate, baseline, policy), policy));
}

Score score_from_replicate(double aggregate, double baseline, double replicate,
                           const ScorePolicy& policy) {
  ScorePolicy measured = policy;
  measured.anchor = replicate;
  measured.signed_baseline = false;
  return score_one(aggregate, baseline, measured);
}

double score_v1(double aggregate, double baseline, bool higher_is_better) {
  const double score =
      higher_is_better ? (aggregate - baseline) / (1.0 - baseline) : 1.0 - aggregate / baseline;
  return std::isnan(score) ? 0.0 : std::max(score, 0.0);
}

bool is_decisive(const Metric& metric) {
  if (metric.scoring == ScoringClass::kDiagnostic) return false;
  return !metric.v1_name.empty() ||
         std::ranges::find(kCompetition, metric.name) != kCompetition.end();
}

double average_score(std::span<const Score> scores) {
  double sum = 0.0;
  double n = 0.0;
  for (const Score& score : scores) {
    if (std::isnan(score.value)) continue;
    sum += score.value;
    n += 1.0;
  }
  return n > 0.0 ? sum / n : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace cupel
