#include <algorithm>

#include "cpu/cpu_backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::select(MatrixView<const double> a, std::span<const std::int32_t> rows,
                                  std::span<const std::int32_t> cols) {
  const bool all_rows = rows.data() == nullptr;
  const bool all_cols = cols.data() == nullptr;
  auto result =
      make_host_matrix<double>(all_rows ? a.rows : static_cast<std::int64_t>(rows.size()),
                               all_cols ? a.cols : static_cast<std::int64_t>(cols.size()));
  const auto out = result.view();
  for_each_chunk(out.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const double* from = a.row(all_rows ? row : rows[static_cast<std::size_t>(row)]);
      double* to = out.row(row);
      if (all_cols) {
        std::copy_n(from, out.cols, to);
      } else {
        for (const std::int32_t col : cols) *to++ = from[col];
      }
    }
  });
  return result;
}

}  // namespace cupel
