#pragma once
#include <span>
#include <string>

#include "cupel/backend.hpp"
#include "report/json_value.hpp"

namespace cupel {

// "devices" and, of GPUs, the hash of their "kernels": what computed a run's numbers.
void add_devices(std::span<const DeviceReport> devices, Json& json);
// What a run that goes on with another's results must share: numbers differ by rounding between the
// CPU and GPUs, and as kernels change.
[[nodiscard]] std::string device_kind(std::string_view device);

}  // namespace cupel
