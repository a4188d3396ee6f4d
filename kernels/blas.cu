#include "blas.hpp"

#if defined(__CUDACC__)
#include <dlfcn.h>

#include <cstdlib>
#include <string>

#include "cupel/error.hpp"

#define CUPEL_TEXT_OF(x) #x
#define CUPEL_TEXT(x) CUPEL_TEXT_OF(x)
#endif

namespace cupel::CUPEL_CUDA_NAMESPACE {

#if defined(__CUDACC__)
namespace {

constexpr const char* kLibrary = "libcublas.so." CUPEL_TEXT(CUBLAS_VER_MAJOR);

// Where the loader looks, then where the toolkit is by custom.
void* open_library() {
  if (void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL)) return library;
  const std::string why = dlerror();
  const char* const roots[] = {std::getenv("CUDA_HOME"), std::getenv("CUDA_PATH"),
                               "/usr/local/cuda"};
  for (const char* root : roots) {
    if (root == nullptr) continue;
    const auto path = std::string(root) + "/lib64/" + kLibrary;
    if (void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) return library;
  }
  throw Error(ErrorKind::kDevice,
              "cuBLAS cannot be opened (" + why +
                  "); install it, add its folder to LD_LIBRARY_PATH, or use --device cpu");
}

void* library() {
  static void* const opened = open_library();
  return opened;
}

}  // namespace

void check_blas_library() { library(); }

// The function of this name in cuBLAS; `same` is the one here that stands for it.
template <typename Function>
static Function* in_library(const char* name, Function* /*same*/) {
  void* found = dlsym(library(), name);
  if (found == nullptr) throw Error(ErrorKind::kDevice, std::string("cuBLAS has no ") + name);
  return reinterpret_cast<Function*>(found);
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
