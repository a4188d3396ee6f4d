#include <fmt/format.h>

#include <cstdio>
#include <new>
#include <string_view>

#include "cli/commands.hpp"
#include "config/run_file.hpp"
#include "cupel/error.hpp"
#include "version.hpp"

namespace {

int fail(cupel::ErrorKind kind, std::string_view message) {
  fmt::print(stderr, "error: {}\n", message);
  return cupel::exit_code(kind);
}

// The run file is read before the flags are parsed, so that flags win over it.
void read_config_flag(int argc, char** argv, cupel::RunConfig& config) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--config" && i + 1 < argc) cupel::read_run_file(argv[i + 1], config);
    if (word.starts_with("--config=")) cupel::read_run_file(std::string(word.substr(9)), config);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Judges virtual-cell models: predicted perturbation screens against measured ones.",
               "cupel");
  cupel::RunConfig config;
  app.set_version_flag("--version", fmt::format("cupel {} ({})", cupel::version(), cupel::commit()));
  app.require_subcommand(1);
  try {
    read_config_flag(argc, argv, config);
    cupel::cli::add_score(app, config);
    cupel::cli::add_de(app, config);
    cupel::cli::add_pseudobulk(app, config);
    cupel::cli::add_inspect(app);
    cupel::cli::add_simulate(app);
    cupel::cli::add_demo(app);
    cupel::cli::add_list(app);
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForAllHelp& help) {
    return app.exit(help);
  } catch (const CLI::CallForVersion& version) {
    return app.exit(version);
  } catch (const CLI::ParseError& error) {
    return fail(cupel::ErrorKind::kUsage, error.what());
  } catch (const cupel::Error& error) {
    return fail(error.kind(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(cupel::ErrorKind::kOutOfMemory, "out of memory; lower --memory");
  } catch (const std::exception& error) {
    return fail(cupel::ErrorKind::kInternal, fmt::format("internal: {}", error.what()));
  }
  return 0;
}
