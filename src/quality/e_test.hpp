#pragma once
#include <cstdint>
#include <limits>
#include <string_view>

#include "cupel/matrix.hpp"

namespace cupel::quality {

// How the mean distance within a group is taken: over all ordered pairs, a cell with itself among
// them (V), or without those (U).
enum class Within : std::uint8_t { kV, kU };

struct ETestOptions {
  Within within = Within::kV;
  std::int64_t exact_up_to = 20'000;  // splits; more are drawn
  std::int32_t draws = 1'000;
  std::uint64_t seed = 0;
  std::uint32_t series = 0;  // one per perturbation
};

struct ETest {
  double observed = std::numeric_limits<double>::quiet_NaN();  // the E-distance
  double p_value = std::numeric_limits<double>::quiet_NaN();
  std::string_view undefined_because{};
  bool exact = false;
  std::int64_t splits = 0;    // looked at
  std::int64_t at_least = 0;  // of those, as far apart as the observed or farther
  std::int64_t beyond = 0;    // strictly farther
};

// Do two groups of cells differ (scPerturb's E-test)? `distance` is a symmetric matrix of distances
// between all cells (host), the first `n_first` of which are one group. The E-distance is 2 * mean
// between - mean within the one - mean within the other; the p-value is the share of splits of the
// cells into groups of these sizes that are at least as far apart: exactly over all splits where
// they are few, the observed one among them, else (b + 1) / (m + 1) over m drawn ones. (scPerturb
// and pertpy count only splits strictly beyond, and so halve p where a split has a mirror image.)
[[nodiscard]] ETest e_test(MatrixView<const double> distance, std::int64_t n_first,
                           const ETestOptions& options = {});

}  // namespace cupel::quality
