#include "evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <optional>

#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "data/batches.hpp"
#include "data/pair_checks.hpp"
#include "data/target_genes.hpp"
#include "io/h5ad_screen.hpp"
#include "log.hpp"
#include "open_devices.hpp"
#include "parallel/parallel.hpp"
#include "parallel/share_out.hpp"
#include "stats/aggregate.hpp"
#include "stats/align_tables.hpp"
#include "stats/de_comparison.hpp"
#include "stats/memory_budget.hpp"
#include "stats/settle_input.hpp"
#include "stats/side_summary.hpp"
#include "text.hpp"

namespace cupel {
namespace {

// One file, opened and grouped, not yet read.
struct Source {
  std::string name;
  std::unique_ptr<Conventions> conventions;  // the profile's, as its content settles them
  std::unique_ptr<Screen> screen;
  std::vector<Grouping> groups;
  std::unique_ptr<ValueWatch> watch;
  InputRecord record;
  bool may_be_fractional = false;
  std::size_t batches = 0;
};

// Everything that is decided before the first cell is read.
struct Plan {
  Profile profile;
  std::vector<const Metric*> metrics;  // the profile's, then components that derived ones need
  std::size_t reported = 0;            // how many of them the profile asked for
  SummaryRequest request;
  TargetGeneMap target_genes;
  Source real;
  std::vector<Source> predictions;
};

class Stopwatch {
 public:
  double lap() {
    const auto now = Clock::now();
    const double seconds = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    return seconds;
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point last_ = Clock::now();
};

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
    if (name == "leaderboard.csv" || name == "run.json" || (config.write_de && name == "real")) {
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

// `workers`: how many predictions are read at a time, each into its share of the memory.
Plan make_plan(const RunConfig& config, Console& console, std::int32_t workers) {
  Plan plan;
  plan.profile = load_profile(config.profile);
  auto& conventions = plan.profile.conventions;
  if (config.input_type) {
    conventions.data.input_type = *config.input_type;
    conventions.data.guess_input = InputGuess::kNone;
  }
  for (const auto& setting : config.settings) apply_setting(plan.profile, setting);

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

// One context's real side: what is in host memory, for all backends.
struct RealTables {
  const Grouping* grouping = nullptr;
  DeTable de;
  std::vector<double> correction;
  std::vector<std::int32_t> own_gene;         // column among all genes
  std::vector<std::int32_t> own_tested_gene;  // column among tested genes
  std::vector<double> energy;
};

// The rest of it, in one backend's space. Both together judge any number of predictions.
struct RealProfiles {
  ControlSummary control;
  Matrix<double> bulk;
  Matrix<double> delta;
};

Matrix<double> on_host(const Matrix<double>& matrix, Backend& backend) {
  auto host = make_host_matrix<double>(matrix.rows(), matrix.cols());
  backend.download(matrix.view(), {host.view().data, static_cast<std::size_t>(host.view().size())});
  return host;
}

RealProfiles profiles_of(const Source& source, ControlSummary control, Matrix<double> bulk,
                         Backend& backend) {
  RealProfiles real{std::move(control), std::move(bulk), {}};
  if (real.bulk.rows() > 0) {
    real.delta = effects_of(*source.screen, std::as_const(real.bulk).view(), real.control,
                            *source.conventions, backend);
  }
  return real;
}

RealProfiles summarise_real(Plan& plan, const Grouping& grouping, Backend& backend,
                            Console& console, RealTables& tables) {
  auto& real = plan.real;
  const auto& c = *real.conventions;
  auto control =
      summarise_control(*real.screen, grouping, c, plan.request, *real.watch, backend, console);
  auto side = summarise_perturbations(*real.screen, grouping, control, c, plan.request, *real.watch,
                                      backend, console);
  real.record.fingerprint += control.fingerprint + side.fingerprint;
  const auto& genes = real.screen->genes();
  tables.grouping = &grouping;
  tables.own_gene = own_genes(grouping.perturbations, genes, plan.target_genes);
  tables.own_tested_gene = own_genes(grouping.perturbations, side.de.features, plan.target_genes);
  tables.de = std::move(side.de);
  tables.correction = std::move(side.correction);
  tables.energy = std::move(side.energy);
  return profiles_of(real, std::move(control), std::move(side.bulk), backend);
}

// The same on another backend. The control is read again, because what it is ranked by stays where
// it was made; `bulk` is a copy of the first backend's in host memory.
RealProfiles copy_real(Plan& plan, const Grouping& grouping, const Matrix<double>& bulk,
                       Backend& backend, Console& console) {
  const auto& c = *plan.real.conventions;
  auto& screen = *plan.real.screen;
  ValueWatch watch(screen, c, false);
  return profiles_of(plan.real,
                     summarise_control(screen, grouping, c, plan.request, watch, backend, console),
                     backend.upload(bulk.view()), backend);
}

// Two tables of which each has genes that its own control keeps from being tested: on all of both.
struct AlignedTables {
  DeTable real;
  DeTable pred;
  std::vector<std::int32_t> own_gene;
};

AlignedTables align(const Plan& plan, const Grouping& grouping, const DeTable& real,
                    std::span<const std::int32_t> real_tested, const DeTable& pred,
                    std::span<const std::int32_t> pred_tested) {
  std::vector<std::int32_t> genes;
  std::ranges::set_union(real_tested, pred_tested, std::back_inserter(genes));
  std::vector<std::string> names;
  for (const auto gene : genes) {
    names.push_back(plan.real.screen->genes()[static_cast<std::size_t>(gene)]);
  }
  return {on_features(real, real_tested, genes, names),
          on_features(pred, pred_tested, genes, names),
          own_genes(grouping.perturbations, names, plan.target_genes)};
}

ContextResult judge(const Plan& plan, Source& prediction, const RealTables& tables,
                    const RealProfiles& real, const Grouping& grouping, Backend& backend,
                    Console& console, const EvaluateHooks& hooks) {
  const auto& c = *prediction.conventions;
  const bool own_control = c.expression.control_source == ControlSource::kPred;
  ControlSummary pred_control;
  if (own_control) {
    pred_control = summarise_control(*prediction.screen, grouping, c, plan.request,
                                     *prediction.watch, backend, console);
  }
  const auto& control = own_control ? pred_control : real.control;
  auto side = summarise_perturbations(*prediction.screen, grouping, control, c, plan.request,
                                      *prediction.watch, backend, console);
  prediction.record.fingerprint += pred_control.fingerprint + side.fingerprint;

  console.stages().enter("metrics");
  Case input;
  input.perturbations = grouping.perturbations;
  input.conventions = plan.real.conventions.get();
  input.own_gene = tables.own_gene;
  input.real_energy = tables.energy;
  input.pred_energy = side.energy;
  input.bulk_total = bulk_total(*plan.real.conventions);
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
  std::unique_ptr<DeComparison> de;
  AlignedTables aligned;
  if ((plan.request.needs & kNeedsDe) != 0) {
    if (control.tested == real.control.tested) {
      de = std::make_unique<DeComparison>(tables.de, side.de, tables.own_tested_gene, c.de);
    } else {
      aligned = align(plan, grouping, tables.de, real.control.tested, side.de, control.tested);
      de = std::make_unique<DeComparison>(aligned.real, aligned.pred, aligned.own_gene, c.de);
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
  for (std::size_t m = 0; m < plan.metrics.size(); ++m) {
    const auto* metric = plan.metrics[m];
    MetricResult scored;
    scored.metric = metric;
    if (m < plan.profile.written_as.size()) scored.written_as = plan.profile.written_as[m];
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
  result.metrics.resize(plan.reported);
  return result;
}

// What the conventions leave to the files' content, once all else has been checked.
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

// The target sum of one context where it is the real control's median.
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

// Each prediction is scored on one device, so no more are of use.
std::size_t most_devices(const RunConfig& config) {
  return std::max<std::size_t>(config.predictions.size(), 1);
}

}  // namespace

double PredictionResult::macro_mean(std::size_t metric) const {
  double sum = 0.0;
  for (const auto& context : contexts) sum += context.metrics[metric].aggregate.mean;
  return sum / static_cast<double>(contexts.size());
}

Report evaluate(const RunConfig& config, Console& console, const EvaluateHooks& hooks) {
  console.stages().enter("open");
  return evaluate_on(open_devices(config, console, most_devices(config)), config, console, hooks);
}

Report evaluate_on(Backends backends, const RunConfig& config, Console& console,
                   const EvaluateHooks& hooks) {
  Stopwatch watch;
  console.stages().enter("open");
  const auto n = std::ssize(config.predictions);
  backends = backends.first(std::min(backends.size(), most_devices(config)));
  const auto workers = static_cast<std::int32_t>(backends.size());
  Plan plan = make_plan(config, console, workers);
  Report report;
  report.config = config;
  report.profile = plan.profile;
  for (const auto& backend : backends) {
    report.device += (report.device.empty() ? "" : ",") + backend->name();
  }
  report.threads = thread_count();
  console.stages().enter("read");
  settle(plan, console);
  report.seconds.emplace_back("open", watch.lap());

  for (const auto& source : plan.predictions)
    report.predictions.push_back({source.name, {}, {}, 0.0});
  std::mutex one_at_a_time;  // hooks, and reading the real side
  EvaluateHooks guarded;
  if (hooks.on_de) {
    guarded.on_de = [&](const auto& side, const auto& context, const auto& table) {
      const std::lock_guard lock(one_at_a_time);
      hooks.on_de(side, context, table);
    };
  }
  double real_seconds = 0.0;
  double pred_seconds = 0.0;
  for (std::size_t g = 0; g < plan.real.groups.size(); ++g) {
    const auto& grouping = plan.real.groups[g];
    const bool last = g + 1 == plan.real.groups.size();
    settle_target_sum(plan, grouping);
    RealTables tables;
    std::vector<std::optional<RealProfiles>> real(static_cast<std::size_t>(workers));
    real[0] = summarise_real(plan, grouping, *backends[0], console, tables);
    const auto bulk = workers > 1 ? on_host(real[0]->bulk, *backends[0]) : Matrix<double>{};
    if (hooks.on_de && (plan.request.needs & kNeedsDe) != 0) {
      console.stages().enter("write");
      hooks.on_de("real", grouping.context, tables.de);
    }
    if (last) {
      plan.real.watch->finish();
      report.real = plan.real.record;
    }
    real_seconds += watch.lap();

    const auto score = [&](std::size_t worker, std::size_t i, Console& words) {
      Stopwatch own;
      auto& backend = *backends[worker];
      if (!real[worker]) {
        const std::lock_guard lock(one_at_a_time);
        real[worker] = copy_real(plan, grouping, bulk, backend, words);
      }
      auto& source = plan.predictions[i];
      auto& result = report.predictions[i];
      result.contexts.push_back(
          judge(plan, source, tables, *real[worker], source.groups[g], backend, words, guarded));
      if (last) {
        source.watch->finish();
        result.input = source.record;
      }
      result.seconds += own.lap();
    };
    // Each prediction has a console of its own where several are scored at a time: stages are
    // timed one after another, and progress would be drawn over another's.
    std::vector<Console> words(workers > 1 ? static_cast<std::size_t>(n) : 0, Console(true));
    if (workers > 1) console.stages().pause();
    share_out(
        workers, n,
        [&](std::int32_t worker, std::int64_t i) {
          const auto k = static_cast<std::size_t>(i);
          auto& heard = workers > 1 ? words[k] : console;
          score(static_cast<std::size_t>(worker), k, heard);
          if (workers > 1) heard.stages().pause();
        },
        [&](std::int64_t i) {
          const auto k = static_cast<std::size_t>(i);
          if (workers > 1) console.take(words[k]);
          if (!last || !hooks.on_prediction) return;
          const std::lock_guard lock(one_at_a_time);
          if (workers == 1) console.stages().enter("write");
          hooks.on_prediction(report, report.predictions[k]);
        });
    pred_seconds += watch.lap();
  }
  report.seconds.emplace_back("real", real_seconds);
  report.seconds.emplace_back("predictions", pred_seconds);
  report.stages = console.stages().seconds();
  for (const auto& backend : backends) report.devices.push_back(backend->report());
  report.warnings = console.warnings();
  return report;
}

std::string describe_run(const RunConfig& config, Console& console) {
  const auto backends = open_devices(config, console, most_devices(config));
  Plan plan = make_plan(config, console, static_cast<std::int32_t>(backends.size()));
  std::string text;
  const auto line = [&](const Source& source) {
    std::int64_t cells = 0;
    std::int64_t bytes = 0;
    for (const auto& grouping : source.groups) {
      for (const auto& rows : grouping.rows) {
        cells += static_cast<std::int64_t>(rows.size());
        bytes += source.screen->bytes_to_read(rows);
      }
    }
    text += fmt::format(
        "  {}: {} cells × {} genes, {}; {} perturbed cells, up to {} decoded; batches: {}\n",
        source.record.path, grouped(source.record.cells), grouped(source.record.genes),
        source.record.matrix, grouped(cells), bytes_text(bytes), source.batches);
  };
  text += fmt::format("profile {} ({} metrics), {} context(s), {} perturbations in the first\n",
                      plan.profile.name, plan.reported, plan.real.groups.size(),
                      plan.real.groups.front().perturbations.size());
  line(plan.real);
  for (const auto& source : plan.predictions) line(source);
  text += fmt::format("memory: at most {} for cells at a time\n", bytes_text(plan.request.memory));
  for (const auto& backend : backends) {
    const auto device = backend->report();
    text += fmt::format("device: {}", device.name);
    if (!device.description.empty()) {
      text += fmt::format(" ({}), at most {} of its memory", device.description,
                          bytes_text(device.memory_limit));
    }
    text += "\n";
  }
  return text;
}

}  // namespace cupel
