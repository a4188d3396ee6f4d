#pragma once
#include <cstdint>

#include "random/philox.hpp"

namespace cupel {

// What a stream of draws is for; part of its position, so no two uses share numbers.
enum class DrawsFor : std::uint32_t {
  kResamples = 1,
  kSignFlips = 2,
  kLabels = 3,
  kOrders = 4,
  kHalves = 5
};

// Draw `draw` of series `series` of one use. Draws that belong together (all metrics and all
// predictions of one comparison) have the same seed, use and series.
[[nodiscard]] inline PhiloxStream draw_stream(std::uint64_t seed, DrawsFor use,
                                              std::uint32_t series, std::int64_t draw) {
  return {seed, (std::uint64_t{static_cast<std::uint32_t>(use)} << 32) | series,
          static_cast<std::uint32_t>(draw)};
}

}  // namespace cupel
