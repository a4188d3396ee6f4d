#include "cupel/sweep.hpp"

#include <memory>

#include "cli/commands.hpp"
#include "config/sweep_file.hpp"
#include "cupel/error.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"

namespace cupel::cli {
namespace {

// Flags, which win over the file.
struct Flags {
  std::string file, real, output;
  std::string device = "auto";
  std::int32_t threads = 0;
  bool resume = false, force = false, quiet = false;
};

void run(const Flags& flags) {
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
  run_sweep(config, console);
  console.note_stages();
}

}  // namespace

void add_sweep(CLI::App& app) {
  auto* command = app.add_subcommand(
      "sweep", "Try many settings of many baselines, chosen inside folds and scored outside");
  auto flags = std::make_shared<Flags>();
  command->add_option("file", flags->file, "what to try (.toml); see configs/sweeps")->required();
  command->add_option("--real", flags->real, "the screen (.h5ad), in place of the file's");
  command->add_option("-o,--output", flags->output, "a folder for the results");
  command->add_flag("--resume", flags->resume, "go on where an interrupted sweep stopped");
  command->add_option("--device", flags->device, "on which the screen is read: auto, cpu, cuda")
      ->capture_default_str();
  add_threads(*command, flags->threads);
  command->add_flag("--force", flags->force, "write into a folder that is not empty");
  command->add_flag("--quiet", flags->quiet, "no progress and no notes on stderr");
  command->callback([flags] { run(*flags); });
}

}  // namespace cupel::cli
