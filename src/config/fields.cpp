#include "config/fields.hpp"

namespace cupel {
namespace {

using Names = std::string_view[];
constexpr Names kInput = {"counts", "lognorm"};
constexpr Names kSpace = {"auto", "bulk_lognorm", "lognorm"};
constexpr Names kControl = {"real", "pred"};
constexpr Names kDenominator = {"n-1", "n"};
constexpr Names kTies = {"midrank", "position"};
constexpr Names kExclusion = {"panel", "row", "none"};
constexpr Names kRank = {"f32-linear", "f64-log1p"};
constexpr Names kMean = {"arithmetic", "geometric"};
constexpr Names kFdr = {"per_perturbation", "global"};
constexpr Names kNan = {"mask", "keep"};
constexpr Names kSort = {"abs_log2_fold_change", "log2_fold_change", "p_value", "p_adj"};
constexpr Names kFloor = {"clip", "replace_zero", "min_nonzero"};
constexpr Names kFill = {"worst", "none"};
constexpr Names kMeanOfNan = {"skip", "propagate"};
constexpr Names kGuess = {"none", "values", "row_totals"};
constexpr Names kTargetSum = {"given", "control_median", "file_median", "file_median_with_empty"};
constexpr Names kRows = {"cell-eval2", "describe"};
constexpr Names kZero = {"generic_response", "mean_profile"};
constexpr Names kScore = {"cell-eval2", "cell-eval"};

template <typename Enum>
std::pair<std::uint8_t*, EnumNames> choice(Enum& member, std::span<const std::string_view> names) {
  static_assert(sizeof(Enum) == 1);
  return {reinterpret_cast<std::uint8_t*>(&member), {names}};
}

}  // namespace

std::vector<Field> fields_of(Conventions& c) {
  return {
      {"data.input_type", choice(c.data.input_type, kInput)},
      {"data.max_counts_per_cell", &c.data.max_counts_per_cell},
      {"data.allow_fractional_counts", &c.data.allow_fractional_counts},
      {"data.validate", &c.data.validate},
      {"data.guess_input", choice(c.data.guess_input, kGuess)},
      {"data.log_when_read", &c.data.log_when_read},
      {"data.max_lognorm", &c.data.max_lognorm},
      {"expression.space", choice(c.expression.space, kSpace)},
      {"expression.control_source", choice(c.expression.control_source, kControl)},
      {"expression.target_sum", &c.expression.target_sum},
      {"expression.target_sum_from", choice(c.expression.target_sum_from, kTargetSum)},
      {"expression.bulk_target_sum", &c.expression.bulk_target_sum},
      {"expression.means_as_stored", &c.expression.means_as_stored},
      {"expression.exclude_target_gene", &c.expression.exclude_target_gene},
      {"pds.denominator", choice(c.pds.denominator, kDenominator)},
      {"pds.ties", choice(c.pds.ties, kTies)},
      {"pds.exclusion", choice(c.pds.exclusion, kExclusion)},
      {"de.rank_values", choice(c.de.rank_values, kRank)},
      {"de.continuity", &c.de.continuity},
      {"de.exact_up_to", &c.de.exact_up_to},
      {"de.mean", choice(c.de.mean, kMean)},
      {"de.epsilon", &c.de.epsilon},
      {"de.clip", &c.de.clip},
      {"de.fdr_scope", choice(c.de.fdr_scope, kFdr)},
      {"de.min_control_cpm", &c.de.min_control_cpm},
      {"de.gate_lognorm", &c.de.gate_lognorm},
      {"de.nan_fold_change", choice(c.de.nan_fold_change, kNan)},
      {"de.min_abs_log2_fold_change", &c.de.min_abs_log2_fold_change},
      {"de.p_adj_threshold", &c.de.p_adj_threshold},
      {"de.sort_by", choice(c.de.sort_by, kSort)},
      {"de.auc_floor", choice(c.de.auc_floor, kFloor)},
      {"de.auc_floor_value", &c.de.auc_floor_value},
      {"de.float32_columns", &c.de.float32_columns},
      {"de.exclude_target_gene", &c.de.exclude_target_gene},
      {"aggregation.fill", choice(c.aggregation.fill, kFill)},
      {"aggregation.nan_in_mean", choice(c.aggregation.nan_in_mean, kMeanOfNan)},
      {"aggregation.rows", choice(c.aggregation.rows, kRows)},
      {"scale.zero", choice(c.scale.zero, kZero)},
      {"scale.rule", choice(c.scale.rule, kScore)},
  };
}

}  // namespace cupel
