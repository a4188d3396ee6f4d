#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cupel/math/expression.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

double linear_of(double value, double total, const Linear& how) {
  if (how.input == InputType::kLognorm) return math::linear_lognorm(value);
  if (!how.float32) return math::linear_count(value, math::count_divisor(total, how.target_sum));
  return static_cast<double>(math::linear_count_f32(static_cast<float>(value),
                                                    math::count_scale_f32(total, how.target_sum)));
}
double linear_of(float value, double total, const Linear& how) {
  if (how.input == InputType::kLognorm) return static_cast<double>(math::linear_lognorm(value));
  return linear_of(static_cast<double>(value), total, how);
}
double linear_of(std::uint16_t value, double total, const Linear& how) {
  return linear_of(static_cast<double>(value), total, how);
}

}  // namespace

GroupMoments CpuBackend::group_moments(CellsView cells, MatrixView<const double> totals,
                                       std::span<const std::int64_t> group_start,
                                       const Linear& linear, const MomentRequest& request) {
  const auto groups = static_cast<std::int64_t>(group_start.size()) - 1;
  const auto matrix = [&](std::int64_t cols) {
    auto zeros = make_host_matrix<double>(groups, cols);
    std::fill_n(zeros.view().data, zeros.view().size(), 0.0);
    return zeros;
  };
  GroupMoments moments{matrix(cells.n_genes), matrix(cells.n_genes), matrix(cells.n_genes),
                       matrix(1)};
  visit(cells, [&](const auto& typed) {
    for_each_chunk(groups, 1, [&](std::int64_t group, std::int64_t) {
      const auto g = static_cast<std::size_t>(group);
      for (std::int64_t row = group_start[g]; row < group_start[g + 1]; ++row) {
        const std::int64_t begin = typed.row_begin[row];
        for (std::int64_t k = begin; k < begin + typed.row_length[row]; ++k) {
          const auto gene = static_cast<std::int64_t>(typed.genes[k]);
          const auto stored = static_cast<double>(typed.values[k]);
          const double lin = linear_of(typed.values[k], totals.data[row], linear);
          const double log = linear.input == InputType::kLognorm ? stored : std::log1p(lin);
          moments.stored.view()(group, gene) += stored;
          moments.linear.view()(group, gene) += lin;
          moments.log.view()(group, gene) += log;
          moments.log_squared.view()(group, 0) += log * log;
        }
      }
    });
  });
  if (!request.stored) moments.stored = {};
  if (!request.linear) moments.linear = {};
  if (!request.log) moments.log = {};
  if (!request.log_squared) moments.log_squared = {};
  return moments;
}

}  // namespace cupel
