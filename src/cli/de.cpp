#include <fmt/format.h>

#include "cli/commands.hpp"
#include "cupel/error.hpp"
#include "cupel/screen_jobs.hpp"
#include "io/output_file.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"
#include "report/de_output.hpp"
#include "stats/de_table.hpp"

namespace cupel::cli {
namespace {

// out.h5ad, or out_CONTEXT.h5ad
std::string place_of(const std::string& path, const std::string& format, const std::string& context,
                     FileNames& name_of) {
  if (context.empty()) return path;
  return fmt::format("{}_{}.{}", path.substr(0, path.size() - format.size() - 1), name_of(context),
                     format);
}

void run_de(const RunConfig& config, bool gated) {
  if (config.output.empty())
    throw Error(ErrorKind::kUsage, "no place for the table; give -o FILE.h5ad");
  std::string format;
  for (const auto* known : {"h5ad", "csv.gz"}) {
    if (config.output.ends_with(fmt::format(".{}", known))) format = known;
  }
  if (format.empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: a table is a .h5ad or a .csv.gz", config.output));
  }
  Console console(config.quiet);
  const ThreadLimit limit(config.threads);
  FileNames name_of;
  TestHooks hooks;
  hooks.on_start = [&](std::span<const std::string> contexts) {
    for (const auto& context : contexts) {
      io::check_output_file(place_of(config.output, format, context, name_of), config.force);
    }
  };
  hooks.on_table = [&](const std::string& context, const DeTable& table) {
    const auto path = place_of(config.output, format, context, name_of);
    console.stages().enter("write");
    write_de_table(path, format, table);
    console.note(fmt::format("{}: {} perturbations × {} genes", path, table.targets.size(),
                             table.features.size()));
  };
  test_screen(config, gated, console, hooks);
  console.note_stages();
}

}  // namespace

void add_de(CLI::App& app, RunConfig& config) {
  auto* command =
      app.add_subcommand("de", "Test every perturbation of a screen against its control cells");
  command->add_option("input,--real", config.real, "the screen (.h5ad)");
  command->add_option("--profile", config.profile, "conventions: a profile's name or a .toml file")
      ->capture_default_str();
  add_run_options(*command, config);
  auto gated = std::make_shared<bool>(false);
  command->add_flag("--gate", *gated, "only genes that pass the profile's control-CPM gate");
  command->callback([&config, gated] {
    if (config.real.empty()) throw Error(ErrorKind::kUsage, "no screen; give FILE.h5ad");
    run_de(config, *gated);
  });
}

void add_pseudobulk(CLI::App& app, RunConfig& config) {
  auto* command =
      app.add_subcommand("pseudobulk", "Write one profile per perturbation of a screen");
  command->add_option("input,--real", config.real, "the screen (.h5ad)");
  command->add_option("--profile", config.profile, "conventions: a profile's name or a .toml file")
      ->capture_default_str();
  add_run_options(*command, config);
  command->callback([&config] {
    if (config.real.empty()) throw Error(ErrorKind::kUsage, "no screen; give FILE.h5ad");
    if (!config.output.ends_with(".h5ad")) {
      throw Error(ErrorKind::kUsage, "no place for the profiles; give -o FILE.h5ad");
    }
    io::check_output_file(config.output, config.force);
    Console console(config.quiet);
    const ThreadLimit limit(config.threads);
    write_pseudobulk(config, console);
  });
}

}  // namespace cupel::cli
