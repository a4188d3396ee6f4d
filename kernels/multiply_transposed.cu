#include "cuda_backend.hpp"
#include "cupel/error.hpp"
#include "products.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

Matrix<double> CudaBackend::multiply_transposed(MatrixView<const double> a,
                                                MatrixView<const double> b) {
  if (a.cols != b.cols) {
    throw Error(ErrorKind::kInternal, "multiply_transposed: rows of different length");
  }
  auto out = make_device_matrix<double>(*memory_, a.rows, b.rows);
  cupel::CUPEL_CUDA_NAMESPACE::multiply_transposed(*blas_, stream_, a, b, out.view().data);
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
