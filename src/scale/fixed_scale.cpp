#include "scale/fixed_scale.hpp"

#include <array>

namespace cupel {
namespace {

constexpr ScorePolicy lower(double least) {
  return {.higher_is_better = false, .anchor = 0.0, .least = least, .greatest = 1.0};
}
constexpr ScorePolicy higher(double least) {
  return {.anchor = 1.0, .least = least, .greatest = 1.0};
}

constexpr std::array kEntries = {
    FixedScaleEntry{"expr_mse_unbiased_capped_norm", 1.0, lower(-6.0)},
    FixedScaleEntry{"de_wilcoxon_lfc_nmae", 1.0, lower(-1.0)},
    FixedScaleEntry{"pds_cosine", 0.5, higher(-1.0)},
    FixedScaleEntry{"de_wilcoxon_direction_fidelity_yield_raw", 0.5, higher(-1.0)},
    FixedScaleEntry{"de_wilcoxon_direction_reach_raw", 0.0, higher(0.0)},
    FixedScaleEntry{"de_wilcoxon_sig_jaccard", 0.0, higher(0.0)}};

}  // namespace

std::span<const FixedScaleEntry> fixed_scale() noexcept { return kEntries; }

}  // namespace cupel
