#pragma once
#include "sweep/device.hpp"

namespace cupel::test {

// Where tests of sweeps compute that are not about a device.
inline const sweep::Device& cpu_device() {
  static const auto cpu = make_backend("cpu");
  static const sweep::Device device(*cpu);
  return device;
}

}  // namespace cupel::test
