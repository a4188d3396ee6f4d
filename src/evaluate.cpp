#include "evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
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

// Carries what went wrong with the results' place past those who look for what is wrong with a
// prediction.
struct NoPlace {
  std::exception_ptr why;
};

// The hooks, one call at a time, and on_de's failures in a NoPlace.
EvaluateHooks guard(const EvaluateHooks& hooks, std::mutex& one_at_a_time) {
  EvaluateHooks guarded;
  if (!hooks.on_de) return guarded;
  guarded.on_de = [&](const auto& side, const auto& context, const auto& table) {
    const std::lock_guard lock(one_at_a_time);
    try {
      hooks.on_de(side, context, table);
    } catch (...) {
      throw NoPlace{std::current_exception()};
    }
  };
  return guarded;
}

// Whether results are of these contexts and perturbations: their names, which no fingerprint holds
// all of.
bool is_of(const PredictionResult& result, const std::vector<Grouping>& groups) {
  return std::ranges::equal(result.contexts, groups, [](const auto& one, const auto& other) {
    return one.context == other.context && one.perturbations == other.perturbations;
  });
}

// Marks what an earlier run has finished.
void take_earlier(EarlierResults& earlier, Plan& plan, Report& report) {
  earlier.predictions.resize(plan.predictions.size());
  for (std::size_t i = 0; i < plan.predictions.size(); ++i) {
    if (!earlier.predictions[i]) continue;
    if (!is_of(*earlier.predictions[i], plan.real.groups)) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: has other contexts or perturbations than the results so far; "
                              "give another folder to -o",
                              plan.real.path));
    }
    report.predictions[i] = std::move(*earlier.predictions[i]);
    plan.predictions[i].finished = true;
  }
}

std::vector<std::size_t> unfinished(const Plan& plan) {
  std::vector<std::size_t> left;
  for (std::size_t i = 0; i < plan.predictions.size(); ++i) {
    const auto& source = plan.predictions[i];
    if (!source.finished && !source.failed) left.push_back(i);
  }
  return left;
}

void require_same_real(const EarlierResults& earlier, const InputRecord& real) {
  if (!earlier.real_fingerprint || *earlier.real_fingerprint == real.fingerprint) return;
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: is not what the results so far were scored against (fingerprint "
                          "{:016x}, theirs {:016x}); give another folder to -o",
                          real.path, real.fingerprint, *earlier.real_fingerprint));
}

// The failed ones get a list of their own.
void set_failed_apart(const Plan& plan, Report& report) {
  std::vector<PredictionResult> scored;
  for (std::size_t i = 0; i < plan.predictions.size(); ++i) {
    const auto& source = plan.predictions[i];
    auto& result = report.predictions[i];
    if (source.failed) {
      report.failed.push_back({source.name, source.path, source.failed->what(), result.tags});
    } else {
      scored.push_back(std::move(result));
    }
  }
  report.predictions = std::move(scored);
}

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

