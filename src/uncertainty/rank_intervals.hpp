#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "cupel/matrix.hpp"
#include "cupel/metric.hpp"

namespace cupel {

// A prediction's place among others under one metric; 1 is best.
struct RankEstimate {
  double rank = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();
  double probability_best = std::numeric_limits<double>::quiet_NaN();
  std::string_view undefined_because{};
};

// 1 for the best; ties share their mean rank, values that are NaN share the last place.
[[nodiscard]] std::vector<double> mean_ranks(std::span<const double> values, Better better);

// `means` has one mean score per prediction, `draw_means` the same for every resample (draws ×
// predictions, host). The interval holds the central `level` of the ranks over the draws; its ends
// are ranks that occurred, the outer ones where the level falls between two. The probability of
// being best is the share of draws that a prediction wins; k that tie for the first place win 1 / k
// each, and one without a value never wins. Undefined for a metric that has no better direction.
[[nodiscard]] std::vector<RankEstimate> rank_predictions(std::span<const double> means,
                                                         MatrixView<const double> draw_means,
                                                         Better better, double level = 0.95);

// The ranks within each draw (draws × predictions, host), where several uses share them.
[[nodiscard]] Matrix<double> draw_ranks(MatrixView<const double> draw_means, Better better);

// rank_predictions where draw_ranks are at hand; `better` is a direction.
[[nodiscard]] std::vector<RankEstimate> rank_predictions(std::span<const double> means,
                                                         MatrixView<const double> draw_means,
                                                         MatrixView<const double> ranks,
                                                         Better better, double level = 0.95);

}  // namespace cupel
