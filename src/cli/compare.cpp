#include "report/compare.hpp"

#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cupel/error.hpp"
#include "io/output_file.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"

namespace cupel::cli {
namespace {

struct CompareFlags {
  std::vector<std::string> folders;
  RunConfig config;
};

void run_compare(const CompareFlags& flags) {
  const auto& config = flags.config;
  if (flags.folders.size() != 2) {
    throw Error(ErrorKind::kUsage, "give two folders that `cupel score -o` wrote");
  }
  if (!config.output.empty()) io::check_output_file(config.output, config.force);
  Console console(config.quiet);
  const ThreadLimit limit(config.threads);
  const auto first = read_run(flags.folders[0]);
  const auto second = read_run(flags.folders[1]);
  for (const auto& warning : check_same_terms(first, second)) console.warn(warning);
  const auto options = judgement_options(config);
  const auto compared = compare_runs(first, second, options);
  if (!config.output.empty()) {
    io::OutputFile file(config.output);
    file.write(run_comparison_csv(compared));
    file.commit();
  }
  fmt::print("{}", run_comparison_text(compared, options));
}

}  // namespace

void add_compare(CLI::App& app) {
  auto* command =
      app.add_subcommand("compare", "Hold the predictions of two finished runs against each other");
  auto flags = std::make_shared<CompareFlags>();
  auto& config = flags->config;
  command->add_option("folders", flags->folders, "two folders that `cupel score -o` wrote");
  command->add_option("-o,--output", config.output, "also write every comparison there (.csv)");
  command->add_flag("--force", config.force, "replace a file that is there");
  add_judgement_options(*command, config);
  add_threads(*command, config.threads);
  command->add_flag("--quiet", config.quiet, "no notes on stderr");
  command->callback([flags] { run_compare(*flags); });
}

}  // namespace cupel::cli
