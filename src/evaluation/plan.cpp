#include "evaluation/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "data/batches.hpp"
#include "data/pair_checks.hpp"
#include "evaluation/ends.hpp"
#include "stats/memory_budget.hpp"
#include "stats/settle_input.hpp"

namespace cupel {
namespace {

// What each prediction is called: its own name or its file's. A name becomes a folder of results.
std::vector<std::string> names_of(const RunConfig& config) {
  std::vector<std::string> names;
  for (const auto& [path, given, tags] : config.predictions) {
    const auto name = given.empty() ? std::filesystem::path(path).stem().string() : given;
    const auto refuse = [&](const std::string& why) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: {}; give it another name: --pred NAME={}", path, why, path));
    };
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
      refuse(fmt::format("'{}' cannot be the name of a folder of results", name));
    }
    constexpr std::string_view kTaken[] = {
        "leaderboard.csv", "run.json",           "ends.csv",
        "intervals.csv",   "comparisons.csv",    "metric_agreement.csv",
        "truth.csv",       "metric_quality.csv", "report.md"};
    if (std::ranges::find(kTaken, name) != std::end(kTaken) ||
        (config.write_de && name == "real")) {
      refuse(fmt::format("the name '{}' is taken by the run's own results", name));
    }
    const auto same = std::ranges::find(names, name);
    if (same != names.end()) {
      refuse(fmt::format("would be called '{}', as {} is", name,
                         config.predictions[static_cast<std::size_t>(same - names.begin())].path));
    }
    names.push_back(name);
  }
  return names;
}

// cell-eval.md 1.7: own genes must mean something before any cell is read.
void check_own_genes(const Plan& plan, Console& console) {
  const auto& c = plan.profile.conventions;
  const bool pds = std::ranges::any_of(plan.metrics,
                                       [](const Metric* m) { return m->name.starts_with("pds_"); });
  const bool de =
      c.de.exclude_target_gene &&
      std::ranges::any_of(plan.metrics, [](const Metric* m) { return (m->needs & kNeedsDe) != 0; });
  const bool used =
      (pds && c.pds.exclusion != GeneExclusion::kNone) || de ||
      ((plan.request.needs & kNeedsCorrections) != 0 && c.expression.exclude_target_gene);
  if (!used) return;
  const auto& genes = plan.real.screen->genes();
  std::vector<std::string> sorted = genes;
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::adjacent_find(sorted);
  if (repeated != sorted.end()) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: gene '{}' occurs more than once, so a perturbation's own gene is "
                            "ambiguous; make gene names unique",
                            plan.real.record.path, *repeated));
  }
  std::size_t resolved = 0;
  std::size_t all = 0;
  for (const auto& grouping : plan.real.groups) {
    for (const auto own : own_genes(grouping.perturbations, genes, plan.target_genes)) {
      resolved += own >= 0 ? 1 : 0;
      ++all;
    }
  }
  // A row's own gene alone is left out of that row: where there is none, nothing is lost.
  const bool only_rows = !de && (plan.request.needs & kNeedsCorrections) == 0 &&
                         c.pds.exclusion == GeneExclusion::kRow;
  if (resolved == 0 && all > 0 && !only_rows) {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: none of {} perturbation labels names a gene, so their own genes cannot "
                    "be left out; give --target-gene-map, or switch it off with --set "
                    "pds.exclusion=none --set expression.exclude_target_gene=false --set "
                    "de.exclude_target_gene=false",
                    plan.real.record.path, all));
  }
  if (resolved < all) {
    console.warn(
        fmt::format("{}: {} of {} perturbation labels name no gene; nothing is left out for "
                    "those",
                    plan.real.record.path, all - resolved, all));
  }
}

