#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cupel/math/ranks.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::adjust_p_values(MatrixView<const double> p) {
  auto adjusted = make_host_matrix<double>(p.rows, p.cols);
  const auto out = adjusted.view();
  for_each_chunk(p.rows, 1, [&](std::int64_t row, std::int64_t) {
    const double* from = p.row(row);
    double* to = out.row(row);
    std::vector<std::int64_t> order;
    for (std::int64_t i = 0; i < p.cols; ++i) {
      if (std::isnan(from[i])) {
        to[i] = from[i];
      } else {
        order.push_back(i);
      }
    }
    std::ranges::sort(order, {}, [&](std::int64_t i) { return from[i]; });
    const auto n = static_cast<std::int64_t>(order.size());
    double lowest = 1.0;
    for (std::int64_t rank = n; rank > 0; --rank) {
      const std::int64_t at = order[static_cast<std::size_t>(rank - 1)];
      lowest = std::min(lowest, math::bh_candidate(from[at], rank, n));
      to[at] = std::max(lowest, 0.0);
    }
  });
  return adjusted;
}

}  // namespace cupel
