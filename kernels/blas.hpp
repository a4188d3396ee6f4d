#pragma once
#include "device_memory.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// cuBLAS is opened when it is first needed, so that a program without a GPU runs where the library,
// some hundred megabytes, is not installed. Throws Error(kDevice) that says so when it is missing.
void check_blas_library();

class Blas {
 public:
  explicit Blas(const Stream& stream) {
    CUPEL_CUDA(cublasCreate(&handle_));
    CUPEL_CUDA(cublasSetStream(handle_, stream.get()));
  }
  ~Blas() { cublasDestroy(handle_); }
  Blas(const Blas&) = delete;
  Blas& operator=(const Blas&) = delete;
  [[nodiscard]] cublasHandle_t get() const noexcept { return handle_; }

 private:
  cublasHandle_t handle_ = nullptr;
};

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
