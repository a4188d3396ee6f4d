#include <fmt/format.h>

#include "backend/choose_devices.hpp"
#include "cpu/cpu_backend.hpp"
#include "cupel/backend.hpp"
#include "cupel/error.hpp"
#if CUPEL_WITH_CUDA
#include "kernels/make_cuda_backend.hpp"
#endif

namespace cupel {
namespace {

std::vector<std::string> find_gpus() {
#if CUPEL_WITH_CUDA
  std::vector<std::string> found;
  for (const auto& gpu : cuda::devices()) found.push_back(cuda::describe(gpu));
  return found;
#else
  throw Error(ErrorKind::kUnsupported,
              "this build has no CUDA backend; use --device cpu or --device auto");
#endif
}

}  // namespace

bool has_cuda() noexcept { return CUPEL_WITH_CUDA != 0; }

DeviceChoice choose_devices(std::string_view list) { return choose_devices(list, find_gpus); }

std::unique_ptr<Backend> make_backend(std::string_view device,
                                      [[maybe_unused]] std::int64_t gpu_memory) {
  if (device.find(',') != device.npos) {
    throw Error(ErrorKind::kUsage, fmt::format("one device is used here, not '{}'", device));
  }
  const auto names = choose_devices(device).names;
#if CUPEL_WITH_CUDA
  if (names[0] != "cpu") return cuda::make_backend(ordinal_of(names[0]), gpu_memory);
#endif
  return std::make_unique<CpuBackend>();
}

}  // namespace cupel
