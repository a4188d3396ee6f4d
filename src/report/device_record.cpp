#include "report/device_record.hpp"

#include <fmt/format.h>

namespace cupel {
namespace {

Json device_json(const DeviceReport& device) {
  Json json = {{"name", device.name}};
  if (device.description.empty()) return json;  // the CPU
  json["description"] = device.description;
  json["driver"] = device.driver;
  json["runtime"] = device.runtime;
  json["memory_limit"] = device.memory_limit;
  json["memory_peak"] = device.memory_peak;
  return json;
}

}  // namespace

void add_devices(std::span<const DeviceReport> devices, Json& json) {
  json["devices"] = Json::array();
  for (const auto& device : devices) {
    json["devices"].push_back(device_json(device));
    if (device.name != "cpu") json["kernels"] = kernels_hash();
  }
}

std::string device_kind(std::string_view device) {
  return device.starts_with("cuda") ? fmt::format("cuda, kernels {}", kernels_hash()) : "cpu";
}

}  // namespace cupel
