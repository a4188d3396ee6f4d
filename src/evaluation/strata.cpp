#include "evaluation/strata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "quality/concordance.hpp"
#include "quality/control_halves.hpp"
#include "quality/noise_ceiling.hpp"
#include "quality/rows.hpp"
#include "quality/strata.hpp"
#include "quality/weighted_mean.hpp"

namespace cupel {
namespace {

constexpr std::int32_t kStratumDraws = 2'000;
constexpr std::int32_t kDeciles = 10;
constexpr auto kNull = static_cast<std::int32_t>(quality::Stratum::kNull);
// One set of resamples for each way to group.
constexpr std::uint32_t kStratumSeries = 0;
constexpr std::uint32_t kDecileSeries = 16;
constexpr std::uint32_t kAllSeries = 32;

constexpr std::string_view kNothingToPredict =
    "nothing to agree with: see claimed_effect and false_calls";
constexpr std::string_view kNoCeiling = "no ceiling is known for this metric";
constexpr std::string_view kLowCeilings = "no perturbation reproduces itself well enough";

// A metric, or another quantity of a prediction, per perturbation.
struct Column {
  std::string name;
  std::vector<double> values;
  bool of_agreement = true;  // says nothing where there is no effect
  bool null_only = false;
  bool has_ceiling = false;       // a correlation with the whole truth
  std::string_view lacking = {};  // why the prediction cannot have it
};

std::vector<Column> columns_of(const ContextTruth& truth, const ContextResult& result,
                               const PredictedEffects& predicted) {
  std::vector<Column> columns;
  for (const auto& metric : result.metrics) {
    if (metric.scores.empty()) continue;
    Column column{std::string(metric.metric->name), {}};
    for (const auto& score : metric.scores) {
      column.values.push_back(score.absent ? std::nan("") : score.value);
    }
    column.of_agreement = metric.metric->better == Better::kHigher;
    column.has_ceiling = metric.metric->name == "delta_pearson";
    if (metric.undefined_because == kLacksCells) column.lacking = kLacksCells;
    columns.push_back(std::move(column));
  }
  if (!predicted.length.empty()) {
    Column column{"claimed_effect", {}, false};
    for (std::size_t p = 0; p < predicted.length.size(); ++p) {
      const double noise = truth.noise[p];
      column.values.push_back(noise > 0.0 ? predicted.length[p] / std::sqrt(noise) : std::nan(""));
    }
    columns.push_back(std::move(column));
  }
  if (!predicted.calls.empty()) columns.push_back({"false_calls", predicted.calls, false, true});
  if (!predicted.split_control.empty()) {
    columns.push_back({"delta_pearson_split_control", quality::values_of(predicted.split_control),
                       false, false, true});
  }
  return columns;
}

class Rows {
 public:
  Rows(const ContextTruth& truth, const std::vector<Column>& columns)
      : truth_(truth), columns_(columns) {
    const auto n = std::ssize(truth.perturbations);
    scores_ = make_host_matrix<double>(n, std::ssize(columns));
    for (std::int64_t p = 0; p < n; ++p) {
      for (std::int64_t m = 0; m < std::ssize(columns); ++m) {
        scores_.view()(p, m) =
            columns[static_cast<std::size_t>(m)].values[static_cast<std::size_t>(p)];
      }
    }
  }

  // Groups 0 .. n - 1 of `group`, those without perturbations left out.
  template <typename Name>
  void add_groups(std::span<const std::int32_t> group, std::int32_t n, std::uint32_t series,
                  const Name& name, bool by_stratum = false) {
    const auto means = quality::stratum_means(scores_.view(), group, n,
                                              {.draws = kStratumDraws, .series = series});
    for (std::int32_t s = 0; s < n; ++s) {
      const auto& stratum = means[static_cast<std::size_t>(s)];
      if (stratum.perturbations == 0) continue;
      const bool null = by_stratum && s == kNull;
      for (std::size_t m = 0; m < columns_.size(); ++m) {
        const auto& column = columns_[m];
        if (column.null_only && !null) continue;
        StratumScore row{.stratum = name(s), .metric = column.name};
        if (!column.lacking.empty()) {
          row.reason = column.lacking;
        } else if (null && column.of_agreement) {
          row.reason = kNothingToPredict;
        } else {
          set(stratum.columns[m], static_cast<double>(stratum.columns[m].n), row);
          set_ceiling(
              column, [&](std::size_t p) { return group[p] == s; }, row);
        }
        rows_.push_back(std::move(row));
      }
    }
  }

  void add_weighted(std::span<const double> weights) {
    const Resamples resamples(scores_.rows(), kStratumDraws, 0, kAllSeries);
    for (const auto& column : columns_) {
      if (column.null_only) continue;
      if (!column.lacking.empty()) {
        rows_.push_back({.stratum = "reliability_weighted",
                         .metric = column.name,
                         .reason = std::string(column.lacking)});
        continue;
      }
      const auto mean = quality::weighted_mean(column.values, weights, resamples);
      StratumScore row{.stratum = "reliability_weighted", .metric = column.name};
      set(mean.mean, mean.effective_count, row);
      if (row.reason.empty()) row.reason = kNoCeiling;
      if (column.has_ceiling) row.reason = "see the other rows for a share of the ceiling";
      rows_.push_back(std::move(row));
    }
  }

