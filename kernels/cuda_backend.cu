#include "cuda_backend.hpp"

#include <algorithm>
#include <string>

#include "blas.hpp"
#include "cupel/error.hpp"
#include "staging.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

// Left of what is free: the driver's own needs, and those of other programs.
constexpr std::int64_t kMarginBytes = std::int64_t{512} << 20;

std::string name_of(int ordinal) { return "cuda:" + std::to_string(ordinal); }

std::int64_t free_bytes(int ordinal) {
  CUPEL_CUDA(cudaSetDevice(ordinal));
  std::size_t free = 0;
  std::size_t total = 0;
  CUPEL_CUDA(cudaMemGetInfo(&free, &total));
  return static_cast<std::int64_t>(free);
}

std::int64_t limit_of(int ordinal, std::int64_t asked) {
  return asked > 0 ? asked : std::max<std::int64_t>(free_bytes(ordinal) - kMarginBytes, 0);
}

}  // namespace

Versions versions() {
  Versions found;
  if (cudaDriverGetVersion(&found.driver) != cudaSuccess) found.driver = 0;
  CUPEL_CUDA(cudaRuntimeGetVersion(&found.runtime));
  return found;
}

std::vector<DeviceInfo> devices() {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::kDevice, what); };
  const auto as_text = [](int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
  };
  const Versions found = versions();
  if (found.driver == 0) {
    refuse("no CUDA driver is installed; install NVIDIA's driver or use --device cpu");
  }
  if (found.driver / 1000 < found.runtime / 1000) {
    refuse("the CUDA driver is for CUDA " + as_text(found.driver) + ", this build needs " +
           as_text(found.runtime) + "; install a newer driver or use --device cpu");
  }
  int count = 0;
  const auto status = cudaGetDeviceCount(&count);
  if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0)) {
    cudaGetLastError();
    refuse("the CUDA driver finds no GPU; use --device cpu");
  }
  CUPEL_CUDA(status);

  std::vector<DeviceInfo> all;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    cudaDeviceProp properties{};
    CUPEL_CUDA(cudaGetDeviceProperties(&properties, ordinal));
    all.push_back({ordinal, properties.name, properties.major, properties.minor,
                   static_cast<std::int64_t>(properties.totalGlobalMem), free_bytes(ordinal)});
  }
  return all;
}

std::unique_ptr<Backend> make_backend(int ordinal, std::int64_t memory_limit) {
  const auto known = devices();
  if (ordinal < 0 || ordinal >= static_cast<int>(known.size())) {
    throw Error(ErrorKind::kDevice, "no GPU " + std::to_string(ordinal) + "; this machine has " +
                                        std::to_string(known.size()) + ", from cuda:0");
  }
  return std::make_unique<CudaBackend>(ordinal, memory_limit);
}

CudaBackend::CudaBackend(int ordinal, std::int64_t memory_limit)
    : name_(name_of(ordinal)),
      memory_(std::make_shared<DeviceMemory>(ordinal, limit_of(ordinal, memory_limit))),
      stream_(memory_->stream()),
      blas_(std::make_unique<Blas>(stream_)),
      staging_(std::make_unique<Staging>()) {}

CudaBackend::~CudaBackend() { cudaStreamSynchronize(stream_.get()); }

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
