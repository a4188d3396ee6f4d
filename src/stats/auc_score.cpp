#include "stats/auc_score.hpp"

#include <algorithm>
#include <cmath>

namespace cupel {

double auc_score(double p_adj, const Conventions::De& de, double smallest_positive) {
  double q = p_adj;
  switch (de.auc_floor) {
    case AucFloor::kClip:
      q = std::clamp(q, de.auc_floor_value, 1.0);
      break;
    case AucFloor::kReplaceZero:
      // Through float and back: what underflows to zero there is replaced as a zero, and so ranks
      // below values that survive.
      q = static_cast<double>(static_cast<float>(q));
      if (q == 0.0) q = de.auc_floor_value;
      break;
    case AucFloor::kMinNonzero:
      if (q == 0.0) q = smallest_positive > 0.0 ? smallest_positive : de.auc_floor_value;
      break;
  }
  if (de.float32_columns) return static_cast<double>(-std::log10(static_cast<float>(q)));
  return -std::log10(q);
}

}  // namespace cupel
