#include "cuda_backend.hpp"
#include "elementwise.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

__global__ void subtract_from_each_row(MatrixView<const double> a, const double* b,
                                       MatrixView<double> out) {
  for_each_element(a.rows, a.cols, [&](std::int64_t row, std::int64_t col) {
    out(row, col) = a(row, col) - b[col];
  });
}

}  // namespace

Matrix<double> CudaBackend::subtract_row(MatrixView<const double> a, MatrixView<const double> b) {
  auto out = make_device_matrix<double>(*memory_, a.rows, a.cols);
  launch(stream_, subtract_from_each_row, element_grid(a.rows, a.cols), kElementBlock, 0, a, b.data,
         out.view());
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