// Batches that the perturbations of `source` are read in, or Error(kOutOfMemory) when one group
// alone is too large. What the controls keep is a bound here, so a run may need fewer.
std::size_t batches_of(Source& source, std::int64_t memory) {
  std::size_t batches = 0;
  for (const auto& grouping : source.groups) {
    const std::vector<std::vector<std::int64_t>> control{grouping.control};
    (void)plan_batches(*source.screen, control, memory);
    std::int64_t largest = 0;
    for (const auto& rows : grouping.rows) {
      largest = std::max(largest, source.screen->bytes_to_read(rows));
    }
    const auto left = memory - source.screen->bytes_to_read(grouping.control);
    const auto room = std::min(memory, std::max(largest, left));
    batches += plan_batches(*source.screen, grouping.rows, room).size();
  }
  return batches;
}

// Batches and bytes of what a run reads of the perturbations.
void measure(Source& source, std::int64_t memory) {
  source.bytes = 0;
  for (const auto& grouping : source.groups) {
    for (const auto& rows : grouping.rows) source.bytes += source.screen->bytes_to_read(rows);
  }
  source.batches = batches_of(source, memory);
}

// Whether counts are normalised to the real control's median total. A prediction in counts of a
// lognorm screen has its own file's median.
bool has_control_median(const Conventions& real) {
  return real.expression.target_sum_from == TargetSumFrom::kControlMedian &&
         real.data.input_type == InputType::kCounts;
}

// What makes no sense for profiles without cells.
void check_pseudobulk(const Plan& plan, const RunConfig& config, const Source& prediction) {
  const auto& c = plan.profile.conventions;
  if (std::ranges::all_of(plan.metrics, [](const Metric* m) { return needs_cells(*m); })) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: one row per perturbation, and every metric of profile '{}' needs "
                            "cells; choose another --profile, or say --pred-kind cells if they are",
                            prediction.path, plan.profile.name));
  }
  if (c.expression.control_source != ControlSource::kPred) return;
  for (const auto& grouping : prediction.groups) {
    if (grouping.control.size() == 1) continue;
    throw Error(ErrorKind::kInput,
                fmt::format("{}: expression.control_source is pred, and there are {} rows labelled "
                            "'{}' where a pseudobulk has one; add it, or --set "
                            "expression.control_source=real",
                            prediction.path, grouping.control.size(), config.control));
  }
}

}  // namespace

Plan make_plan(const RunConfig& config, Console& console, std::int32_t workers) {
  Plan plan;
  plan.profile = load_profile(config.profile);
  auto& conventions = plan.profile.conventions;
  if (config.input_type) {
    conventions.data.input_type = *config.input_type;
    conventions.data.guess_input = InputGuess::kNone;
  }
  for (const auto& setting : config.settings) apply_setting(plan.profile, setting);
  static_cast<void>(end_names(config.ends, conventions));  // refuses what it does not know

  const auto add = [&](std::string_view name) {
    const auto& metric = find_metric(name);
    if (std::ranges::find(plan.metrics, &metric) == plan.metrics.end()) {
      plan.metrics.push_back(&metric);
    }
  };
  for (const auto& name : plan.profile.metrics) add(name);
  plan.reported = plan.metrics.size();
  for (std::size_t i = 0; i < plan.reported; ++i) {
    if (plan.metrics[i]->compute != nullptr) continue;
    add(plan.metrics[i]->numerator);
    add(plan.metrics[i]->denominator);
  }
  for (const auto* metric : plan.metrics) plan.request.needs |= metric->needs;
  if (config.write_de) plan.request.needs |= kNeedsDe;
  plan.strata = config.strata != "none";

  if (config.predictions.empty()) {
    throw Error(ErrorKind::kUsage, "no prediction to score; give --pred FILE.h5ad");
  }
  if (!config.target_gene_map.empty()) {
    plan.target_genes = read_target_gene_map(config.target_gene_map);
  }
  const auto names = names_of(config);
  plan.real.path = config.real;
  open_source(plan.real, config, conventions, nullptr);
  for (std::size_t i = 0; i < names.size(); ++i) {
    Source prediction;
    prediction.name = names[i];
    prediction.path = config.predictions[i].path;
    plan.predictions.push_back(std::move(prediction));
  }
  check_own_genes(plan, console);

  std::int64_t perturbations = 0;
  for (const auto& grouping : plan.real.groups) {
    perturbations =
        std::max(perturbations, static_cast<std::int64_t>(grouping.perturbations.size()));
  }
  plan.request.memory = cell_memory(config.memory, perturbations,
                                    std::ssize(plan.real.screen->genes()), kScoreMatrices) /
                        workers;
  measure(plan.real, plan.request.memory);
  return plan;
}

