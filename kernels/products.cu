#include "products.hpp"

#include <cstdint>

#include "cupel/error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

int size(std::int64_t n) {
  if (n > INT32_MAX) {
    throw Error(ErrorKind::kInput, "a matrix has more rows or columns than cuBLAS takes");
  }
  return static_cast<int>(n);
}

// out (rows × cols, row-major) of `inner` products each; `b_op` and `b_stride` say how b lies.
void gemm(const Blas& blas, const Stream& stream, cublasOperation_t b_op, std::int64_t b_stride,
          MatrixView<const double> a, const double* b, std::int64_t cols, double* out) {
  if (a.rows == 0 || cols == 0) return;
  CUPEL_CUDA(cudaSetDevice(stream.ordinal()));
  if (a.cols == 0) {
    CUPEL_CUDA(cudaMemsetAsync(out, 0, static_cast<std::size_t>(a.rows * cols) * sizeof(double),
                               stream.get()));
    return;
  }
  const double one = 1.0;
  const double zero = 0.0;
  CUPEL_CUDA(cublasDgemm(blas.get(), b_op, CUBLAS_OP_N, size(cols), size(a.rows), size(a.cols),
                         &one, b, size(b_stride), a.data, size(a.cols), &zero, out, size(cols)));
}

}  // namespace

void multiply(const Blas& blas, const Stream& stream, MatrixView<const double> a,
              MatrixView<const double> b, double* out) {
  gemm(blas, stream, CUBLAS_OP_N, b.cols, a, b.data, b.cols, out);
}

void multiply_transposed(const Blas& blas, const Stream& stream, MatrixView<const double> a,
                         MatrixView<const double> b, double* out) {
  gemm(blas, stream, CUBLAS_OP_T, b.cols, a, b.data, b.rows, out);
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
