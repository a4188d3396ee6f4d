#include "solver.hpp"

#include <string>

#include "cupel/error.hpp"

#if defined(__CUDACC__)
#include "open_library.hpp"
#endif

namespace cupel::CUPEL_CUDA_NAMESPACE {

void check(cusolverStatus_t status, const char* call, const char* file, int line) {
  if (status == CUSOLVER_STATUS_SUCCESS) return;
  std::string path(file);
  path.erase(0, path.rfind('/') + 1);  // all of it where there is none: npos + 1 is 0
  throw Error(ErrorKind::kDevice, "cuSOLVER: status " + std::to_string(static_cast<int>(status)) +
                                      " (" + path + ":" + std::to_string(line) + ": " + call + ")");
}

#if defined(__CUDACC__)
template <typename Function>
static Function* in_library(const char* name, Function* same) {
  static const Library opened("cuSOLVER", "libcusolver.so." CUPEL_TEXT(CUSOLVER_VER_MAJOR));
  return opened.find(name, same);
}
#endif

}  // namespace cupel::CUPEL_CUDA_NAMESPACE

// The calls of cuSOLVER that these kernels make, handed on to the library as those of cuBLAS are
// (blas.cu).
#if defined(__CUDACC__)
using cupel::CUPEL_CUDA_NAMESPACE::in_library;

#pragma GCC visibility push(hidden)
extern "C" {

cusolverStatus_t cusolverDnCreate(cusolverDnHandle_t* handle) {
  return in_library("cusolverDnCreate", &cusolverDnCreate)(handle);
}

cusolverStatus_t cusolverDnDestroy(cusolverDnHandle_t handle) {
  return in_library("cusolverDnDestroy", &cusolverDnDestroy)(handle);
}

cusolverStatus_t cusolverDnSetStream(cusolverDnHandle_t handle, cudaStream_t stream) {
  return in_library("cusolverDnSetStream", &cusolverDnSetStream)(handle, stream);
}

cusolverStatus_t cusolverDnDsyevd_bufferSize(cusolverDnHandle_t handle, cusolverEigMode_t jobz,
                                             cublasFillMode_t uplo, int n, const double* a, int lda,
                                             const double* w, int* lwork) {
  return in_library("cusolverDnDsyevd_bufferSize", &cusolverDnDsyevd_bufferSize)(
      handle, jobz, uplo, n, a, lda, w, lwork);
}

cusolverStatus_t cusolverDnDsyevd(cusolverDnHandle_t handle, cusolverEigMode_t jobz,
                                  cublasFillMode_t uplo, int n, double* a, int lda, double* w,
                                  double* work, int lwork, int* info) {
  return in_library("cusolverDnDsyevd", &cusolverDnDsyevd)(handle, jobz, uplo, n, a, lda, w, work,
                                                           lwork, info);
}
}
#pragma GCC visibility pop
#endif
