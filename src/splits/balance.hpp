#pragma once
#include <cstdint>

#include "splits/manifest.hpp"

namespace cupel::splits {

// How evenly strata are spread over train, val and test (baselines-splits-audits.md B12): Pearson's
// chi-square of the table of strata × parts, which counts perturbations; one that is in several
// parts, as doses of it may be, counts in each. 0 where every part holds every stratum in the same
// share. Of several folds, the one where it is largest. The degrees of freedom are those of the
// table's rows and columns that hold something; with none there is nothing to be uneven.
struct Balance {
  double chi_square = 0.0;
  std::int64_t degrees = 0;
};
[[nodiscard]] Balance balance_of(const Manifest& manifest);

}  // namespace cupel::splits
