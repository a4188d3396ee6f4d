#pragma once
#include <cstdint>

#include "cupel/host_device.hpp"

namespace cupel::math {

// What one threshold of a ranking, all of one score, adds to the areas under its curves. Of the
// `place` columns that score at least so much, `hits` are positive; before this threshold, of
// `place_before` columns, `hits_before` were.
struct RankingThreshold {
  std::int64_t place_before;
  std::int64_t hits_before;
  std::int64_t place;
  std::int64_t hits;

  // In units of 1 / positives.
  [[nodiscard]] CUPEL_HOST_DEVICE double precision() const {
    return static_cast<double>(hits - hits_before) * static_cast<double>(hits) /
           static_cast<double>(place);
  }
  // In units of 1 / (2 · positives · negatives).
  [[nodiscard]] CUPEL_HOST_DEVICE std::int64_t twice_roc() const {
    const std::int64_t false_hits = (place - place_before) - (hits - hits_before);
    return false_hits * (hits_before + hits);
  }
};

CUPEL_HOST_DEVICE inline double precision_recall_area(double precision, std::int64_t positives) {
  return precision / static_cast<double>(positives);
}
CUPEL_HOST_DEVICE inline double roc_area(std::int64_t twice_roc, std::int64_t positives,
                                         std::int64_t negatives) {
  return static_cast<double>(twice_roc) /
         (2.0 * static_cast<double>(positives) * static_cast<double>(negatives));
}

}  // namespace cupel::math
