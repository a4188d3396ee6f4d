#include "cupel/math/fold_change.hpp"

#include "cuda_backend.hpp"
#include "elementwise.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

__global__ void change_of_each_row(MatrixView<const double> a, const double* b, double epsilon,
                                   double clip, MatrixView<double> out) {
  for_each_element(a.rows, a.cols, [&](std::int64_t row, std::int64_t col) {
    out(row, col) = math::log2_fold_change(a(row, col), b[col], epsilon, clip);
  });
}

}  // namespace

Matrix<double> CudaBackend::log2_fold_change(MatrixView<const double> a, MatrixView<const double> b,
                                             double epsilon, double clip) {
  auto out = make_device_matrix<double>(*memory_, a.rows, a.cols);
  launch(stream_, change_of_each_row, element_grid(a.rows, a.cols), kElementBlock, 0, a, b.data,
         epsilon, clip, out.view());
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
