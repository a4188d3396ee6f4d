// The calls of cuBLAS that kernels/ makes, on the emulated device: plain loops, column-major.
#pragma once
#include <cstdint>

#include "cuda_runtime.h"

enum cublasStatus_t { CUBLAS_STATUS_SUCCESS = 0, CUBLAS_STATUS_INVALID_VALUE = 7 };
enum cublasOperation_t { CUBLAS_OP_N, CUBLAS_OP_T };
using cublasHandle_t = struct cuda_on_cpu_blas*;

inline const char* cublasGetStatusString(cublasStatus_t status) {
  return status == CUBLAS_STATUS_SUCCESS ? "success" : "invalid value";
}
inline cublasStatus_t cublasCreate(cublasHandle_t* handle) {
  return *handle = nullptr, CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasDestroy(cublasHandle_t) { return CUBLAS_STATUS_SUCCESS; }
inline cublasStatus_t cublasSetStream(cublasHandle_t, cudaStream_t) {
  return CUBLAS_STATUS_SUCCESS;
}

// C (m × n) = alpha · op(A) (m × k) · op(B) (k × n) + beta · C
template <typename T>
cublasStatus_t cuda_on_cpu_gemm(cublasOperation_t op_a, cublasOperation_t op_b, int m, int n, int k,
                                T alpha, const T* a, int lda, const T* b, int ldb, T beta, T* c,
                                int ldc) {
  const int least_a = op_a == CUBLAS_OP_N ? m : k;
  const int least_b = op_b == CUBLAS_OP_N ? k : n;
  if (m < 0 || n < 0 || k < 0 || lda < std::max(1, least_a) || ldb < std::max(1, least_b) ||
      ldc < std::max(1, m)) {
    return CUBLAS_STATUS_INVALID_VALUE;
  }
  const auto at = [](const T* matrix, int ld, std::int64_t row, std::int64_t col) {
    return matrix[col * ld + row];
  };
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < m; ++i) {
      T sum = 0;
      for (int p = 0; p < k; ++p) {
        sum += (op_a == CUBLAS_OP_N ? at(a, lda, i, p) : at(a, lda, p, i)) *
               (op_b == CUBLAS_OP_N ? at(b, ldb, p, j) : at(b, ldb, j, p));
      }
      T& out = c[static_cast<std::int64_t>(j) * ldc + i];
      out = beta == T{0} ? alpha * sum : alpha * sum + beta * out;
    }
  }
  return CUBLAS_STATUS_SUCCESS;
}
inline cublasStatus_t cublasDgemm(cublasHandle_t, cublasOperation_t op_a, cublasOperation_t op_b,
                                  int m, int n, int k, const double* alpha, const double* a,
                                  int lda, const double* b, int ldb, const double* beta, double* c,
                                  int ldc) {
  return cuda_on_cpu_gemm(op_a, op_b, m, n, k, *alpha, a, lda, b, ldb, *beta, c, ldc);
}
