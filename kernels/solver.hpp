#pragma once
#include <cusolverDn.h>

#include "device_memory.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Throws Error(kDevice) with the call, its place and the status.
void check(cusolverStatus_t status, const char* call, const char* file, int line);

// cuSOLVER is opened with the first of these, so that whoever solves no eigenproblem needs no such
// library. Throws Error(kDevice) that says so when it is missing.
class Solver {
 public:
  explicit Solver(const Stream& stream) {
    CUPEL_CUDA(cusolverDnCreate(&handle_));
    CUPEL_CUDA(cusolverDnSetStream(handle_, stream.get()));
  }
  ~Solver() { cusolverDnDestroy(handle_); }
  Solver(const Solver&) = delete;
  Solver& operator=(const Solver&) = delete;
  [[nodiscard]] cusolverDnHandle_t get() const noexcept { return handle_; }

 private:
  cusolverDnHandle_t handle_ = nullptr;
};

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
