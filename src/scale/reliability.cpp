#include "scale/reliability.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "stats/de_comparison.hpp"
#include "stats/lfc_nmae.hpp"

namespace cupel {

double full_length_reliability(double split_half) {
  if (!std::isfinite(split_half) || split_half <= 0.0) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  return 2.0 * split_half / (1.0 + split_half);
}

bool has_ceiling(const Metric& metric) {
  constexpr std::array<std::string_view, 6> kOne = {
      "delta_pearson",          "de_wilcoxon_nsig_spearman",   "de_wilcoxon_lfc_spearman",
      "de_wilcoxon_sig_recall", "de_wilcoxon_direction_match", "de_wilcoxon_overlap"};
  const auto& name = metric.name;
  return std::ranges::find(kOne, name) != kOne.end() || name.starts_with("pds_") ||
         name.starts_with("de_wilcoxon_overlap_top") || name == "de_wilcoxon_precision" ||
         name.starts_with("de_wilcoxon_precision_top");
}

ReplicateAnchor replicate_anchor(std::span<const double> splits) {
  const auto n = static_cast<double>(splits.size());
  double sum = 0.0;
  for (const double split : splits) sum += split;
  const double mean = sum / n;
  double squares = 0.0;
  for (const double split : splits) squares += (split - mean) * (split - mean);
  return {mean, std::sqrt(squares / n), std::ranges::min(splits), std::ranges::max(splits)};
}

std::vector<Score> replicate_lfc_nmae(const DeTable& whole, const DeTable& a, const DeTable& b,
                                      std::span<const std::int32_t> own_gene,
                                      const Conventions::De& de, Backend& backend) {
  const DeComparison gate(whole, a, own_gene, de, backend);  // the calls of the whole, and half a
  const DeComparison other(whole, b, own_gene, de, backend);
  std::vector<Score> scores;
  for (std::int64_t target = 0; target < gate.n_targets(); ++target) {
    LfcNmae error;
    for (const std::int32_t feature : gate.calls(target).real) {
      if (feature == gate.own_gene(target)) continue;
      error.add(
          gate.real_log2_fold_change(target, feature),
          gate.in_pred(target, feature) ? gate.pred_log2_fold_change(target, feature) : 0.0,
          other.in_pred(target, feature) ? other.pred_log2_fold_change(target, feature) : 0.0);
    }
    scores.push_back(error.defined()
                         ? Score::of(error.value())
                         : Score::left_out("the whole data call too few genes to compare halves"));
  }
  return scores;
}

}  // namespace cupel
