// The calls of cuSOLVER that kernels/ makes, on the emulated device: LAPACK does the work.
#pragma once
#include <algorithm>
#include <vector>

#include "cublas_v2.h"

extern "C" void dsyevd_(const char* job, const char* triangle, const int* n, double* a,
                        const int* stride, double* values, double* work, const int* work_size,
                        int* int_work, const int* int_work_size, int* info);

enum cusolverStatus_t { CUSOLVER_STATUS_SUCCESS = 0, CUSOLVER_STATUS_INVALID_VALUE = 3 };
enum cusolverEigMode_t { CUSOLVER_EIG_MODE_NOVECTOR, CUSOLVER_EIG_MODE_VECTOR };
enum cublasFillMode_t { CUBLAS_FILL_MODE_LOWER, CUBLAS_FILL_MODE_UPPER };
using cusolverDnHandle_t = struct cuda_on_cpu_solver*;

inline cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t* handle) {
  return *handle = nullptr, CUSOLVER_STATUS_SUCCESS;
}
inline cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t) { return CUSOLVER_STATUS_SUCCESS; }
inline cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t, cudaStream_t) {
  return CUSOLVER_STATUS_SUCCESS;
}

inline cusolverStatus_t cusolverDnDsyevd_bufferSize(cusolverDnHandle_t, cusolverEigMode_t jobz,
                                                    cublasFillMode_t, int n, const double*, int lda,
                                                    const double*, int* lwork) {
  if (n < 1 || lda < n || jobz != CUSOLVER_EIG_MODE_VECTOR) return CUSOLVER_STATUS_INVALID_VALUE;
  *lwork = 1 + 6 * n + 2 * n * n;  // LAPACK's
  return CUSOLVER_STATUS_SUCCESS;
}

// A's triangle in; its vectors out, in columns, by ascending values.
inline cusolverStatus_t cusolverDnDsyevd(cusolverDnHandle_t, cusolverEigMode_t jobz,
                                         cublasFillMode_t uplo, int n, double* a, int lda,
                                         double* w, double* work, int lwork, int* info) {
  if (n < 1 || lda < n || jobz != CUSOLVER_EIG_MODE_VECTOR || lwork < 1 + 6 * n + 2 * n * n) {
    return CUSOLVER_STATUS_INVALID_VALUE;
  }
  // What the call says it does not read is junk, so that nothing comes to rest on it.
  for (int col = 0; col < n; ++col) {
    for (int row = 0; row < n; ++row) {
      const bool read = uplo == CUBLAS_FILL_MODE_UPPER ? row <= col : row >= col;
      if (!read) a[static_cast<long long>(col) * lda + row] = 1e300;
    }
  }
  const char* triangle = uplo == CUBLAS_FILL_MODE_UPPER ? "U" : "L";
  std::vector<int> int_work(static_cast<std::size_t>(3 + 5 * n));
  const int int_size = static_cast<int>(int_work.size());
  dsyevd_("V", triangle, &n, a, &lda, w, work, &lwork, int_work.data(), &int_size, info);
  return CUSOLVER_STATUS_SUCCESS;
}
