#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "report/report.hpp"
#include "text.hpp"

namespace cupel {
namespace {

std::string reason_of(const ScaledScore& score) {
  for (const auto* part : {&score.from_baseline, &score.from_replicate}) {
    if (!part->undefined_because.empty()) return std::string(part->undefined_because);
  }
  return {};
}

// A value that is not defined is an empty field: a scale that has no such end.
std::string field(double value) { return std::isnan(value) ? "" : csv_number(value); }

}  // namespace

double macro_score(const PredictionResult& result, Score ScaledScore::*scale) {
  double sum = 0.0;
  for (const auto& context : result.scores) sum += (context.average.*scale).value;
  return result.scores.empty() ? std::numeric_limits<double>::quiet_NaN()
                               : sum / static_cast<double>(result.scores.size());
}

std::string scored_csv(const PredictionResult& result) {
  std::string text =
      "context,metric,from_baseline,from_replicate,from_reference,fixed_scale,baseline,replicate,"
      "reason\n";
  const auto line = [&](const std::string& context, std::string_view metric,
                        const ScaledScore& score) {
    text += fmt::format("{},{},{},{},{},{},{},{},{}\n", csv_text(context), metric,
                        field(score.from_baseline.value), field(score.from_replicate.value),
                        field(score.from_reference.value), field(score.fixed.value),
                        field(score.baseline), field(score.replicate), csv_text(reason_of(score)));
  };
  for (const auto& context : result.scores) {
    for (const auto& score : context.metrics) line(context.context, score.metric->name, score);
    line(context.context, "avg_score", context.average);
  }
  if (result.scores.size() > 1) {
    ScaledScore mean;
    mean.baseline = mean.replicate = std::numeric_limits<double>::quiet_NaN();
    mean.from_baseline = Score::of(macro_score(result, &ScaledScore::from_baseline));
    mean.from_replicate = Score::of(macro_score(result, &ScaledScore::from_replicate));
    mean.fixed = Score::of(macro_score(result, &ScaledScore::fixed));
    line("macro mean", "avg_score", mean);
  }
  return text;
}

std::string ends_csv(const Report& report) {
  std::string text = "end,context,metric,mean,standard_deviation,splits,perturbations,reason\n";
  for (const auto& end : report.baselines) {
    for (const auto& context : end.contexts) {
      for (const auto& metric : context.metrics) {
        std::string n;
        if (metric.metric->compute != nullptr) {
          n = std::to_string(metric.aggregate.count - metric.aggregate.undefined);
        }
        text += fmt::format("{},{},{},{},,,{},{}\n", end.name, csv_text(context.context),
                            metric.metric->name, csv_number(metric.aggregate.mean), n,
                            csv_text(metric.undefined_because));
      }
    }
  }
  for (const auto& [name, results] :
       {std::pair{"replicate", &report.replicate}, std::pair{"ceiling", &report.ceiling}}) {
    for (const auto& context : *results) {
      for (const auto& metric : context.metrics) {
        std::vector<std::string> splits;
        for (const double split : metric.splits) splits.push_back(csv_number(split));
        std::vector<std::string> defined;
        if (metric.metric->compute != nullptr) {
          for (const auto n : metric.defined) defined.push_back(std::to_string(n));
        }
        text += fmt::format("{},{},{},{},{},{},{},{}\n", name, csv_text(context.context),
                            metric.metric->name, csv_number(metric.mean),
                            csv_number(metric.standard_deviation), fmt::join(splits, " "),
                            fmt::join(defined, " "), csv_text(metric.undefined_because));
      }
    }
  }
  return text;
}

}  // namespace cupel