  void add_number(std::string_view name, const Score& score, std::int64_t n) {
    StratumScore row{.stratum = "all", .metric = std::string(name)};
    row.mean = score.value;
    row.n = n;
    row.effective_n = static_cast<double>(n);
    row.reason = score.undefined_because.empty() ? kNoCeiling : score.undefined_because;
    rows_.push_back(std::move(row));
  }

  [[nodiscard]] std::vector<StratumScore> take() { return std::move(rows_); }

 private:
  static void set(const Estimate& estimate, double effective_n, StratumScore& row) {
    row.mean = estimate.value;
    row.low = estimate.interval.low;
    row.high = estimate.interval.high;
    row.n = estimate.n;
    row.effective_n = effective_n;
    row.reason = estimate.undefined_because;
    if (row.reason.empty()) row.reason = estimate.interval.undefined_because;
  }

  // Mean over the perturbations that have a ceiling worth the name.
  template <typename Member>
  void set_ceiling(const Column& column, const Member& member, StratumScore& row) const {
    if (!column.has_ceiling) {
      if (row.reason.empty()) row.reason = kNoCeiling;
      return;
    }
    double sum = 0.0;
    double n = 0.0;
    for (std::size_t p = 0; p < column.values.size(); ++p) {
      if (!member(p)) continue;
      const auto share = quality::fraction_of_ceiling(column.values[p], truth_.reliability[p]);
      if (!share.defined()) continue;
      sum += share.value;
      n += 1.0;
    }
    if (n > 0.0) {
      row.fraction_of_ceiling = sum / n;
    } else if (row.reason.empty()) {
      row.reason = kLowCeilings;
    }
  }

  const ContextTruth& truth_;
  const std::vector<Column>& columns_;
  Matrix<double> scores_;
  std::vector<StratumScore> rows_;
};

// Does the prediction know which perturbations are strong, the null ones among them (3.7)?
void add_strength(const ContextTruth& truth, const PredictedEffects& predicted, Rows& rows) {
  if (predicted.length.empty()) return;
  std::vector<double> length;
  std::vector<double> tested;
  std::vector<std::uint8_t> significant;
  for (std::size_t p = 0; p < predicted.length.size(); ++p) {
    length.push_back(std::sqrt(std::max(0.0, truth.corrected_effect(p))));
    if (std::isnan(truth.corrected_effect(p))) length.back() = std::nan("");
    if (std::isnan(truth.e_p_adj[p])) continue;
    tested.push_back(predicted.length[p]);
    significant.push_back(truth.stratum[p] != kNull ? 1 : 0);
  }
  const auto agreement = quality::strength_concordance(length, predicted.length);
  rows.add_number("strength_spearman", agreement.spearman, agreement.n);
  rows.add_number("strength_ccc", agreement.ccc, agreement.n);
  rows.add_number("strength_slope", agreement.slope, agreement.n);
  rows.add_number("significance_auc", quality::significance_auc(tested, significant),
                  std::ssize(tested));
}

}  // namespace

PredictedEffects observe_effects(const Case& input, const ContextTruth& truth, Backend& backend) {
  PredictedEffects effects;
  if (input.pred_delta.rows > 0) {
    effects.length.resize(static_cast<std::size_t>(input.pred_delta.rows));
    const auto squares = backend.row_squared_norms(input.pred_delta);
    backend.download(squares.view(), effects.length);
    for (double& length : effects.length) length = std::sqrt(length);
    if (!truth.control_a.empty()) {
      const auto on_the_host = [&](MatrixView<const double> from) {
        auto host = make_host_matrix<double>(from.rows, from.cols);
        backend.download(from, {host.view().data, static_cast<std::size_t>(from.size())});
        return host;
      };
      const auto prediction = on_the_host(input.pred_bulk);
      const auto real = on_the_host(input.real_bulk);
      const auto genes = std::ssize(truth.control_a);
      effects.split_control = quality::split_control_pearson(prediction.view(), real.view(),
                                                             {truth.control_a.data(), 1, genes},
                                                             {truth.control_b.data(), 1, genes});
    }
  }
  if (input.de != nullptr) {
    const auto& metric = find_metric("de_wilcoxon_nsig_counts_pred");
    effects.calls = quality::values_of(metric.compute(input, metric, backend));
  }
  return effects;
}

std::vector<StratumScore> score_strata(const ContextTruth& truth, const ContextResult& result,
                                       const PredictedEffects& predicted) {
  const auto columns = columns_of(truth, result, predicted);
  Rows rows(truth, columns);
  rows.add_groups(
      truth.stratum, quality::kStrata, kStratumSeries,
      [](std::int32_t s) {
        return std::string(quality::stratum_name(static_cast<quality::Stratum>(s)));
      },
      true);
  rows.add_groups(truth.decile, kDeciles, kDecileSeries,
                  [](std::int32_t s) { return fmt::format("decile_{}", s + 1); });
  const std::vector<std::int32_t> all(truth.perturbations.size(), 0);
  rows.add_groups(all, 1, kAllSeries, [](std::int32_t) { return std::string("all"); });
  add_strength(truth, predicted, rows);
  rows.add_weighted(quality::reliability_weights(truth.reliability));
  return rows.take();
}

}  // namespace cupel
