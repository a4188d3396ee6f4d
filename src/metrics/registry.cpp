#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <vector>

#include "cupel/error.hpp"
#include "cupel/metric.hpp"
#include "cupel/nan.hpp"
#include "metrics/metrics.hpp"
#include "text.hpp"

namespace cupel {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// How a metric's values are to be read.
struct Scale {
  Better better;
  double low, high, perfect, worst;
  ScoringClass scoring;
};

using enum Better;
constexpr Scale kErrorScale{kLower, 0, kInfinity, 0, kNone, ScoringClass::kError};
constexpr Scale kLinearError{kLower, 0, kInfinity, 0, kNone, ScoringClass::kErrorLinear};
constexpr Scale kCappedNorm{kLower, -kInfinity, kInfinity, 0, kNone, ScoringClass::kCappedNorm};
constexpr Scale kDifference{kNeither, -kInfinity, kInfinity,
                            kNone,    kNone,      ScoringClass::kDiagnostic};
constexpr Scale kCount{kNeither, 0, kInfinity, kNone, kNone, ScoringClass::kDiagnostic};
constexpr Scale kShare{kHigher, 0, 1, 1, kNone, ScoringClass::kBounded};
constexpr Scale kFilledShare{kHigher, 0, 1, 1, 0, ScoringClass::kBounded};
constexpr Scale kUnflooredShare{kHigher, 0, 1, 1, kNone, ScoringClass::kUnfloored};
constexpr Scale kCorrelation{kHigher, -1, 1, 1, kNone, ScoringClass::kBounded};
constexpr Scale kFilledCorrelation{kHigher, -1, 1, 1, -1, ScoringClass::kBounded};
constexpr Scale kCorrected{kHigher, -20, 1, 1, kNone, ScoringClass::kBounded};
constexpr Scale kOpenRatio{kHigher, 0, kInfinity, 1, kNone, ScoringClass::kOpen};
constexpr Scale kReach{kHigher, 0, kInfinity, kNone, kNone, ScoringClass::kOpen};
constexpr Scale kFilledReach{kHigher, 0, kInfinity, kNone, 0, ScoringClass::kOpen};
constexpr Scale kExplained{kHigher, -kInfinity, 1, 1, kNone, ScoringClass::kSigned};
constexpr Scale kSignedYield{kHigher, -kInfinity, kInfinity, 1, kNone, ScoringClass::kSigned};

constexpr Metric make_metric(std::string_view name, std::string_view v1_name,
                             std::string_view summary, const Scale& scale, std::uint8_t needs,
                             metrics::Compute* compute, std::int32_t k) {
  return {.name = name,
          .v1_name = v1_name,
          .summary = summary,
          .better = scale.better,
          .low = scale.low,
          .high = scale.high,
          .perfect = scale.perfect,
          .worst = scale.worst,
          .scoring = scale.scoring,
          .needs = needs,
          .k = k,
          .compute = compute,
          .numerator = {},
          .denominator = {},
          .one_number = false};
}

constexpr Metric expression(std::string_view name, std::string_view v1_name,
                            std::string_view summary, const Scale& scale, metrics::Compute* compute,
                            std::uint8_t more_needs = 0) {
  return make_metric(name, v1_name, summary, scale, kNeedsBulk | more_needs, compute, 0);
}

constexpr Metric weighted(std::string_view name, std::string_view summary, const Scale& scale,
                          metrics::Compute* compute) {
  return expression(name, "", summary, scale, compute, kNeedsWeights);
}

constexpr Metric de(std::string_view name, std::string_view v1_name, std::string_view summary,
                    const Scale& scale, metrics::Compute* compute, std::int32_t k = 0) {
  return make_metric(name, v1_name, summary, scale, kNeedsDe, compute, k);
}

constexpr Metric one_number(Metric metric) {
  metric.one_number = true;
  return metric;
}

constexpr Metric ratio_of_sums(std::string_view name, std::string_view summary, const Scale& scale,
                               std::uint8_t needs, std::string_view numerator,
                               std::string_view denominator) {
  Metric metric = make_metric(name, {}, summary, scale, needs, nullptr, 0);
  metric.numerator = numerator;
  metric.denominator = denominator;
  return metric;
}

// In report order, which is that of the `full` profile, then of `weighted`: name, cell-eval's name,
// summary, scale, function, and the list depth of the top-k family.
constexpr std::array kMetrics = {
    expression("expr_mae", "mae", "mean absolute error of the expression profile", kErrorScale,
               metrics::expr_mae),
    expression("expr_mse", "mse", "mean squared error of the expression profile", kErrorScale,
               metrics::expr_mse),
    expression("expr_mse_unbiased", "", "squared error less the sampling noise of both sides",
               kDifference, metrics::expr_mse_unbiased, kNeedsCorrections),
    expression("expr_mse_unbiased_capped", "",
               "as expr_mse_unbiased, the prediction's claim to noise limited to the truth's",
               kDifference, metrics::expr_mse_unbiased_capped, kNeedsCorrections),
    expression("expr_distance_unbiased", "",
               "squared distance of truth and control less sampling noise", kDifference,
               metrics::expr_distance_unbiased, kNeedsCorrections),
    expression("expr_real_mass_ratio", "",
               "total of the true profile over the total it is normalised to", kCount,
               metrics::expr_real_mass_ratio),
    ratio_of_sums(
        "expr_mse_unbiased_capped_norm",
        "error of the prediction over that of pasting the control, noise taken out of both",
        kCappedNorm, kNeedsBulk | kNeedsCorrections, "expr_mse_unbiased_capped",
        "expr_distance_unbiased"),
    expression("delta_mae", "mae_delta", "mean absolute error of the effect", kErrorScale,
               metrics::delta_mae),
    expression("delta_mse", "mse_delta", "mean squared error of the effect", kErrorScale,
               metrics::delta_mse),
    expression("delta_pearson", "pearson_delta", "Pearson correlation of predicted and true effect",
               kFilledCorrelation, metrics::delta_pearson),
    expression("pds_l1", "discrimination_score_l1",
               "how surely the effect is nearest to its own perturbation, by Manhattan distance",
               kShare, metrics::pds_l1),
    expression("pds_l2", "discrimination_score_l2",
               "how surely the effect is nearest to its own perturbation, by Euclidean distance",
               kShare, metrics::pds_l2),
    expression("pds_cosine", "discrimination_score_cosine",
               "how surely the effect is nearest to its own perturbation, by cosine distance",
               kUnflooredShare, metrics::pds_cosine),
    de("de_wilcoxon_nsig_counts_real", "de_nsig_counts_real", "number of genes the truth calls",
       kCount, metrics::nsig_counts_real),
    de("de_wilcoxon_nsig_counts_pred", "de_nsig_counts_pred",
       "number of genes the prediction calls", kCount, metrics::nsig_counts_pred),
    one_number(de("de_wilcoxon_nsig_spearman", "de_spearman_sig",
                  "rank correlation of the numbers of calls across perturbations",
                  kFilledCorrelation, metrics::nsig_spearman)),
    de("de_wilcoxon_sig_recall", "de_sig_genes_recall",
       "share of the truth's calls that the prediction calls too", kFilledShare,
       metrics::sig_recall),
    de("de_wilcoxon_direction_match", "de_direction_match",
       "share of the truth's calls predicted with the true sign", kFilledShare,
       metrics::direction_match),
    de("de_wilcoxon_model_direction_match", "de_model_direction_match",
       "share of the prediction's calls with the true sign", kFilledShare,
       metrics::model_direction_match),
    de("de_wilcoxon_direction_precision", "",
       "share of the prediction's calls, where the truth has a direction, that match it",
       kFilledShare, metrics::direction_precision),
    de("de_wilcoxon_direction_sensitivity", "",
       "share of the truth's calls reached while nearly all directions are right", kFilledShare,
       metrics::direction_sensitivity),
    de("de_wilcoxon_direction_sensitivity_universe", "",
       "as direction_sensitivity, reaching into every tested gene", kFilledReach,
       metrics::direction_sensitivity_universe),
    de("de_wilcoxon_lfc_spearman", "de_spearman_lfc_sig",
       "rank correlation of fold changes over the truth's calls", kFilledCorrelation,
       metrics::lfc_spearman),
    de("de_wilcoxon_lfc_spearman_pos", "de_spearman_pos_lfc_sig",
       "as lfc_spearman, over genes that go up", kFilledCorrelation, metrics::lfc_spearman_pos),
    de("de_wilcoxon_lfc_spearman_neg", "de_spearman_neg_lfc_sig",
       "as lfc_spearman, over genes that go down", kFilledCorrelation, metrics::lfc_spearman_neg),
    de("de_wilcoxon_lfc_nmae", "",
       "error of fold changes over the truth's calls, relative to predicting none", kLinearError,
       metrics::lfc_nmae),
    de("de_wilcoxon_pr_auc", "pr_auc",
       "average precision of the prediction's p-values for the truth's calls", kFilledShare,
       metrics::pr_auc),
    de("de_wilcoxon_roc_auc", "roc_auc",
       "ROC area of the prediction's p-values for the truth's calls", kFilledShare,
       metrics::roc_auc),
    de("de_wilcoxon_sig_jaccard", "",
       "common calls over all calls of either side, own gene excluded", kUnflooredShare,
       metrics::sig_jaccard),
    de("de_wilcoxon_overlap_adjusted", "",
       "Matthews correlation of the truth's calls and as many top calls of the prediction",
       kCorrelation, metrics::overlap_adjusted),
    de("de_wilcoxon_precision_adjusted", "", "precision of calls beyond chance (markedness)",
       kCorrelation, metrics::precision_adjusted),
    de("de_wilcoxon_sig_recall_adjusted", "", "recall of calls beyond chance (informedness)",
       kCorrelation, metrics::sig_recall_adjusted),
    de("de_wilcoxon_sig_mcc", "", "Matthews correlation of the two sets of calls", kCorrelation,
       metrics::sig_mcc),
    de("de_wilcoxon_direction_fidelity", "",
       "right share of the prediction's calls, chance-corrected", kCorrected,
       metrics::direction_fidelity),
    de("de_wilcoxon_direction_fidelity_raw", "", "right share of the prediction's calls", kShare,
       metrics::direction_fidelity_raw),
    de("de_wilcoxon_direction_coverage", "", "calls of the prediction per call of the truth",
       kOpenRatio, metrics::direction_coverage),
    de("de_wilcoxon_direction_yield", "",
       "right less wrong calls per call of the truth, chance-corrected", kSignedYield,
       metrics::direction_yield),
    de("de_wilcoxon_direction_yield_raw", "", "right calls per call of the truth", kOpenRatio,
       metrics::direction_yield_raw),
    de("de_wilcoxon_direction_fidelity_yield", "",
       "fidelity times coverage up to 1, chance-corrected", kCorrected,
       metrics::direction_fidelity_yield),
    de("de_wilcoxon_direction_fidelity_yield_raw", "",
       "right calls over the larger number of calls", kUnflooredShare,
       metrics::direction_fidelity_yield_raw),
    de("de_wilcoxon_direction_reach", "",
       "share of the truth's calls reached while directions beat chance", kShare,
       metrics::direction_reach),
    de("de_wilcoxon_direction_reach_raw", "",
       "share of the truth's calls reached while nine in ten directions are right", kUnflooredShare,
       metrics::direction_reach_raw),
    de("de_wilcoxon_direction_reach_unbounded", "",
       "as direction_reach, reaching into every tested gene", kReach,
       metrics::direction_reach_unbounded),
    de("de_wilcoxon_direction_reach_unbounded_raw", "",
       "as direction_reach_raw, reaching into every tested gene", kReach,
       metrics::direction_reach_unbounded_raw),
    de("de_wilcoxon_overlap", "overlap_at_N",
       "share of the truth's ranked calls among the prediction's", kShare, metrics::overlap),
    de("de_wilcoxon_overlap_top50", "overlap_at_50",
       "share of the truth's top 50 calls among the prediction's", kShare, metrics::overlap, 50),
    de("de_wilcoxon_overlap_top100", "overlap_at_100",
       "share of the truth's top 100 calls among the prediction's", kShare, metrics::overlap, 100),
    de("de_wilcoxon_overlap_top200", "overlap_at_200",
       "share of the truth's top 200 calls among the prediction's", kShare, metrics::overlap, 200),
    de("de_wilcoxon_overlap_top500", "overlap_at_500",
       "share of the truth's top 500 calls among the prediction's", kShare, metrics::overlap, 500),
    de("de_wilcoxon_precision", "precision_at_N",
       "share of the prediction's ranked calls among the truth's", kShare, metrics::precision),
    de("de_wilcoxon_precision_top50", "precision_at_50",
       "share of the prediction's top 50 calls among the truth's", kShare, metrics::precision, 50),
    de("de_wilcoxon_precision_top100", "precision_at_100",
       "share of the prediction's top 100 calls among the truth's", kShare, metrics::precision,
       100),
    de("de_wilcoxon_precision_top200", "precision_at_200",
       "share of the prediction's top 200 calls among the truth's", kShare, metrics::precision,
       200),
    de("de_wilcoxon_precision_top500", "precision_at_500",
       "share of the prediction's top 500 calls among the truth's", kShare, metrics::precision,
       500),
    make_metric("pearson_edistance", "pearson_edistance",
                "correlation across perturbations of how far cells move from the control",
                kCorrelation, kNeedsEnergy, metrics::pearson_edistance, 0),
    weighted("expr_wmse",
             "squared error, genes weighted by how surely they tell the perturbation "
             "from the others",
             kErrorScale, metrics::expr_wmse),
    weighted("delta_weighted_pearson",
             "weighted correlation of effects beyond the mean of all perturbations", kCorrelation,
             metrics::delta_weighted_pearson),
    weighted("delta_weighted_r2",
             "weighted variance explained of the effect beyond the mean of all perturbations",
             kExplained, metrics::delta_weighted_r2),
};

// Known elsewhere and left out here on purpose.
struct LeftOut {
  std::string_view name;
  std::string_view because;
};
constexpr std::array kLeftOut = {
    LeftOut{"clustering_agreement",
            "its graph clustering depends on the build of igraph, so no two machines need agree"},
};

[[noreturn]] void refuse_unknown(std::string_view name) {
  for (const auto& [left_out, because] : kLeftOut) {
    if (name != left_out) continue;
    throw Error(ErrorKind::kUnsupported,
                fmt::format("metric '{}' is left out: {} (docs/parity.md)", name, because));
  }
  std::vector<std::string> known;
  std::vector<std::string> spellings;
  for (const Metric& metric : kMetrics) {
    known.emplace_back(metric.name);
    spellings.emplace_back(metric.name);
    if (!metric.v1_name.empty()) spellings.emplace_back(metric.v1_name);
  }
  const std::string close = nearest(name, spellings);
  throw Error(ErrorKind::kUsage,
              fmt::format("no metric named '{}'{}; known: {}", name,
                          close.empty() ? "" : fmt::format("; did you mean '{}'?", close),
                          fmt::join(known, ", ")));
}

std::string number_or_infinity(double value) {
  if (value == kInfinity) return "∞";
  if (value == -kInfinity) return "-∞";
  return fmt::format("{}", value);
}

std::string_view words(Better better) {
  switch (better) {
    case Better::kHigher:
      return "higher";
    case Better::kLower:
      return "lower";
    case Better::kNeither:
      break;
  }
  return "–";
}

}  // namespace

std::span<const Metric> all_metrics() noexcept { return kMetrics; }

const Metric& find_metric(std::string_view name) {
  const auto* const found = std::ranges::find_if(kMetrics, [&](const Metric& metric) {
    return metric.name == name || (!metric.v1_name.empty() && metric.v1_name == name);
  });
  if (found != kMetrics.end()) return *found;
  refuse_unknown(name);
}

std::string metric_table_markdown() {
  std::string table =
      "| metric | what it says | better | range | perfect | cell-eval's name |\n"
      "|---|---|---|---|---|---|\n";
  for (const Metric& metric : kMetrics) {
    table.append(fmt::format(
        "| `{}` | {} | {} | {} to {} | {} | {} |\n", metric.name, metric.summary,
        words(metric.better), number_or_infinity(metric.low), number_or_infinity(metric.high),
        metric.perfect == metric.perfect ? number_or_infinity(metric.perfect) : "–",
        metric.v1_name.empty() ? "–" : fmt::format("`{}`", metric.v1_name)));
  }
  return table;
}

}  // namespace cupel
