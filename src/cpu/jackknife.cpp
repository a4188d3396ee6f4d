#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/lane_sum.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

template <typename Typed>
double correction(const Typed& cells, const double* totals, std::int64_t begin, std::int64_t end,
                  const double* sums, double target_sum) {
  const std::int64_t genes = cells.n_genes;
  const double n = static_cast<double>(end - begin);
  const double all = lane_sum(genes, [&](std::int64_t gene) { return sums[gene]; });
  if (n < 2.0 || all <= 0.0) return 0.0;
  const auto size = static_cast<std::size_t>(genes);
  std::vector<double> first(size), second(size), cell(size);
  for (std::int64_t row = begin; row < end; ++row) {
    std::ranges::fill(cell, 0.0);
    const std::int64_t at = cells.row_begin[row];
    for (std::int64_t k = at; k < at + cells.row_length[row]; ++k) {
      cell[cells.genes[k]] = static_cast<double>(cells.values[k]);
    }
    const double rest = all - totals[row];
    for (std::size_t gene = 0; gene < size; ++gene) {
      const double without =
          rest == 0.0 ? 0.0 : std::log1p(target_sum * (sums[gene] - cell[gene]) / rest);
      const double offset = without - std::log1p(target_sum * sums[gene] / all);
      first[gene] += offset;
      second[gene] += offset * offset;
    }
  }
  const double scatter = lane_sum(genes, [&](std::int64_t gene) {
    const auto g = static_cast<std::size_t>(gene);
    return second[g] - first[g] * first[g] / n;
  });
  return std::max(0.0, (n - 1.0) / n * scatter);
}

}  // namespace

Matrix<double> CpuBackend::jackknife(CellsView cells, MatrixView<const double> totals,
                                     std::span<const std::int64_t> group_start,
                                     MatrixView<const double> stored_sums, double bulk_target_sum) {
  const auto groups = static_cast<std::int64_t>(group_start.size()) - 1;
  auto result = make_host_matrix<double>(groups, 1);
  double* out = result.view().data;
  visit(cells, [&](const auto& typed) {
    for_each_chunk(groups, 1, [&](std::int64_t group, std::int64_t) {
      const auto g = static_cast<std::size_t>(group);
      out[group] = correction(typed, totals.data, group_start[g], group_start[g + 1],
                              stored_sums.row(group), bulk_target_sum);
    });
  });
  return result;
}

}  // namespace cupel
