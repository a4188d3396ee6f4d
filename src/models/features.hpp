#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "models/model.hpp"
#include "models/principal_axes.hpp"

// Features of conditions: what regressions learn from (baselines-splits-audits.md A8).
namespace cupel::models {

struct FeatureRows {
  Matrix<double> values;            // conditions × features
  std::vector<std::uint8_t> known;  // 0 where a perturbation's features are not to be had
};

// Part of the features.
class FeatureBlock {
 public:
  virtual ~FeatureBlock() = default;
  [[nodiscard]] virtual FeatureRows rows(std::span<const Condition> conditions) const = 0;
  [[nodiscard]] virtual bool of_context() const { return false; }
};

// What a perturbation without features gets: no row, the mean of those that have, or zeros.
enum class Unknown : std::uint8_t { kAbstain, kMean, kZero };
[[nodiscard]] Unknown unknown_of(const Settings& settings);

struct FeatureChoices {
  Unknown unknown = Unknown::kAbstain;
  bool mean_of_members = false;  // a combination is the mean, not the sum, of its members or pairs
  bool standardise = true;       // columns have mean 0 and variance 1 over training
};

// Blocks by a list of names, separated by commas:
//   one-hot            the perturbations of the training conditions
//   pca:K              the gene of that name's K training scores (gene_scores.hpp)
//   table:NAME         rows of a table; table:NAME:K their K leading principal components
//   difference:BLOCK   of one of these: |a - b| of a combination's members, added up over its
//   pairs;
//                      zeros for a single
//   product:BLOCK      the same of a * b, element by element
//   context            the contexts of the training conditions, one-hot
//   context-pca:K      K leading principal components of the contexts' controls
//   context-table:NAME rows of a table by context
//   dose               log10 of the dose, centred, and hinges at three quantiles of training; where
//                      members have doses of their own, the mean over them
//   interaction:AxB    products of the A leading components of the perturbation's blocks with the
//                      B leading components of the context's blocks
// Throws Error(kUsage) for what is none of these, Error(kInput) for a table that is not there.
class FeatureSpace {
 public:
  FeatureSpace(const Training& training, std::string_view blocks, const FeatureChoices& choices);

  [[nodiscard]] FeatureRows rows(std::span<const Condition> conditions) const;
  // Whether a block was learned from the training profiles: then a condition left out of a fit was
  // not left out of its features.
  [[nodiscard]] bool learns_from_profiles() const { return learns_; }

 private:
  [[nodiscard]] FeatureRows plain_rows(std::span<const Condition> conditions) const;
  [[nodiscard]] FeatureRows side_rows(std::span<const Condition> conditions, bool context) const;

  std::vector<std::unique_ptr<FeatureBlock>> blocks_;
  std::optional<PrincipalAxes> perturbation_axes_, context_axes_;  // of interactions
  std::vector<double> mean_, scale_;                               // empty: not standardised
  bool learns_ = false;
};

inline constexpr Setting kFeaturesSetting{"features", "one-hot,context",
                                          "blocks of features, separated by commas"};
inline constexpr Setting kUnknownSetting{"unknown", "abstain",
                                         "a perturbation without features: abstain, mean or zero"};
inline constexpr Setting kMembersSetting{
    "members", "sum", "a combination's features: the sum or the mean of its members' or pairs'"};
inline constexpr Setting kStandardiseSetting{
    "standardise", "yes", "yes or no: features have mean 0 and variance 1 over training"};
inline constexpr Setting kFallbackSetting{
    "fallback", "global", "where the model abstains: global (the mean of all), no-change or none"};
[[nodiscard]] FeatureChoices feature_choices(const Settings& settings);

// Fills the rows whose features are not known by the fallback, and says so; the others rest on
// features. `weighting` as in lookup.hpp, by conditions.
enum class Fallback : std::uint8_t { kGlobal, kNoChange, kNone };
[[nodiscard]] Fallback fallback_of(const Settings& settings);
[[nodiscard]] Weights with_fallback(Matrix<double> of_training, std::span<const std::uint8_t> known,
                                    Fallback fallback, std::span<const double> share);
// n_cells^power per condition.
[[nodiscard]] std::vector<double> row_weights(const Training& training, double power);
inline constexpr Setting kWeightPowerSetting{
    "weight-power", "0", "conditions weigh as their cells to this power: 0, 0.5 or 1"};

}  // namespace cupel::models
