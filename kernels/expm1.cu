#include <cmath>

#include "cuda_backend.hpp"
#include "elementwise.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

__global__ void expm1_of_each(MatrixView<const double> a, MatrixView<double> out) {
  for_each_element(a.rows, a.cols, [&](std::int64_t row, std::int64_t col) {
    out(row, col) = std::expm1(a(row, col));
  });
}

}  // namespace

Matrix<double> CudaBackend::expm1(MatrixView<const double> a) {
  auto out = make_device_matrix<double>(*memory_, a.rows, a.cols);
  launch(stream_, expm1_of_each, element_grid(a.rows, a.cols), kElementBlock, 0, a, out.view());
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
