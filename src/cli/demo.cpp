#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "cli/commands.hpp"
#include "simulate/simulate.hpp"

namespace cupel::cli {
namespace {

void run(const std::string& folder, bool force) {
  namespace fs = std::filesystem;
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
  fmt::print("A simulated screen with known effects, and five predictions of known worth, in {}\n\n"
             "  replicate        the same experiment once more\n"
             "  noisy            the right effects, blurred; some replaced by another's\n"
             "  mean_response    the average effect, for every perturbation\n"
             "  no_change        control cells, for every perturbation\n"
             "  shuffled_labels  a replicate whose labels were permuted\n\n",
             options.output);
  run_score(config);
  fmt::print("\nmean_response, no_change and shuffled_labels stand near 0.5 on pds_cosine: they say "
             "nothing about which\nperturbation is which, and that is what chance looks like there.\n"
             "\nEvery score and the reason for every undefined one: {}\n",
             config.output);
}

}  // namespace

void add_demo(CLI::App& app) {
  auto* command = app.add_subcommand("demo", "Simulate a small screen and score five predictions of it");
  auto folder = std::make_shared<std::string>();
  auto force = std::make_shared<bool>(false);
  command->add_option("-o,--output", *folder, "where to keep it (default: a temporary folder)");
  command->add_flag("--force", *force, "write into a folder that is not empty");
  command->callback([folder, force] { run(*folder, *force); });
}

}  // namespace cupel::cli
