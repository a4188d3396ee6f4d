#include <fmt/format.h>

#include "cpu/cpu_backend.hpp"
#include "cupel/backend.hpp"
#include "cupel/error.hpp"
#if CUPEL_WITH_CUDA
#include "kernels/make_cuda_backend.hpp"
#endif

namespace cupel {

bool has_cuda() noexcept { return CUPEL_WITH_CUDA != 0; }

std::unique_ptr<Backend> make_backend(std::string_view device) {
  if (device == "cpu" || device == "auto") return std::make_unique<CpuBackend>();
#if CUPEL_WITH_CUDA
  if (device == "cuda") return cuda::make_backend(0, 0);
#endif
  if (device == "cuda") {
    throw Error(ErrorKind::kUnsupported,
                "this build has no CUDA backend; use --device cpu or --device auto");
  }
  throw Error(ErrorKind::kUsage, fmt::format("no device named '{}'; known: auto, cpu, cuda", device));
}

}  // namespace cupel
