#include "cpu/cpu_backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::subtract_row(MatrixView<const double> a, MatrixView<const double> b) {
  auto result = make_host_matrix<double>(a.rows, a.cols);
  const auto out = result.view();
  for_each_chunk(a.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t col = 0; col < a.cols; ++col) out(row, col) = a(row, col) - b(0, col);
    }
  });
  return result;
}

}  // namespace cupel
