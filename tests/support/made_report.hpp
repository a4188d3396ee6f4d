#pragma once
#include <string>
#include <vector>

#include "config/profile.hpp"
#include "cupel/metric.hpp"
#include "cupel/report.hpp"

namespace cupel::test {

inline MetricResult made_metric(const std::string& name, double mean, std::vector<Score> scores = {}) {
  MetricResult result;
  result.metric = &find_metric(name);
  result.aggregate.mean = mean;
  result.scores = std::move(scores);
  return result;
}

// A report of predictions a, b, c, ... in one context, whose means are given metric by metric.
inline Report made_report(const std::vector<std::pair<std::string, std::vector<double>>>& means) {
  Report report;
  for (const auto& [name, values] : means) {
    report.profile.metrics.push_back(name);
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (report.predictions.size() == i) {
        report.predictions.push_back({std::string(1, static_cast<char>('a' + i)), {}, {{}}, 0.0});
      }
      report.predictions[i].contexts[0].metrics.push_back(made_metric(name, values[i]));
    }
  }
  return report;
}

}  // namespace cupel::test
