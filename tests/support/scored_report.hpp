#pragma once
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "cupel/report.hpp"
#include "stats/aggregate.hpp"

namespace cupel::test {

using Scores = std::vector<double>;  // of one prediction under one metric, by perturbation

// Predictions whose scores are given; means follow from them by the rules.
class ScoredReport {
 public:
  explicit ScoredReport(Conventions::Aggregation rules = {}) {
    report_.profile.conventions.aggregation = rules;
    report_.config.draws = 1000;
  }

  // Each call adds a metric to one context (made when it is new) of all predictions, which are
  // called a, b, c, ... A NaN is a score that is undefined.
  ScoredReport& add(const std::string& metric, const std::vector<Scores>& predictions,
                    const std::string& context = "") {
    fill(report_.predictions, metric, predictions, context, 'a');
    const auto& names = report_.profile.metrics;
    if (std::ranges::find(names, metric) == names.end()) report_.profile.metrics.push_back(metric);
    return *this;
  }
  // The same for baselines z, y, x, ...
  ScoredReport& add_baselines(const std::string& metric, const std::vector<Scores>& baselines,
                              const std::string& context = "") {
    fill(report_.baselines, metric, baselines, context, 'z');
    return *this;
  }
  // A metric that is made of two others.
  ScoredReport& add_ratio(const std::string& metric, const std::string& context = "") {
    for (auto& result : report_.predictions) {
      auto& made = context_of(result, context, 0);
      const auto scores_of = [&](std::string_view name) {
        for (const auto& m : made.metrics) {
          if (m.metric->name == name) return m.scores;
        }
        return std::vector<Score>{};
      };
      MetricResult ratio;
      ratio.metric = &find_metric(metric);
      ratio.aggregate.mean =
          ratio_of_sums(scores_of(ratio.metric->numerator), scores_of(ratio.metric->denominator))
              .value;
      made.metrics.push_back(ratio);
    }
    report_.profile.metrics.push_back(metric);
    return *this;
  }

  [[nodiscard]] Report& report() { return report_; }

 private:
  static ContextResult& context_of(PredictionResult& result, const std::string& name,
                                   std::size_t perturbations) {
    for (auto& context : result.contexts) {
      if (context.context == name) return context;
    }
    auto& made = result.contexts.emplace_back();
    made.context = name;
    for (std::size_t p = 0; p < perturbations; ++p) {
      made.perturbations.push_back("G" + std::to_string(p));
    }
    return made;
  }

  void fill(std::vector<PredictionResult>& results, const std::string& metric,
            const std::vector<Scores>& scores, const std::string& context, char first) const {
    for (std::size_t i = 0; i < scores.size(); ++i) {
      if (results.size() == i) {
        const auto step = static_cast<int>(i % 26);
        results.emplace_back().name =
            std::string(1 + i / 26, static_cast<char>(first == 'a' ? first + step : first - step));
      }
      MetricResult made;
      made.metric = &find_metric(metric);
      for (const double score : scores[i]) {
        made.scores.push_back(score == score ? Score::of(score) : Score::undefined("made so"));
      }
      made.aggregate = aggregate(made.scores, report_.profile.conventions.aggregation.nan_in_mean);
      context_of(results[i], context, scores[i].size()).metrics.push_back(made);
    }
  }

  Report report_;
};

// `n` numbers about `mean`.
inline Scores noise(std::uint64_t seed, std::size_t n, double mean, double spread = 1.0) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal(mean, spread);
  Scores scores(n);
  for (double& score : scores) score = normal(rng);
  return scores;
}

}  // namespace cupel::test
