#include "evaluation/judge.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "evaluation/strata.hpp"
#include "stats/aggregate.hpp"
#include "stats/align_tables.hpp"
#include "stats/de_comparison.hpp"

namespace cupel {

ContextResult judge(const Method& method, Source& prediction, const RealTables& tables,
                    const RealProfiles& real, const Grouping& grouping, Backend& backend,
                    Console& console, const EvaluateHooks& hooks) {
  const auto& c = *prediction.conventions;
  const bool own_control = c.expression.control_source == ControlSource::kPred;
  ControlSummary pred_control;
  if (own_control) {
    pred_control = summarise_control(*prediction.screen, grouping, c, method.request,
                                     *prediction.watch, backend, console);
  }
  const auto& control = own_control ? pred_control : real.control;
  auto side = summarise_perturbations(*prediction.screen, grouping, control, c, method.request,
                                      *prediction.watch, backend, console);
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
  if ((method.request.needs & kNeedsDe) != 0) {
    if (side.de.features == tables.de.features) {
      de = std::make_unique<DeComparison>(tables.de, side.de, tables.own_tested_gene, c.de);
    } else {
      const auto features = union_of_features({&tables.de, &side.de}, prediction.screen->genes());
      aligned = {over_features(tables.de, features), over_features(side.de, features)};
      de = std::make_unique<DeComparison>(
          (*aligned)[0], (*aligned)[1],
          own_genes(grouping.perturbations, features, method.target_genes), c.de);
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
    if (metric->compute != nullptr) {
      scored.scores =
          fill_undefined(metric->compute(input, *metric, backend), *metric, c.aggregation.fill);
      scored.aggregate = aggregate(scored.scores, c.aggregation.nan_in_mean);
    }
    result.metrics.push_back(std::move(scored));
  }
  for (auto& derived : result.metrics) {
    if (derived.metric->compute != nullptr) continue;
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
