#pragma once
#include <memory>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/config.hpp"

namespace cupel {

class Console;

// A backend on each device that config.device names, at most `most` of them, each with
// config.gpu_memory. What `auto` took, and why, is said on the console.
[[nodiscard]] std::vector<std::unique_ptr<Backend>> open_devices(const RunConfig& config,
                                                                 Console& console,
                                                                 std::size_t most);

// For a job that runs on one device.
[[nodiscard]] std::unique_ptr<Backend> open_device(const RunConfig& config, Console& console);

}  // namespace cupel
