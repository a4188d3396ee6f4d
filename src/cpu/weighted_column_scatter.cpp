#include <array>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kTile = 128;  // columns
using Lane = std::array<double, kTile>;

struct Input {
  MatrixView<const double> x;
  std::span<const double> weight;
  std::span<const std::int32_t> excluded;
};

// Calls use(tile column, x, weight) for every row and column of [begin, end) but the excluded.
template <typename Use>
void for_each_scored(const Input& in, std::int64_t begin, std::int64_t end, Use use) {
  for (std::int64_t row = 0; row < in.x.rows; ++row) {
    const double* x = in.x.row(row);
    const double weight = in.weight[static_cast<std::size_t>(row)];
    const std::int64_t skip = in.excluded[static_cast<std::size_t>(row)];
    const std::int64_t hole = skip < begin || skip >= end ? end : skip;
    for (std::int64_t col = begin; col < hole; ++col) use(col - begin, x[col], weight);
    for (std::int64_t col = hole + 1; col < end; ++col) use(col - begin, x[col], weight);
  }
}

// sum w x^2 - (sum w x)^2 / sum w, taken about the weighted mean, where it does not cancel.
double tile_scatter(const Input& in, std::int64_t begin, std::int64_t end) {
  Lane rows{};
  Lane weights{};
  Lane mean{};
  for_each_scored(in, begin, end, [&](std::int64_t col, double x, double weight) {
    const auto c = static_cast<std::size_t>(col);
    rows[c] += 1.0;
    weights[c] += weight;
    mean[c] += weight * x;
  });
  for (std::size_t c = 0; c < static_cast<std::size_t>(end - begin); ++c) mean[c] /= weights[c];
  Lane first{};
  Lane second{};
  for_each_scored(in, begin, end, [&](std::int64_t col, double x, double weight) {
    const auto c = static_cast<std::size_t>(col);
    const double offset = x - mean[c];
    first[c] += weight * offset;
    second[c] += weight * offset * offset;
  });
  double scatter = 0.0;
  for (std::size_t c = 0; c < static_cast<std::size_t>(end - begin); ++c) {
    if (rows[c] < 2.0) continue;
    const double of_column = second[c] - first[c] * first[c] / weights[c];
    scatter += of_column < 0.0 ? 0.0 : of_column;  // a NaN stays one
  }
  return scatter;
}

}  // namespace

Matrix<double> CpuBackend::weighted_column_scatter(MatrixView<const double> x,
                                                   std::span<const double> weight,
                                                   std::span<const std::int32_t> excluded) {
  std::vector<double> of_tile(static_cast<std::size_t>((x.cols + kTile - 1) / kTile));
  for_each_chunk(x.cols, kTile, [&](std::int64_t begin, std::int64_t end) {
    of_tile[static_cast<std::size_t>(begin / kTile)] =
        tile_scatter({x, weight, excluded}, begin, end);
  });
  auto result = make_host_matrix<double>(1, 1);
  double total = 0.0;
  for (const double scatter : of_tile) total += scatter;
  result.view()(0, 0) = total;
  return result;
}

}  // namespace cupel
