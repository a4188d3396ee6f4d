#include "cpu/cpu_backend.hpp"
#include "cupel/math/ranks.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::rank_sum_p_values(const RankSums& sums,
                                             std::span<const std::int64_t> group_start,
                                             std::int64_t n_control, bool continuity) {
  const auto two_u = sums.two_u.view();
  const auto ties = sums.ties.view();
  auto p = make_host_matrix<double>(two_u.rows, two_u.cols);
  const auto out = p.view();
  constexpr std::int64_t kGrain = 4096;
  for_each_chunk(out.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const auto group = static_cast<std::size_t>(i / out.cols);
      out.data[i] = math::rank_sum_p_value(two_u.data[i], ties.data[i],
                                           group_start[group + 1] - group_start[group], n_control,
                                           continuity);
    }
  });
  return p;
}

}  // namespace cupel
