#pragma once

namespace cupel {

// Which instructions the CPU's hot loops may use beyond the baseline. Every level gives the same
// bits; the level decides speed alone.
enum class SimdLevel { kPortable, kAvx512 };

// kAvx512: F, BW, DQ, VL and VBMI2 (Ice Lake, Zen 4 and later).
[[nodiscard]] SimdLevel simd_level();

// While alive, keeps simd_level() at or below `level`: how tests reach every variant.
class SimdLimit {
 public:
  explicit SimdLimit(SimdLevel level);
  ~SimdLimit();
  SimdLimit(const SimdLimit&) = delete;
  SimdLimit& operator=(const SimdLimit&) = delete;

 private:
  SimdLevel before_;
};

}  // namespace cupel