// All warnings: the run's, then each prediction's, whichever of them came in which run.
std::vector<std::string> warnings_in_order(const Plan& plan, const Report& report,
                                           std::vector<std::string> all) {
  std::vector<std::string> own;
  for (std::size_t i = 0; i < plan.predictions.size(); ++i) {
    const auto& source = plan.predictions[i];
    const auto& some = source.finished ? report.predictions[i].warnings : source.warnings;
    own.insert(own.end(), some.begin(), some.end());
  }
  for (const auto& warning : own) {
    const auto found = std::ranges::find(all, warning);
    if (found != all.end()) all.erase(found);
  }
  all.insert(all.end(), own.begin(), own.end());
  return all;
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
  backends = backends.first(std::min(backends.size(), most_devices(config)));
  const auto workers = static_cast<std::int32_t>(backends.size());
  Plan plan = make_plan(config, console, workers);
  Report report;
  report.config = config;
  report.profile = plan.profile;
  report.real = plan.real.record;
  for (const auto& backend : backends) {
    report.device += (report.device.empty() ? "" : ",") + backend->name();
  }
  report.threads = thread_count();
  for (std::size_t i = 0; i < plan.predictions.size(); ++i) {
    auto& result = report.predictions.emplace_back();
    result.name = plan.predictions[i].name;
    result.tags = config.predictions[i].tags;
  }
  auto earlier = hooks.earlier ? hooks.earlier(report) : EarlierResults{};
  take_earlier(earlier, plan, report);
  check_predictions(plan, config, console);
  for (const auto& result : report.predictions) {
    for (const auto& warning : result.warnings) console.warn(warning);
  }
  const bool all_done =
      unfinished(plan).empty() && earlier.real && config.ends == "none" && !plan.strata;
  if (all_done) {
    report.real = *earlier.real;
  } else {
    console.stages().enter("read");
    settle_real(plan, console);
  }
  report.seconds.emplace_back("open", watch.lap());

  std::mutex one_at_a_time;  // hooks, and reading the real side
  const auto guarded = guard(hooks, one_at_a_time);
  double real_seconds = 0.0;
  double pred_seconds = 0.0;
  double ends_seconds = 0.0;
  std::optional<Progress> progress;
  for (std::size_t g = 0; g < plan.real.groups.size() && !all_done; ++g) {
    const auto todo = unfinished(plan);
    const auto n = std::ssize(todo);
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
      require_same_real(earlier, report.real);
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
      (void)attempt(source, config, words, [&] {
        open_prediction(plan, config, source);
        words.stages().enter("read");
        settle_prediction(plan, source);
        result.contexts.push_back(
            judge(plan, source, tables, *real[worker], source.groups[g], backend, words, guarded));
        if (last && !source.pseudobulk) source.watch->finish();
        result.input = source.record;
        result.pseudobulk = source.pseudobulk;
        result.warnings = source.warnings;
      });
      close_source(source);
      result.seconds += own.lap();
    };
    // Each prediction has a console of its own where several are scored at a time: stages are
    // timed one after another, and progress would be drawn over another's.
    std::vector<Console> words(workers > 1 ? static_cast<std::size_t>(n) : 0, Console(true));
    if (workers > 1) console.stages().pause();
    if (!progress && n > 0 && config.predictions.size() > 1) {
      progress.emplace(console, "scoring", "predictions", n * std::ssize(plan.real.groups));
    }
    const auto share = [&] {
      share_out(
          workers, n,
          [&](std::int32_t worker, std::int64_t job) {
            const auto k = static_cast<std::size_t>(job);
            auto& heard = workers > 1 ? words[k] : console;
            score(static_cast<std::size_t>(worker), todo[k], heard);
            if (workers > 1) heard.stages().pause();
          },
          [&](std::int64_t job) {
            const auto k = static_cast<std::size_t>(job);
            if (workers > 1) console.take(words[k]);
            if (progress) progress->advance(1);
            const auto& source = plan.predictions[todo[k]];
            if (g == 0 && !source.record.read_as.empty()) {
              console.note(fmt::format("{}: read as {}", source.path, source.record.read_as));
            }
            const std::lock_guard lock(one_at_a_time);
            if (source.failed) {
              if (hooks.on_failure) hooks.on_failure(source.name);
            } else if (last && hooks.on_prediction) {
              if (workers == 1) console.stages().enter("write");
              hooks.on_prediction(report, report.predictions[todo[k]]);
            }
          });
    };
    try {
      share();
    } catch (const NoPlace& place) {
      std::rethrow_exception(place.why);
    }
    require_one_left(plan);
    pred_seconds += watch.lap();
    if (last) progress.reset();
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
  progress.reset();
  report.warnings = warnings_in_order(plan, report, console.warnings());
  set_failed_apart(plan, report);
  complete_ends(report);
  report.seconds.emplace_back("real", real_seconds);
  report.seconds.emplace_back("predictions", pred_seconds);
  report.seconds.emplace_back("ends", ends_seconds);
  report.stages = console.stages().seconds();
  for (const auto& backend : backends) report.devices.push_back(backend->report());
  return report;
}

std::string describe_run(const RunConfig& config, Console& console) {
  const auto backends = open_devices(config, console, most_devices(config));
  Plan plan = make_plan(config, console, static_cast<std::int32_t>(backends.size()));
  check_predictions(plan, config, console);
  const auto failed = std::ranges::count_if(
      plan.predictions, [](const Source& source) { return source.failed.has_value(); });
  if (failed > 0) {
    throw Error(ErrorKind::kInput, fmt::format("{} of {} predictions cannot be scored", failed,
                                               plan.predictions.size()));
  }
  std::string text;
  const auto line = [&](const Source& source) {
    text += fmt::format(
        "  {}: {} cells × {} genes, {}; {} perturbed cells, up to {} decoded; batches: {}\n",
        source.record.path, grouped(source.record.cells), grouped(source.record.genes),
        source.record.matrix, grouped(source.cells), bytes_text(source.bytes), source.batches);
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
