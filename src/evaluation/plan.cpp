#include "evaluation/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "data/batches.hpp"
#include "data/pair_checks.hpp"
#include "evaluation/ends.hpp"
#include "io/h5ad_screen.hpp"
#include "stats/memory_budget.hpp"
#include "stats/settle_input.hpp"

namespace cupel {
namespace {

Source open_source(const std::string& path, const RunConfig& config, const Conventions& conventions,
                   bool may_be_fractional) {
  Source source;
  source.screen = io::open_h5ad(path, config.layer.empty() ? "X" : config.layer);
  source.groups = group_cells(*source.screen, config.pert_col, config.control, config.context_col);
  source.conventions = std::make_unique<Conventions>(conventions);
  source.may_be_fractional = may_be_fractional;
  const auto matrix = source.screen->matrix_info();
  source.record = {
      path, source.screen->n_cells(), static_cast<std::int64_t>(source.screen->genes().size()),
      fmt::format("{}: {} {}, {}", matrix.path, matrix.layout, matrix.dtype, matrix.filters), 0};
  return source;
}

// What each prediction is called: its own name or its file's. A name becomes a folder of results.
std::vector<std::string> names_of(const RunConfig& config) {
  std::vector<std::string> names;
  for (const auto& [path, given] : config.predictions) {
    const auto name = given.empty() ? std::filesystem::path(path).stem().string() : given;
    const auto refuse = [&](const std::string& why) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: {}; give it another name: --pred NAME={}", path, why, path));
    };
    if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos) {
      refuse(fmt::format("'{}' cannot be the name of a folder of results", name));
    }
    if (name == "leaderboard.csv" || name == "run.json" || name == "ends.csv" ||
        name == "truth.csv" || name == "metric_quality.csv" ||
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
  plan.real = open_source(config.real, config, conventions, false);
  for (std::size_t i = 0; i < names.size(); ++i) {
    plan.predictions.push_back(open_source(config.predictions[i].path, config, conventions,
                                           conventions.data.allow_fractional_counts));
    auto& prediction = plan.predictions.back();
    prediction.name = names[i];
    check_pair(*plan.real.screen, plan.real.groups, *prediction.screen, prediction.groups);
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
  plan.real.batches = batches_of(plan.real, plan.request.memory);
  for (auto& source : plan.predictions) source.batches = batches_of(source, plan.request.memory);
  return plan;
}

void settle(Plan& plan, Console& console) {
  const auto settle_one = [&](Source& source) {
    source.record.read_as = settle_input(source.screen, *source.conventions, plan.request.memory);
    source.watch =
        std::make_unique<ValueWatch>(*source.screen, *source.conventions, source.may_be_fractional);
    if (source.record.read_as.empty()) return;
    console.note(fmt::format("{}: read as {}", source.record.path, source.record.read_as));
  };
  settle_one(plan.real);
  for (auto& prediction : plan.predictions) {
    auto& rule = prediction.conventions->expression.target_sum_from;
    if (rule == TargetSumFrom::kControlMedian &&
        plan.real.conventions->data.input_type == InputType::kLognorm) {
      rule = TargetSumFrom::kFileMedian;  // there is no count in the real control
    }
    settle_one(prediction);
    const auto& c = *prediction.conventions;
    if (c.expression.control_source == ControlSource::kReal &&
        c.data.input_type != plan.real.conventions->data.input_type) {
      throw Error(
          ErrorKind::kInput,
          fmt::format("{} is {} and {} is {}: a prediction that is measured against the real "
                      "control must be on its scale",
                      plan.real.record.path, plan.real.record.read_as, prediction.record.path,
                      prediction.record.read_as));
    }
  }
}

void settle_target_sum(Plan& plan, const Grouping& grouping) {
  const auto& real = *plan.real.conventions;
  if (real.expression.target_sum_from != TargetSumFrom::kControlMedian ||
      real.data.input_type != InputType::kCounts) {
    return;  // a prediction in counts of a lognorm screen has its own file's median
  }
  const double median = control_median(*plan.real.screen, grouping.control, plan.request.memory);
  plan.real.conventions->expression.target_sum = median;
  for (auto& source : plan.predictions) source.conventions->expression.target_sum = median;
}

}  // namespace cupel
