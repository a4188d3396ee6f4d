#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cupel/backend.hpp"

// What the rest of the engine sees of this folder; free of CUDA's headers. The namespace is a
// macro because the same sources are also compiled for a device that is emulated on the CPU
// (tests/device_on_cpu), and both may be part of one program.
#ifndef CUPEL_CUDA_NAMESPACE
#define CUPEL_CUDA_NAMESPACE cuda
#endif

namespace cupel::CUPEL_CUDA_NAMESPACE {

struct DeviceInfo {
  int ordinal = 0;
  std::string name;
  int major = 0;  // compute capability
  int minor = 0;
  std::int64_t memory_bytes = 0;
};

// CUDA's version numbers: 13000 is 13.0; 0 when there is no driver.
struct Versions {
  int driver = 0;
  int runtime = 0;
};

// Every device of the machine, in CUDA's order. Throws Error(kDevice) that says what is missing for
// these kernels: the driver, a driver that is new enough, a device, one that is new enough, cuBLAS.
// Makes no context on any device, so it takes none of their memory.
[[nodiscard]] std::vector<DeviceInfo> devices();
[[nodiscard]] Versions versions();

// "NVIDIA H100 80GB HBM3, 79.2 GiB, compute capability 9.0"
[[nodiscard]] std::string describe(const DeviceInfo& device);

// The backend on one device, which may take up to `memory_limit` bytes of its memory; 0: what is
// free now less a margin. Throws Error(kDevice) for a device that is not there.
[[nodiscard]] std::unique_ptr<Backend> make_backend(int ordinal, std::int64_t memory_limit);

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
