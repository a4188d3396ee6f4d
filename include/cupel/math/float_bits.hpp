#pragma once
#include <bit>
#include <cstdint>

#include "cupel/host_device.hpp"

namespace cupel::math {

CUPEL_HOST_DEVICE inline std::uint64_t bits_of(double value) {
#if defined(__CUDA_ARCH__)
  return static_cast<std::uint64_t>(__double_as_longlong(value));
#else
  return std::bit_cast<std::uint64_t>(value);
#endif
}

CUPEL_HOST_DEVICE inline double from_bits(std::uint64_t bits) {
#if defined(__CUDA_ARCH__)
  return __longlong_as_double(static_cast<long long>(bits));
#else
  return std::bit_cast<double>(bits);
#endif
}

CUPEL_HOST_DEVICE inline std::uint32_t bits_of(float value) {
#if defined(__CUDA_ARCH__)
  return __float_as_uint(value);
#else
  return std::bit_cast<std::uint32_t>(value);
#endif
}

// What std::numeric_limits gives on the host alone.
CUPEL_HOST_DEVICE inline double quiet_nan() { return from_bits(0x7ff8000000000000); }
CUPEL_HOST_DEVICE inline double infinity() { return from_bits(0x7ff0000000000000); }

}  // namespace cupel::math
