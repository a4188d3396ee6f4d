#include "open_devices.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cupel/error.hpp"
#include "log.hpp"

namespace cupel {

std::vector<std::unique_ptr<Backend>> open_devices(const RunConfig& config, Console& console,
                                                   std::size_t most) {
  const auto choice = choose_devices(config.device);
  if (!choice.because.empty()) {
    console.note(fmt::format("device: {} ({})", choice.names[0], choice.because));
  }
  std::vector<std::unique_ptr<Backend>> backends;
  for (std::size_t i = 0; i < std::min(most, choice.names.size()); ++i) {
    backends.push_back(make_backend(choice.names[i], config.gpu_memory));
  }
  return backends;
}

std::unique_ptr<Backend> open_device(const RunConfig& config, Console& console) {
  auto backends = open_devices(config, console, 2);
  if (backends.size() > 1) {
    throw Error(ErrorKind::kUsage,
                fmt::format("this job runs on one device; give one of '{}'", config.device));
  }
  return std::move(backends[0]);
}

}  // namespace cupel
