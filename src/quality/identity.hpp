#pragma once
#include <cstdint>
#include <span>

#include "quality/rows.hpp"

// Some metrics are nearly perfect for "nothing changes": correlations of raw profiles are above .97
// for every model, the worst included. What such a metric says about a model is lost in what all
// cells share, so a report marks it (vcbench-and-turbine.md 3, row 49).
//
// The rule: a metric is dominated by identity on a data set when the no-change prediction covers at
// least 0.9 of the way from chance to perfect in the median perturbation. Chance is the score of a
// prediction that knows nothing of the profile: 0 for a correlation, 0.5 for a rank, and for an
// error of raw profiles that of a flat profile (each gene at the truth's mean over genes), so that
// for the mean squared error the share is the R^2 of the control. Where "no change" has no score,
// as for a correlation of effects, the metric cannot be dominated by it.
namespace cupel::quality {

// (no_change - chance) / (perfect - chance); the same expression serves errors.
[[nodiscard]] Score identity_share(double no_change, double chance, double perfect);

// Mean squared error of a flat profile: the variance of the truth over genes, over n.
[[nodiscard]] Score flat_profile_mse(Row truth);

struct IdentityCheck {
  bool dominated = false;
  double median_share = 0.0;  // NaN where no perturbation has one
  std::int64_t n = 0;         // perturbations that have one
};
[[nodiscard]] IdentityCheck check_identity(std::span<const Score> shares, double threshold = 0.9);

}  // namespace cupel::quality
