#include <fmt/format.h>

#include "cpu/cpu_backend.hpp"
#include "cupel/backend.hpp"
#include "cupel/error.hpp"

namespace cupel {

std::unique_ptr<Backend> make_backend(std::string_view device) {
  if (device == "cpu" || device == "auto") return std::make_unique<CpuBackend>();
  if (device == "cuda") {
    throw Error(ErrorKind::kUnsupported,
                "this build has no CUDA backend; use --device cpu or --device auto");
  }
  throw Error(ErrorKind::kUsage, fmt::format("no device named '{}'; known: auto, cpu, cuda", device));
}

}  // namespace cupel
