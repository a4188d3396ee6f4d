#include "blas.hpp"

#if defined(__CUDACC__)
#include "open_library.hpp"
#endif

namespace cupel::CUPEL_CUDA_NAMESPACE {

#if defined(__CUDACC__)

static const Library& library() {
  static const Library opened("cuBLAS", "libcublas.so." CUPEL_TEXT(CUBLAS_VER_MAJOR));
  return opened;
}

void check_blas_library() { library(); }

template <typename Function>
static Function* in_library(const char* name, Function* same) {
  return library().find(name, same);
}

#else

void check_blas_library() {}

#endif

}  // namespace cupel::CUPEL_CUDA_NAMESPACE

// The calls of cuBLAS that these kernels make, each handed on to the library: what the linker finds
// in its place. One that is missing here does not link. Hidden, so that the library's calls to
// itself never come here.
#if defined(__CUDACC__)
using cupel::CUPEL_CUDA_NAMESPACE::in_library;

#pragma GCC visibility push(hidden)
extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t* handle) {
  return in_library("cublasCreate_v2", &cublasCreate_v2)(handle);
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle) {
  return in_library("cublasDestroy_v2", &cublasDestroy_v2)(handle);
}

cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream) {
  return in_library("cublasSetStream_v2", &cublasSetStream_v2)(handle, stream);
}

const char* cublasGetStatusString(cublasStatus_t status) {
  return in_library("cublasGetStatusString", &cublasGetStatusString)(status);
}

cublasStatus_t cublasDgemm_v2(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,
                              int m, int n, int k, const double* alpha, const double* a, int lda,
                              const double* b, int ldb, const double* beta, double* c, int ldc) {
  return in_library("cublasDgemm_v2", &cublasDgemm_v2)(handle, op_a, op_b, m, n, k, alpha, a, lda,
                                                       b, ldb, beta, c, ldc);
}
}
#pragma GCC visibility pop
#endif
