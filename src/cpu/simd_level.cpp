#include "cpu/simd_level.hpp"

#include <algorithm>
#include <atomic>

namespace cupel {
namespace {

SimdLevel supported() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512vbmi2")) {
    return SimdLevel::kAvx512;
  }
#endif
  return SimdLevel::kPortable;
}

std::atomic<SimdLevel>& limit() {
  static std::atomic<SimdLevel> level{SimdLevel::kAvx512};
  return level;
}

}  // namespace

SimdLevel simd_level() {
  static const SimdLevel best = supported();
  return std::min(best, limit().load());
}

SimdLimit::SimdLimit(SimdLevel level) : before_(limit().exchange(level)) {}
SimdLimit::~SimdLimit() { limit().store(before_); }

}  // namespace cupel
