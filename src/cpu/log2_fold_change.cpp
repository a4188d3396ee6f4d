#include "cpu/cpu_backend.hpp"
#include "cupel/math/fold_change.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

Matrix<double> CpuBackend::log2_fold_change(MatrixView<const double> a, MatrixView<const double> b,
                                            double epsilon, double clip) {
  auto result = make_host_matrix<double>(a.rows, a.cols);
  const auto out = result.view();
  for_each_chunk(a.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t col = 0; col < a.cols; ++col) {
        out(row, col) = math::log2_fold_change(a(row, col), b(0, col), epsilon, clip);
      }
    }
  });
  return result;
}

}  // namespace cupel
