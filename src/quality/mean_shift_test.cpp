#include "quality/mean_shift_test.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "cupel/multiversion.hpp"
#include "quality/reasons.hpp"
#include "uncertainty/draws.hpp"

namespace cupel::quality {
namespace {

constexpr float kLargest = 32'767.0F;
constexpr std::size_t kMostCells = 65'536;  // whose sums fit 32 bits

CUPEL_MULTIVERSION void add_row(const std::int16_t* row, std::int64_t n, std::int32_t* sum) {
  for (std::int64_t k = 0; k < n; ++k) sum[k] += row[k];
}

// Squared distance of the mean of a group with this sum from the mean of all the others.
double squared_shift(const std::vector<std::int32_t>& sum, const std::vector<std::int32_t>& total,
                     double n, double others) {
  double squared = 0.0;
  for (std::size_t k = 0; k < sum.size(); ++k) {
    const auto mine = static_cast<double>(sum[k]);
    const double shift = mine / n - (static_cast<double>(total[k]) - mine) / others;
    squared += shift * shift;
  }
  return squared;
}

}  // namespace

float fixed_point_scale(MatrixView<const float> cells) {
  float largest = 0.0F;
  for (std::int64_t i = 0; i < cells.size(); ++i) {
    largest = std::max(largest, std::abs(cells.data[i]));
  }
  if (!(largest > 0.0F) || !std::isfinite(largest)) return 1.0F;
  // A power of two: values that are whole numbers stay so.
  return std::ldexp(1.0F, std::ilogb(kLargest / (2.0F * largest)));
}

Matrix<std::int16_t> to_fixed_point(MatrixView<const float> cells, float scale) {
  auto fixed = make_host_matrix<std::int16_t>(cells.rows, cells.cols);
  for (std::int64_t i = 0; i < cells.size(); ++i) {
    const float scaled = std::nearbyint(cells.data[i] * scale);
    const float value = std::isnan(scaled) ? 0.0F : std::clamp(scaled, -kLargest, kLargest);
    fixed.view().data[i] = static_cast<std::int16_t>(value);
  }
  return fixed;
}

MeanShift mean_shift_test(MatrixView<const std::int16_t> group,
                          MatrixView<const std::int16_t> control, const MeanShiftOptions& options) {
  MeanShift result;
  if (group.rows < 2 || control.rows < 2) {
    result.undefined_because = reasons::kTooFewCells;
    return result;
  }
  std::vector<const std::int16_t*> cells;
  for (std::int64_t row = 0; row < group.rows; ++row) cells.push_back(group.row(row));
  for (std::int64_t row = 0; row < control.rows; ++row) cells.push_back(control.row(row));
  if (cells.size() > kMostCells) {
    result.undefined_because = reasons::kTooManyCells;
    return result;
  }
  // The smaller group is the cheaper one to sum over, and comes first.
  if (control.rows < group.rows)
    std::rotate(cells.begin(), cells.begin() + group.rows, cells.end());
  const auto mine = static_cast<std::size_t>(std::min(group.rows, control.rows));
  const auto n = static_cast<double>(mine);
  const auto others = static_cast<double>(cells.size() - mine);

  const auto dimensions = static_cast<std::size_t>(group.cols);
  std::vector<std::int32_t> total(dimensions, 0);
  for (const auto* cell : cells) add_row(cell, group.cols, total.data());
  std::vector<std::int32_t> sum(dimensions);
  const auto shift_of_first = [&] {
    std::ranges::fill(sum, 0);
    for (std::size_t i = 0; i < mine; ++i) add_row(cells[i], group.cols, sum.data());
    return squared_shift(sum, total, n, others);
  };
  result.observed = shift_of_first();
  for (std::int32_t draw = 0; draw < options.draws; ++draw) {
    PhiloxStream stream = draw_stream(options.seed, DrawsFor::kLabels, options.series, draw);
    for (std::size_t i = 0; i < mine; ++i) {
      std::swap(cells[i], cells[i + stream.below(static_cast<std::uint32_t>(cells.size() - i))]);
    }
    ++result.draws;
    result.at_least += shift_of_first() >= result.observed ? 1 : 0;
    if (result.at_least == options.enough) {
      result.p_value = static_cast<double>(result.at_least) / static_cast<double>(result.draws);
      return result;
    }
  }
  result.p_value = static_cast<double>(result.at_least + 1) / static_cast<double>(result.draws + 1);
  return result;
}

}  // namespace cupel::quality
