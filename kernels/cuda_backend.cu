#include "cuda_backend.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include "blas.hpp"
#include "cupel/error.hpp"
#include "solver.hpp"
#include "staging.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

// Left of what is free: the driver's own needs, and those of other programs.
constexpr std::int64_t kMarginBytes = std::int64_t{512} << 20;

// Compute capabilities that this build has code for, as 10 · major + minor.
constexpr int kArchitectures[] = {__CUDA_ARCH_LIST__};  // 800, 900, ...
constexpr int kOldest = kArchitectures[0] / 10;         // nvcc sorts them

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::kDevice, what); }

std::string name_of(int ordinal) { return "cuda:" + std::to_string(ordinal); }

std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

std::string capability_text(int capability) {
  return std::to_string(capability / 10) + "." + std::to_string(capability % 10);
}

std::string gib_text(std::int64_t bytes) {
  const auto tenths = (bytes * 10 + (std::int64_t{1} << 29)) >> 30;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

int capability_of(const DeviceInfo& device) { return 10 * device.major + device.minor; }

void check_capability(const DeviceInfo& device) {
  const int has = capability_of(device);
  if (has >= kOldest) return;
  refuse(name_of(device.ordinal) + " (" + device.name + ") has compute capability " +
         capability_text(has) + ", and this build's kernels need " + capability_text(kOldest) +
         "; use --device cpu");
}

std::int64_t limit_of(const DeviceInfo& device, std::int64_t asked) {
  if (asked > device.memory_bytes) {
    throw Error(ErrorKind::kUsage, name_of(device.ordinal) + " has " +
                                       gib_text(device.memory_bytes) + ", less than the " +
                                       gib_text(asked) + " of --gpu-memory");
  }
  if (asked > 0) return asked;
  CUPEL_CUDA(cudaSetDevice(device.ordinal));
  std::size_t free = 0;
  std::size_t total = 0;
  CUPEL_CUDA(cudaMemGetInfo(&free, &total));
  return std::max<std::int64_t>(static_cast<std::int64_t>(free) - kMarginBytes, 0);
}

// "580.65.06" of "NVRM version: NVIDIA UNIX x86_64 Kernel Module  580.65.06  Sun Jul ...".
std::string installed_driver() {
  std::ifstream file("/proc/driver/nvidia/version");
  std::string word;
  while (file >> word) {
    const auto part = word.find_first_not_of("0123456789.");
    if (part == std::string::npos && word.find('.') != std::string::npos) return word;
  }
  return "";
}

// Does nothing: what asks whether a device runs this build's code.
__global__ void probe() {}

}  // namespace

Versions versions() {
  Versions found;
  if (cudaDriverGetVersion(&found.driver) != cudaSuccess) found.driver = 0;
  CUPEL_CUDA(cudaRuntimeGetVersion(&found.runtime));
  return found;
}

std::vector<DeviceInfo> devices() {
  const Versions found = versions();
  if (found.driver == 0) {
    refuse("no CUDA driver is installed; install NVIDIA's driver or use --device cpu");
  }
  if (found.driver / 1000 < found.runtime / 1000) {
    refuse("the CUDA driver is for CUDA " + version_text(found.driver) + ", this build needs " +
           version_text(found.runtime) + "; install a newer driver or use --device cpu");
  }
  int count = 0;
  const auto status = cudaGetDeviceCount(&count);
  if (status == cudaErrorNoDevice || (status == cudaSuccess && count == 0)) {
    cudaGetLastError();
    refuse("the CUDA driver finds no GPU; use --device cpu");
  }
  if (status != cudaSuccess) {
    cudaGetLastError();
    refuse(std::string("the CUDA driver cannot use a GPU: ") + cudaGetErrorString(status) +
           "; use --device cpu");
  }

  std::vector<DeviceInfo> all;
  for (int ordinal = 0; ordinal < count; ++ordinal) {
    cudaDeviceProp properties{};
    CUPEL_CUDA(cudaGetDeviceProperties(&properties, ordinal));
    all.push_back({ordinal, properties.name, properties.major, properties.minor,
                   static_cast<std::int64_t>(properties.totalGlobalMem)});
  }
  const bool any = std::any_of(all.begin(), all.end(), [](const DeviceInfo& device) {
    return capability_of(device) >= kOldest;
  });
  if (!any) check_capability(all[0]);
  check_blas_library();
  return all;
}

std::string describe(const DeviceInfo& device) {
  return device.name + ", " + gib_text(device.memory_bytes) + ", compute capability " +
         capability_text(capability_of(device));
}

std::unique_ptr<Backend> make_backend(int ordinal, std::int64_t memory_limit) {
  const auto known = devices();
  if (ordinal < 0 || ordinal >= static_cast<int>(known.size())) {
    refuse("no GPU " + std::to_string(ordinal) + "; this machine has " +
           std::to_string(known.size()) + ", from cuda:0");
  }
  const auto& device = known[static_cast<std::size_t>(ordinal)];
  check_capability(device);
  const auto limit = limit_of(device, memory_limit);
  CUPEL_CUDA(cudaSetDevice(ordinal));
  cudaFuncAttributes attributes{};
  if (cudaFuncGetAttributes(&attributes, reinterpret_cast<const void*>(probe)) != cudaSuccess) {
    cudaGetLastError();
    refuse("this build has no kernels for " + describe(device) +
           "; build with -DCMAKE_CUDA_ARCHITECTURES=native or use --device cpu");
  }
  return std::make_unique<CudaBackend>(ordinal, limit);
}

CudaBackend::CudaBackend(int ordinal, std::int64_t memory_limit)
    : name_(name_of(ordinal)),
      memory_(std::make_shared<DeviceMemory>(ordinal, memory_limit)),
      stream_(memory_->stream()),
      blas_(std::make_unique<Blas>(stream_)),
      staging_(std::make_unique<Staging>()) {}

CudaBackend::~CudaBackend() { cudaStreamSynchronize(stream_.get()); }

DeviceReport CudaBackend::report() const {
  const auto known = devices();
  const auto found = versions();
  const auto installed = installed_driver();
  return {name_,
          describe(known[static_cast<std::size_t>(stream_.ordinal())]),
          installed + (installed.empty() ? "" : ", ") + "CUDA " + version_text(found.driver),
          "CUDA " + version_text(found.runtime),
          memory_->limit(),
          memory_->peak()};
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