void open_prediction(const Plan& plan, const RunConfig& config, Source& prediction) {
  open_source(prediction, config, plan.profile.conventions, &plan.real.groups);
  check_pair(*plan.real.screen, plan.real.groups, *prediction.screen, prediction.groups);
  if (prediction.pseudobulk) check_pseudobulk(plan, config, prediction);
}

void check_predictions(Plan& plan, const RunConfig& config, Console& console) {
  for (auto& prediction : plan.predictions) {
    if (prediction.finished) continue;
    (void)attempt(prediction, config, console, [&] {
      open_prediction(plan, config, prediction);
      measure(prediction, plan.request.memory);
    });
    close_source(prediction);
  }
  require_one_left(plan);
}

bool attempt(Source& prediction, const RunConfig& config, Console& console,
             const std::function<void()>& work) {
  try {
    work();
    return true;
  } catch (const Error& error) {
    const auto kind = error.kind();
    const bool its_own = kind == ErrorKind::kInput || kind == ErrorKind::kUnsupported ||
                         kind == ErrorKind::kOutOfMemory;
    if (!its_own || config.predictions.size() < 2) throw;
    prediction.warnings.push_back(
        fmt::format("prediction '{}' failed: {}", prediction.name, error.what()));
    console.warn(prediction.warnings.back());
    prediction.failed = error;
    return false;
  }
}

void require_one_left(const Plan& plan) {
  const auto& all = plan.predictions;
  if (!std::ranges::all_of(all, [](const Source& one) { return one.failed.has_value(); })) return;
  throw Error(all.front().failed->kind(), fmt::format("all {} predictions failed; the first: {}",
                                                      all.size(), all.front().failed->what()));
}

void settle_real(Plan& plan, Console& console) {
  settle_source(plan.real, plan.request.memory);
  const auto& record = plan.real.record;
  if (!record.read_as.empty()) {
    console.note(fmt::format("{}: read as {}", record.path, record.read_as));
  }
}

void settle_target_sum(Plan& plan, const Grouping& grouping) {
  auto& real = *plan.real.conventions;
  if (!has_control_median(real)) return;
  real.expression.target_sum =
      control_median(*plan.real.screen, grouping.control, plan.request.memory);
}

void settle_prediction(const Plan& plan, Source& prediction) {
  const auto& real = *plan.real.conventions;
  auto& own = *prediction.conventions;
  if (prediction.pseudobulk) {
    own = real;
    return;
  }
  if (prediction.watch == nullptr) {
    auto& rule = own.expression.target_sum_from;
    if (rule == TargetSumFrom::kControlMedian && real.data.input_type == InputType::kLognorm) {
      rule = TargetSumFrom::kFileMedian;  // there is no count in the real control
    }
    settle_source(prediction, plan.request.memory);
    if (own.expression.control_source == ControlSource::kReal &&
        own.data.input_type != real.data.input_type) {
      throw Error(
          ErrorKind::kInput,
          fmt::format("{} is {} and {} is {}: a prediction that is measured against the real "
                      "control must be on its scale",
                      plan.real.record.path, plan.real.record.read_as, prediction.record.path,
                      prediction.record.read_as));
    }
  }
  if (has_control_median(real)) own.expression.target_sum = real.expression.target_sum;
}

}  // namespace cupel
