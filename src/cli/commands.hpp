#pragma once
#include <CLI/CLI.hpp>

#include <stdexcept>

#include "cupel/config.hpp"

namespace cupel::cli {

// Thrown at the end of a run whose results stand, but not for every prediction: exit code 1.
struct PartlyFailed : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Each adds one subcommand and what it does when chosen. Flags of a run are bound to `config`,
// whose present values (from --config) are the defaults.
void add_score(CLI::App& app, RunConfig& config);
void add_compare(CLI::App& app);
void add_de(CLI::App& app, RunConfig& config);
void add_pseudobulk(CLI::App& app, RunConfig& config);
void add_fit(CLI::App& app, RunConfig& config);
void add_inspect(CLI::App& app);
void add_sweep(CLI::App& app);
void add_simulate(CLI::App& app);
void add_demo(CLI::App& app);
void add_split(CLI::App& app);
void add_list(CLI::App& app);

// --pert-col, --control, --context-col, --layer, --input-type, --profile, --set, --threads,
// --memory, --device, --gpu-memory, --quiet, --config, -o, --force.
void add_run_options(CLI::App& command, RunConfig& config);

// --confidence, --draws, --seed.
void add_judgement_options(CLI::App& command, RunConfig& config);

// A validator of flags: empty, or what is wrong with the text.
[[nodiscard]] std::string check_whole_number(const std::string& text);
// --threads alone, for commands that are not runs.
void add_threads(CLI::App& command, std::int32_t& threads);

// The score command's work, shared with `demo`: runs, writes the folder, prints the board.
void run_score(const RunConfig& config);

}  // namespace cupel::cli
