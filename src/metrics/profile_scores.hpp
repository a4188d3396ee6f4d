#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "cupel/metric.hpp"

// What the expression metrics share: rows of the backend's results as scores, and the rule about a
// perturbation's own gene.
namespace cupel {

// One column of a small result, on the host.
[[nodiscard]] std::vector<double> column(Backend& backend, MatrixView<const double> matrix,
                                         std::int64_t index);

// Each value divided by `divisor`; undefined for the reason given where that is 0.
[[nodiscard]] std::vector<Score> scores_per(const std::vector<double>& values, double divisor,
                                            std::string_view reason);

// The column of each perturbation's own gene where the conventions leave it out, else -1.
[[nodiscard]] std::vector<std::int32_t> excluded_columns(const Case& c);

// Squared Euclidean distance of each row of `a` from that row of `b` over the columns that are
// scored, and the number of these.
struct ScoredDistance {
  std::vector<double> squared;
  std::vector<double> n_scored;
};
[[nodiscard]] ScoredDistance scored_distance(const Case& c, Backend& backend,
                                             MatrixView<const double> a,
                                             MatrixView<const double> b);
// The same of each row of `a` from zero.
[[nodiscard]] ScoredDistance scored_norm(const Case& c, Backend& backend,
                                         MatrixView<const double> a);

}  // namespace cupel
