#include "quality/control_halves.hpp"

#include "quality/correlation.hpp"

namespace cupel::quality {

Score split_control_pearson(Row prediction, Row truth, Row control_a, Row control_b) {
  const Score one = pearson(minus(prediction, control_a), minus(truth, control_b));
  const Score other = pearson(minus(prediction, control_b), minus(truth, control_a));
  if (!one.defined()) return one;
  if (!other.defined()) return other;
  return Score::of((one.value + other.value) / 2.0);
}

std::vector<Score> split_control_pearson(MatrixView<const double> prediction,
                                         MatrixView<const double> truth,
                                         MatrixView<const double> control_a,
                                         MatrixView<const double> control_b) {
  return score_rows(truth.rows, [&](std::int64_t row) {
    return split_control_pearson(row_of(prediction, row), row_of(truth, row),
                                 shared_row(control_a, row), shared_row(control_b, row));
  });
}

}  // namespace cupel::quality
