#include "simulate/simulate.hpp"

#include <fmt/format.h>

#include <optional>

#include "cli/commands.hpp"
#include "cupel/error.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"
#include "text.hpp"

namespace cupel::cli {
namespace {

struct SimulateFlags {
  simulate::SimulateOptions options;
  std::int32_t threads = 0;
  bool quiet = false;
};

void run_simulate(const SimulateFlags& flags) {
  if (flags.options.output.empty())
    throw Error(ErrorKind::kUsage, "no place for the files; give -o FOLDER");
  Console console(flags.quiet);
  const ThreadLimit limit(flags.threads);
  std::optional<Progress> progress;
  std::int64_t drawn = 0;
  const auto files = simulate::simulate(flags.options, [&](std::int64_t done, std::int64_t total) {
    if (!progress) progress.emplace(console, "simulating", "cells", total);
    progress->advance(done - drawn);
    drawn = done;
  });
  progress.reset();
  for (const auto& file : files) {
    console.note(fmt::format("{}: {} cells, {} nonzeros, {}", file.path, grouped(file.cells),
                             grouped(file.stored_values), bytes_text(file.bytes)));
  }
}

}  // namespace

void add_simulate(CLI::App& app) {
  auto* command = app.add_subcommand(
      "simulate", "Write a screen with known effects, and predictions of known worth");
  auto flags = std::make_shared<SimulateFlags>();
  auto& options = flags->options;
  command->add_option("--preset", options.preset, "tiny, h1-2025, vcc2026 or k562-gw")
      ->capture_default_str();
  command->add_option("--scale", options.scale, "times the cells of every group")
      ->capture_default_str();
  command->add_option("--seed", options.seed, "another seed, another screen")
      ->check(check_whole_number)
      ->capture_default_str();
  command
      ->add_option("--contexts", options.contexts, "cell lines; more than one adds obs 'cell_line'")
      ->capture_default_str();
  command->add_option("--only", options.files,
                      "write only these: real, replicate, noisy, mean_response, "
                      "no_change, shuffled_labels (repeatable)");
  command->add_flag("--dense-prediction", options.dense_prediction,
                    "also dense_mean.h5ad: dense fractional counts, as neural models write");
  command->add_option("-o,--output", options.output, "folder for the files");
  command->add_flag("--force", options.force, "replace files that are there");
  add_threads(*command, flags->threads);
  command->add_flag("--quiet", flags->quiet, "no progress and no notes on stderr");
  command->callback([flags] { run_simulate(*flags); });
}

}  // namespace cupel::cli
