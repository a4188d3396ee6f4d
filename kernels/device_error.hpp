#pragma once
#include <cublas_v2.h>
#include <cuda_runtime.h>

#include "make_cuda_backend.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Throw Error(kDevice) with the call, its place and what CUDA says; a failed allocation throws
// Error(kOutOfMemory).
void check(cudaError_t status, const char* call, const char* file, int line);
void check(cublasStatus_t status, const char* call, const char* file, int line);

}  // namespace cupel::CUPEL_CUDA_NAMESPACE

// Around every call of the CUDA libraries.
#define CUPEL_CUDA(call) \
  ::cupel::CUPEL_CUDA_NAMESPACE::check((call), #call, __FILE__, __LINE__)
