#include <cmath>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/profile_distance.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

ProfileRanks CpuBackend::profile_ranks(MatrixView<const double> predicted,
                                       MatrixView<const double> real,
                                       std::span<const std::int32_t> match,
                                       std::span<const std::int32_t> excluded,
                                       ProfileDistance distance) {
  ProfileRanks ranks{make_host_matrix<std::int32_t>(predicted.rows, 1),
                     make_host_matrix<std::int32_t>(predicted.rows, 1),
                     make_host_matrix<std::int32_t>(predicted.rows, 1)};
  for_each_chunk(predicted.rows, 1, [&](std::int64_t row, std::int64_t) {
    const auto r = static_cast<std::size_t>(row);
    const std::int64_t skip = excluded.empty() ? -1 : excluded[r];
    const auto to = [&](std::int64_t other) {
      return exact_distance(predicted.row(row), real.row(other), real.cols, skip, distance);
    };
    const double own = to(match[r]);
    std::int32_t nearer = 0;
    std::int32_t equal = 0;
    std::int32_t equal_before = 0;
    for (std::int64_t other = 0; other < real.rows; ++other) {
      const double d = to(other);
      if (std::isnan(own) ? !std::isnan(d) : d < own) ++nearer;
      if (std::isnan(own) ? std::isnan(d) : d == own) {
        ++equal;
        equal_before += other < match[r];
      }
    }
    ranks.nearer.view()(row, 0) = nearer;
    ranks.equal.view()(row, 0) = equal;
    ranks.equal_before.view()(row, 0) = equal_before;
  });
  return ranks;
}

}  // namespace cupel
