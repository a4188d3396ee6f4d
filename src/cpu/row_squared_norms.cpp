#include "cpu/cpu_backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::row_squared_norms(MatrixView<const double> a) {
  auto result = make_host_matrix<double>(a.rows, 1);
  double* out = result.view().data;
  for_each_chunk(a.rows, 1, [&](std::int64_t row, std::int64_t) {
    double sum = 0.0;
    for (std::int64_t col = 0; col < a.cols; ++col) sum += a(row, col) * a(row, col);
    out[row] = sum;
  });
  return result;
}

}  // namespace cupel
