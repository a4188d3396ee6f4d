#include "evaluation/judge.hpp"

#include <algorithm>
#include <utility>

#include "stats/aggregate.hpp"
#include "stats/de_comparison.hpp"
#include "stats/pseudobulk_summary.hpp"

namespace cupel {
namespace {

PseudobulkProfiles read_profiles(const Plan& plan, Source& prediction,
                                 std::span<const std::int64_t> rows,
                                 std::span<const std::string> labels, Backend& backend,
                                 Console& console) {
  auto profiles = read_pseudobulk(*prediction.screen, rows, labels, plan.profile.conventions,
                                  prediction.space, plan.request.memory, backend, console);
  if (!profiles.warning.empty()) {
    console.warn(profiles.warning);
    prediction.warnings.push_back(profiles.warning);
  }
  return profiles;
}

}  // namespace

ContextResult judge(const Plan& plan, Source& prediction, const RealTables& tables,
                    const RealProfiles& real, const Grouping& grouping, Backend& backend,
                    Console& console, const EvaluateHooks& hooks) {
  const auto& c = plan.profile.conventions;
  const bool own_control = c.expression.control_source == ControlSource::kPred;
  const auto needs =
      prediction.pseudobulk ? static_cast<std::uint8_t>(kNeedsBulk) : plan.request.needs;
  ControlSummary pred_control;
  SideSummary side;
  const auto& control = own_control ? pred_control : real.control;
  if (prediction.pseudobulk) {
    if (own_control) {
      const std::vector<std::string> label{"control"};
      auto profile = read_profiles(plan, prediction, grouping.control, label, backend, console);
      pred_control.bulk = std::move(profile.bulk);
      pred_control.fingerprint = profile.fingerprint;
    }
    std::vector<std::int64_t> rows;
    for (const auto& one : grouping.rows) rows.push_back(one.front());
    auto profiles =
        read_profiles(plan, prediction, rows, grouping.perturbations, backend, console);
    side.bulk = std::move(profiles.bulk);
    side.fingerprint = profiles.fingerprint;
  } else {
    if (own_control) {
      pred_control = summarise_control(*prediction.screen, grouping, c, plan.request,
                                       *prediction.watch, backend, console);
    }
    side = summarise_perturbations(*prediction.screen, grouping, control, c, plan.request,
                                   *prediction.watch, backend, console);
  }
  prediction.record.fingerprint += pred_control.fingerprint + side.fingerprint;

  console.stages().enter("metrics");
  Case input;
  input.perturbations = grouping.perturbations;
  input.conventions = &c;
  input.own_gene = tables.own_gene;
  input.bulk_total = bulk_total(c);
  Matrix<double> pred_delta;
  if (side.bulk.rows() > 0) {
    pred_delta = backend.subtract_row(side.bulk.view(), control.bulk.view());
    input.real_bulk = real.bulk.view();
    input.pred_bulk = side.bulk.view();
    input.real_delta = real.delta.view();
    input.pred_delta = std::as_const(pred_delta).view();
    input.control_bulk = real.control.bulk.view();
  }
  input.real_correction = tables.correction;
  input.pred_correction = side.correction;
  input.control_correction = real.control.correction;
  std::unique_ptr<DeComparison> de;
  if ((needs & kNeedsDe) != 0) {
    de = std::make_unique<DeComparison>(tables.de, side.de, tables.own_tested_gene, c.de);
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
  for (const auto* metric : plan.metrics) {
    MetricResult scored;
    scored.metric = metric;
    if (prediction.pseudobulk && (metric->needs & (kNeedsDe | kNeedsCorrections)) != 0) {
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
  result.metrics.resize(plan.reported);
  return result;
}

}  // namespace cupel
