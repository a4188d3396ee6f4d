#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "cli/commands.hpp"
#include "cupel/sweep.hpp"
#include "log.hpp"
#include "simulate/simulate.hpp"

namespace cupel::cli {
namespace {

namespace fs = std::filesystem;

// Baselines fitted to parts of the screen, each perturbation predicted by what was best without it.
PredictionFile sweep_winner(const std::string& real, const fs::path& folder, bool force) {
  SweepConfig sweep;
  sweep.run.real = real;
  sweep.run.output = folder;
  sweep.run.force = force;
  sweep.run.quiet = true;
  sweep.cells = 64;
  sweep.select = SweepScore::kPearson;
  sweep.splits.push_back({.name = "winner",
                          .file = {},
                          .generator = {},
                          .options = {},
                          .outside = InsideFolds{},
                          .inside = InsideFolds{}});
  sweep.grids = {
      {"perturbed_mean", {}},
      {"ridge",
       {{"features", {"pca:2", "pca:5", "pca:10"}}, {"lambda", {"0.1", "1", "10", "100", "1000"}}}},
      {"nearest_neighbours", {{"features", {"pca:5"}}, {"k", {"1", "2", "5"}}}}};
  Console console(true);
  const auto report = run_sweep(sweep, console);
  fmt::print("\nA sweep of {} settings over folds; what each fold chose, and how it did:\n\n{}",
             report.settings, report.markdown);
  return {.path = report.splits.front().prediction, .name = "sweep_winner"};
}

void run_demo(const std::string& folder, bool force) {
  const auto place = folder.empty()
                         ? fs::temp_directory_path() / fmt::format("cupel-demo-{}", getpid())
                         : fs::path(folder);
  simulate::SimulateOptions options;
  options.output = place / "data";
  options.force = force;
  RunConfig config;
  for (const auto& file : simulate::simulate(options)) {
    const fs::path path(file.path);
    if (path.stem() == "real") {
      config.real = path;
    } else {
      config.predictions.push_back({.path = path});
    }
  }
  config.output = place / "scores";
  config.ends = "auto";
  config.cache = "none";
  config.force = force;
  config.quiet = true;
  fmt::print(
      "A simulated screen with known effects, five predictions of known worth, and the best\n"
      "of many baselines, in {}\n\n"
      "  replicate        the same experiment once more\n"
      "  noisy            the right effects, blurred; some replaced by another's\n"
      "  mean_response    the average effect, for every perturbation\n"
      "  no_change        control cells, for every perturbation\n"
      "  shuffled_labels  a replicate whose labels were permuted\n"
      "  sweep_winner     each perturbation as the baseline chosen without it predicts it\n",
      options.output);
  config.predictions.push_back(sweep_winner(config.real, place / "sweep", force));
  fmt::print("\n");
  run_score(config);
  fmt::print(
      "\nmean_response, no_change and shuffled_labels stand near 0.5 on pds_cosine: they say "
      "nothing about which\nperturbation is which, and that is what chance looks like there.\n"
      "sweep_winner stands below: no baseline here has features that tell perturbations apart, so "
      "each is\n"
      "predicted much like the mean of the others, which is nearest to the others.\n"
      "\nEvery score and the reason for every undefined one: {}\n",
      config.output);
}

}  // namespace

void add_demo(CLI::App& app) {
  auto* command =
      app.add_subcommand("demo", "Simulate a small screen and score five predictions of it");
  auto folder = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  command->add_option("-o,--output", *folder, "where to keep it (default: a temporary folder)");
  command->add_flag("--force", *force, "write into a folder that is not empty");
  command->callback([folder, force] { run_demo(*folder, *force); });
}

}  // namespace cupel::cli
