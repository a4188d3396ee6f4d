#include "evaluation/scores.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cupel/nan.hpp"
#include "scale/fixed_scale.hpp"
#include "scale/score_policy.hpp"
#include "text.hpp"

namespace cupel {
namespace {

const MetricResult* find(const ContextResult& context, const Metric* metric) {
  const auto found = std::ranges::find(context.metrics, metric, &MetricResult::metric);
  return found == context.metrics.end() ? nullptr : &*found;
}

const ReplicateMetric* find(const std::vector<ReplicateResult>& results, std::size_t context,
                            const Metric* metric) {
  if (results.empty()) return nullptr;
  const auto& metrics = results[context].metrics;
  const auto found = std::ranges::find(metrics, metric, &ReplicateMetric::metric);
  return found == metrics.end() ? nullptr : &*found;
}

// A prediction without cells has no score of such a metric, and no mean, which would be over fewer
// metrics than the others'.
bool lacks_cells(const Score& score) { return score.undefined_because == kLacksCells; }

// The mean of one scale's scores. A decisive metric without one leaves no mean.
Score average_of(const std::vector<ScaledScore>& metrics, Score ScaledScore::*scale,
                 std::string_view missing_end) {
  std::vector<Score> scores;
  for (const auto& metric : metrics) {
    const auto& score = metric.*scale;
    if (std::isnan(score.value) && (is_decisive(*metric.metric) || lacks_cells(score))) {
      if (!missing_end.empty()) return Score::undefined(missing_end);
      return Score::undefined(
          kept(fmt::format("{} has no score: {}", metric.metric->name, score.undefined_because)));
    }
    scores.push_back(score);
  }
  const double mean = average_score(scores);
  return std::isnan(mean) ? Score::undefined("no metric has a score") : Score::of(mean);
}

// Only of exactly the metrics that the fixed scale has.
Score fixed_average(const std::vector<ScaledScore>& metrics) {
  std::vector<Score> scores;
  for (const auto& entry : fixed_scale()) {
    const auto found = std::ranges::find_if(
        metrics, [&](const ScaledScore& scored) { return scored.metric->name == entry.metric; });
    if (found == metrics.end()) {
      return Score::undefined("not all of its metrics are in the profile");
    }
    if (lacks_cells(found->fixed)) return found->fixed;
    scores.push_back(found->fixed);
  }
  const double mean = average_score(scores);
  return std::isnan(mean) ? Score::undefined("no metric has a score") : Score::of(mean);
}

// cell-eval's scores: of every metric with a best value, from the baseline alone, with a plain
// mean.
ContextScores cell_eval_scores(const ContextResult& context, const ContextResult* zero) {
  ContextScores scores;
  scores.context = context.context;
  const auto none = Score::undefined("cell-eval has no such scale");
  double sum = 0.0;
  bool lacking = false;
  for (const auto& result : context.metrics) {
    const auto& metric = *result.metric;
    if (metric.better == Better::kNeither) continue;
    ScaledScore& scored = scores.metrics.emplace_back();
    scored.metric = &metric;
    scored.baseline = scored.replicate = kNaN;
    scored.from_baseline = Score::undefined("no baseline was scored");
    scored.from_replicate = scored.from_reference = scored.fixed = none;
    if (zero != nullptr) {
      scored.baseline = find(*zero, &metric)->aggregate.mean;
      scored.from_baseline = Score::of(
          score_v1(result.aggregate.mean, scored.baseline, metric.better == Better::kHigher));
      sum += scored.from_baseline.value;
    }
    if (result.undefined_because == kLacksCells) {
      scored.from_baseline = Score::undefined(kLacksCells);
      lacking = true;
    }
  }
  std::ranges::stable_partition(scores.metrics, [](const ScaledScore& scored) {
    return scored.metric->better == Better::kLower;
  });
  scores.average.baseline = scores.average.replicate = kNaN;
  scores.average.from_replicate = scores.average.fixed = none;
  scores.average.from_baseline = zero == nullptr ? Score::undefined("no baseline was scored")
                                 : lacking       ? Score::undefined(kLacksCells)
                                 : scores.metrics.empty()
                                     ? Score::undefined("no metric has a score")
                                     : Score::of(sum / static_cast<double>(scores.metrics.size()));
  return scores;
}

}  // namespace

std::vector<ContextScores> put_on_scale(const std::vector<ContextResult>& contexts,
                                        const std::vector<ContextResult>& zero,
                                        const std::vector<ReplicateResult>& replicate,
                                        const std::vector<ReplicateResult>& ceiling,
                                        ScoreRule rule) {
  std::vector<ContextScores> all;
  for (std::size_t k = 0; k < contexts.size(); ++k) {
    if (rule == ScoreRule::kCellEval) {
      all.push_back(cell_eval_scores(contexts[k], zero.empty() ? nullptr : &zero[k]));
      continue;
    }
    ContextScores& scores = all.emplace_back();
    scores.context = contexts[k].context;
    for (const auto& result : contexts[k].metrics) {
      const auto& metric = *result.metric;
      const auto policy = policy_of(metric.scoring);
      if (!policy) continue;
      ScaledScore& scored = scores.metrics.emplace_back();
      scored.metric = &metric;
      scored.baseline = scored.replicate = kNaN;
      const double mean = result.aggregate.mean;
      const auto* base = zero.empty() ? nullptr : find(zero[k], &metric);
      scored.from_baseline = Score::undefined("no baseline was scored");
      scored.from_replicate = scored.from_baseline;
      if (base != nullptr) {
        scored.baseline = base->aggregate.mean;
        scored.from_baseline = score_one(mean, scored.baseline, *policy);
        scored.from_replicate = Score::undefined("no replicate was scored");
      }
      if (const auto* again = find(replicate, k, &metric)) scored.replicate = again->mean;
      scored.from_reference = Score::undefined("no reference for this metric");
      const auto* halves = find(ceiling, k, &metric);
      if (halves != nullptr && metric.name == "de_wilcoxon_lfc_nmae") {
        scored.from_reference = Score::of(score_from_reference(mean, halves->splits.front()));
      }
      if (base != nullptr && !replicate.empty()) {
        scored.from_replicate =
            std::isfinite(scored.replicate)
                ? score_from_replicate(mean, scored.baseline, scored.replicate, *policy)
                : Score::undefined("the replicate is undefined");
      }
      const auto entry = std::ranges::find(fixed_scale(), metric.name, &FixedScaleEntry::metric);
      scored.fixed = entry == fixed_scale().end() ? Score::undefined("not on the fixed scale")
                                                  : score_one(mean, entry->base, entry->policy);
      if (result.undefined_because == kLacksCells) {
        scored.from_baseline = scored.from_replicate = scored.from_reference = scored.fixed =
            Score::undefined(kLacksCells);
      }
    }
    const auto lower = [](const ScaledScore& scored) {
      return scored.metric->better == Better::kLower;
    };
    std::ranges::sort(scores.metrics, {}, [&](const ScaledScore& scored) {
      return std::pair(!lower(scored), scored.metric->name);
    });
    scores.average.baseline = scores.average.replicate = kNaN;
    const std::string_view no_zero = zero.empty() ? "no baseline was scored" : "";
    scores.average.from_baseline = average_of(scores.metrics, &ScaledScore::from_baseline, no_zero);
    scores.average.from_replicate = average_of(scores.metrics, &ScaledScore::from_replicate,
                                               !no_zero.empty()    ? no_zero
                                               : replicate.empty() ? "no replicate was scored"
                                                                   : "");
    scores.average.fixed = fixed_average(scores.metrics);
  }
  return all;
}

}  // namespace cupel
