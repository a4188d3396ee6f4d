#include "cupel/sweep.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "cli/commands.hpp"
#include "config/profile.hpp"
#include "config/sweep_file.hpp"
#include "cupel/error.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"

namespace cupel::cli {
namespace {

// SweepFlags, which win over the file.
struct SweepFlags {
  std::string file, real, output;
  std::string device = "auto";
  std::int32_t threads = 0;
  bool resume = false, force = false, quiet = false;
};

// What the models best inside predict, by all the metrics of a profile.
void score_short_list(const SweepConfig& config, const SweptSplit& split) {
  if (split.short_list.empty()) return;
  RunConfig run = config.run;
  run.real = split.truth;
  run.predictions = split.short_list;
  run.predictions.push_back({.path = split.prediction, .name = "best_inside"});
  run.profile = config.short_list_profile;
  const bool counts = load_profile(run.profile).conventions.data.input_type == InputType::kCounts;
  if (run.input_type.value_or(counts ? InputType::kCounts : InputType::kLognorm) ==
          InputType::kCounts &&
      config.cells == 0) {
    run.settings.emplace_back("data.allow_fractional_counts=true");  // profiles are no whole counts
  }
  run.layer.clear();  // the files written hold one matrix
  run.output = (std::filesystem::path(config.run.output) / (split.name + ".scores")).string();
  run.force = true;
  run.quiet = true;
  fmt::print("\n{}: the short list by profile {}\n\n", split.name, run.profile);
  run_score(run);
}

void run_sweep_command(const SweepFlags& flags) {
  SweepConfig config = read_sweep_file(flags.file);
  if (!flags.real.empty()) config.run.real = flags.real;
  if (!flags.output.empty()) config.run.output = flags.output;
  config.run.device = flags.device;
  config.run.threads = flags.threads;
  config.run.force = flags.force;
  config.run.quiet = flags.quiet;
  config.resume = flags.resume;
  if (config.run.real.empty()) {
    throw Error(ErrorKind::kUsage, "no screen; give --real FILE.h5ad, or real = ... in the file");
  }
  if (config.run.output.empty()) {
    throw Error(ErrorKind::kUsage, "no place for the results; give -o FOLDER");
  }
  if (flags.resume && flags.force) {
    throw Error(ErrorKind::kUsage, "--resume takes a sweep up, --force begins it anew; give one");
  }
  Console console(flags.quiet);
  const ThreadLimit limit(flags.threads);
  const auto report = run_sweep(config, console);
  console.note_stages();
  fmt::print("{}", report.markdown);
  for (const auto& split : report.splits) score_short_list(config, split);
}

}  // namespace

void add_sweep(CLI::App& app) {
  auto* command = app.add_subcommand(
      "sweep", "Try many settings of many baselines, chosen inside folds and scored outside");
  auto flags = std::make_shared<SweepFlags>();
  command->add_option("file", flags->file, "what to try (.toml); see configs/sweeps")->required();
  command->add_option("--real", flags->real, "the screen (.h5ad), in place of the file's");
  command->add_option("-o,--output", flags->output, "a folder for the results");
  command->add_flag("--resume", flags->resume, "go on where an interrupted sweep stopped");
  command->add_option("--device", flags->device, "on which the screen is read: auto, cpu, cuda")
      ->capture_default_str();
  add_threads(*command, flags->threads);
  command->add_flag("--force", flags->force, "write into a folder that is not empty");
  command->add_flag("--quiet", flags->quiet, "no progress and no notes on stderr");
  command->callback([flags] { run_sweep_command(*flags); });
}

}  // namespace cupel::cli
