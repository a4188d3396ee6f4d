#include "cpu/cpu_backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::scale_rows(MatrixView<const double> a, std::span<const double> factor) {
  auto result = make_host_matrix<double>(a.rows, a.cols);
  const auto out = result.view();
  for_each_chunk(a.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const double times = factor[static_cast<std::size_t>(row)];
      for (std::int64_t col = 0; col < a.cols; ++col) out(row, col) = a(row, col) * times;
    }
  });
  return result;
}

}  // namespace cupel
