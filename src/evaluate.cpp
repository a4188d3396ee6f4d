#include "evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <optional>

#include "cupel/error.hpp"
#include "evaluation/ends.hpp"
#include "evaluation/judge.hpp"
#include "evaluation/plan.hpp"
#include "evaluation/reference.hpp"
#include "evaluation/scores.hpp"
#include "evaluation/truth.hpp"
#include "log.hpp"
#include "open_devices.hpp"
#include "parallel/parallel.hpp"
#include "parallel/share_out.hpp"
#include "text.hpp"

namespace cupel {
namespace {

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

// An end that some context lacks is none, and every prediction is put between those that are left.
void complete_ends(Report& report) {
  const auto contexts = report.predictions.front().contexts.size();
  std::erase_if(report.baselines, [&](const auto& end) { return end.contexts.size() < contexts; });
  if (report.replicate.size() < contexts) report.replicate.clear();
  if (report.ceiling.size() < contexts) report.ceiling.clear();
  const auto zero = std::ranges::find(report.baselines, zero_end(report.profile.conventions),
                                      &PredictionResult::name);
  const std::vector<ContextResult> none;
  const auto& base = zero == report.baselines.end() ? none : zero->contexts;
  for (auto* results : {&report.predictions, &report.baselines}) {
    for (auto& result : *results) {
      result.scores = put_on_scale(result.contexts, base, report.replicate, report.ceiling,
                                   report.profile.conventions.scale.rule);
    }
  }
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

  for (const auto& source : plan.predictions) report.predictions.emplace_back().name = source.name;
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
  double ends_seconds = 0.0;
  for (std::size_t g = 0; g < plan.real.groups.size(); ++g) {
    const auto& grouping = plan.real.groups[g];
    const bool last = g + 1 == plan.real.groups.size();
    settle_target_sum(plan, grouping);
    RealTables tables;
    auto measured = measure_truth(plan, grouping, console);
    std::vector<std::optional<RealProfiles>> real(static_cast<std::size_t>(workers));
    real[0] = summarise_real(plan, plan.real, grouping, *backends[0], console, tables);
    add_truth(plan, std::move(measured), tables, *backends[0], console, report.truth);
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
        real[worker] = copy_real(plan, plan.real, grouping, bulk, backend, words);
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
    tables.truth = nullptr;  // the ends have no strata
    auto ends =
        score_ends(plan, config, plan.real, grouping, tables, real[0], *backends[0], console);
    for (auto& [name, result] : ends.baselines) {
      const auto found = std::ranges::find(report.baselines, name, &PredictionResult::name);
      auto& baseline = found == report.baselines.end() ? report.baselines.emplace_back() : *found;
      baseline.name = name;
      baseline.contexts.push_back(std::move(result));
    }
    if (ends.replicate) report.replicate.push_back(std::move(*ends.replicate));
    if (ends.ceiling) report.ceiling.push_back(std::move(*ends.ceiling));
    ends_seconds += watch.lap();
  }
  complete_ends(report);
  report.seconds.emplace_back("real", real_seconds);
  report.seconds.emplace_back("predictions", pred_seconds);
  report.seconds.emplace_back("ends", ends_seconds);
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
