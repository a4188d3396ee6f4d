#include "evaluation/judge.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "evaluation/strata.hpp"
#include "stats/aggregate.hpp"
#include "stats/align_tables.hpp"
#include "stats/de_comparison.hpp"
#include "stats/pseudobulk_summary.hpp"

namespace cupel {
namespace {

PseudobulkProfiles read_profiles(const Method& method, Source& prediction,
                                 std::span<const std::int64_t> rows,
                                 std::span<const std::string> labels, Backend& backend,
                                 Console& console) {
  auto profiles = read_pseudobulk(*prediction.screen, rows, labels, *prediction.conventions,
                                  prediction.space, method.request.memory, backend, console);
  if (!profiles.warning.empty()) {
    console.warn(profiles.warning);
    prediction.warnings.push_back(profiles.warning);
  }
  return profiles;
}

}  // namespace

ContextResult judge(const Method& method, Source& prediction, const RealTables& tables,
                    const RealProfiles& real, const Grouping& grouping, Backend& backend,
                    Console& console, const EvaluateHooks& hooks) {
  const auto& c = *prediction.conventions;
  const bool own_control = c.expression.control_source == ControlSource::kPred;
  const auto needs =
      prediction.pseudobulk ? static_cast<std::uint8_t>(kNeedsBulk) : method.request.needs;
  ControlSummary pred_control;
  SideSummary side;
  const auto& control = own_control ? pred_control : real.control;
  if (prediction.pseudobulk) {
    if (own_control) {
      const std::vector<std::string> label{"control"};
      auto profile = read_profiles(method, prediction, grouping.control, label, backend, console);
      pred_control.bulk = std::move(profile.bulk);
      pred_control.fingerprint = profile.fingerprint;
    }
    std::vector<std::int64_t> rows;
    for (const auto& one : grouping.rows) rows.push_back(one.front());
    auto profiles =
        read_profiles(method, prediction, rows, grouping.perturbations, backend, console);
    side.bulk = std::move(profiles.bulk);
    side.fingerprint = profiles.fingerprint;
  } else {
    if (own_control) {
      pred_control = summarise_control(*prediction.screen, grouping, c, method.request,
                                       *prediction.watch, backend, console);
    }
    side = summarise_perturbations(*prediction.screen, grouping, control, c, method.request,
                                   *prediction.watch, backend, console);
  }
  prediction.record.fingerprint += pred_control.fingerprint + side.fingerprint;

  console.stages().enter("metrics");
  Case input;
  input.perturbations = grouping.perturbations;
  input.conventions = tables.conventions;
  input.own_gene = tables.own_gene;
  input.real_energy = tables.energy;
  input.pred_energy = side.energy;
  input.bulk_total = bulk_total(*tables.conventions);
  Matrix<double> pred_delta;
  if (side.bulk.rows() > 0) {
    pred_delta = effects_of(*prediction.screen, side.bulk.view(), control, c, backend);
    input.real_bulk = real.bulk.view();
    input.pred_bulk = side.bulk.view();
    input.real_delta = real.delta.view();
    input.pred_delta = std::as_const(pred_delta).view();
    input.control_bulk = real.control.bulk.view();
  }
  input.real_correction = tables.correction;
  input.pred_correction = side.correction;
  input.control_correction = real.control.correction;
  input.weights = tables.weights.view();
  std::unique_ptr<DeComparison> de;
  std::optional<std::array<DeTable, 2>> aligned;
  if ((needs & kNeedsDe) != 0) {
    if (side.de.features == tables.de.features) {
      de =
          std::make_unique<DeComparison>(tables.de, side.de, tables.own_tested_gene, c.de, backend);
    } else {
      const auto features = union_of_features({&tables.de, &side.de}, prediction.screen->genes());
      aligned = {over_features(tables.de, features), over_features(side.de, features)};
      de = std::make_unique<DeComparison>(
          (*aligned)[0], (*aligned)[1],
          own_genes(grouping.perturbations, features, method.target_genes), c.de, backend);
    }
    input.de = de.get();
    if (hooks.on_de) {
      console.stages().enter("write");
      hooks.on_de(prediction.name, grouping.context, side.de);
    }
    console.stages().enter("metrics");
  }

  ContextResult result;
  result.context = grouping.context;
  result.perturbations = grouping.perturbations;
  for (std::size_t m = 0; m < method.metrics.size(); ++m) {
    const auto* metric = method.metrics[m];
    MetricResult scored;
    scored.metric = metric;
    if (m < method.profile.written_as.size()) scored.written_as = method.profile.written_as[m];
    if (prediction.pseudobulk && needs_cells(*metric)) {
      // No rule fills what was never asked.
      scored.scores.assign(metric->compute == nullptr ? 0 : grouping.perturbations.size(),
                           Score::undefined(kLacksCells));
      scored.aggregate = aggregate(scored.scores, c.aggregation.nan_in_mean);
      scored.undefined_because = kLacksCells;
    } else if (metric->compute != nullptr) {
      scored.scores =
          fill_undefined(metric->compute(input, *metric, backend), *metric, c.aggregation.fill);
      scored.aggregate = aggregate(scored.scores, c.aggregation.nan_in_mean);
    }
    result.metrics.push_back(std::move(scored));
  }
  for (auto& derived : result.metrics) {
    if (derived.metric->compute != nullptr || !derived.undefined_because.empty()) continue;
    const auto part = [&](std::string_view name) -> const std::vector<Score>& {
      return std::ranges::find_if(result.metrics,
                                  [&](const MetricResult& m) { return m.metric->name == name; })
          ->scores;
    };
    const auto ratio =
        ratio_of_sums(part(derived.metric->numerator), part(derived.metric->denominator));
    derived.aggregate.mean = ratio.value;
    derived.undefined_because = ratio.undefined_because;
  }
  result.metrics.resize(method.reported);
  if (tables.truth != nullptr) {
    result.strata =
        score_strata(*tables.truth, result, observe_effects(input, *tables.truth, backend));
  }
  return result;
}

}  // namespace cupel
