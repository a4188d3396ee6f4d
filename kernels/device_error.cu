#include "device_error.hpp"

#include <string>
#include <tuple>

#include "cupel/error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

std::string place(const char* call, const char* file, int line) {
  std::string path(file);
  const auto slash = path.rfind('/');
  if (slash != std::string::npos) path.erase(0, slash + 1);
  path += ':';
  path += std::to_string(line);
  path += ": ";
  path += call;
  return path;
}

}  // namespace

void check(cudaError_t status, const char* call, const char* file, int line) {
  if (status == cudaSuccess) return;
  std::ignore = cudaGetLastError();  // so that it is not reported again by the next launch
  const auto kind =
      status == cudaErrorMemoryAllocation ? ErrorKind::kOutOfMemory : ErrorKind::kDevice;
  throw Error(kind, std::string("CUDA: ") + cudaGetErrorString(status) + " (" +
                        place(call, file, line) + ")");
}

void check(cublasStatus_t status, const char* call, const char* file, int line) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  throw Error(ErrorKind::kDevice, std::string("cuBLAS: ") + cublasGetStatusString(status) + " (" +
                                      place(call, file, line) + ")");
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
