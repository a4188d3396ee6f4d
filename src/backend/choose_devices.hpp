#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/backend.hpp"

namespace cupel {

// What each GPU of the machine is, in their order; throws Error when there is none to use. Called
// only where the answer matters, because looking takes time.
using FindGpus = std::function<std::vector<std::string>()>;

[[nodiscard]] DeviceChoice choose_devices(std::string_view list, const FindGpus& find_gpus);

// N of "cuda:N".
[[nodiscard]] int ordinal_of(std::string_view device);

}  // namespace cupel
