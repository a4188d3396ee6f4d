#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "cli/commands.hpp"
#include "cli/signals.hpp"
#include "config/run_file.hpp"
#include "cupel/backend.hpp"
#include "cupel/error.hpp"
#include "text.hpp"
#include "version.hpp"

namespace {

// One line, whatever a file or a name holds.
int fail(int code, std::string message) {
  for (char& c : message) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  fmt::print(stderr, "error: {}\n", message);
  return code;
}
int fail(cupel::ErrorKind kind, const std::string& message) {
  return fail(cupel::exit_code(kind), message);
}

// A word that is no command gets the names of those there are.
void check_command(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return;
  std::vector<std::string> known;
  for (const auto* command : app.get_subcommands({})) known.push_back(command->get_name());
  if (std::ranges::find(known, argv[1]) != known.end()) return;
  const auto near = cupel::nearest(argv[1], known);
  throw cupel::Error(cupel::ErrorKind::kUsage,
                     fmt::format("no command named '{}'{}; known: {}", argv[1],
                                 near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                 cupel::listed(known)));
}

// What was printed may still wait in the buffer.
int finish() {
  if (std::fflush(stdout) == 0) return 0;
  return fail(cupel::ErrorKind::kInput,
              fmt::format("standard output: cannot write: {}", std::strerror(errno)));
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
  cupel::cli::clean_up_on_signals();
  CLI::App app("Judges virtual-cell models: predicted perturbation screens against measured ones.",
               "cupel");
  cupel::RunConfig config;
  config.ends = "auto";
  app.set_version_flag(
      "--version",
      fmt::format("cupel {} ({})\n{} CUDA, kernels {}", cupel::version(), cupel::commit(),
                  cupel::has_cuda() ? "with" : "without", cupel::kernels_hash()));
  app.require_subcommand(1);
  try {
    read_config_flag(argc, argv, config);
    cupel::cli::add_score(app, config);
    cupel::cli::add_de(app, config);
    cupel::cli::add_pseudobulk(app, config);
    cupel::cli::add_compare(app);
    cupel::cli::add_fit(app, config);
    cupel::cli::add_sweep(app);
    cupel::cli::add_inspect(app);
    cupel::cli::add_simulate(app);
    cupel::cli::add_demo(app);
    cupel::cli::add_split(app);
    cupel::cli::add_list(app);
    check_command(app, argc, argv);
    app.parse(argc, argv);
  } catch (const CLI::Success& request) {  // --help, --version
    app.exit(request);
    return finish();
  } catch (const CLI::ParseError& error) {
    return fail(cupel::ErrorKind::kUsage, fmt::format("{}; see --help", error.what()));
  } catch (const cupel::cli::PartlyFailed& error) {
    const int unprinted = finish();
    return unprinted != 0 ? unprinted : fail(1, error.what());
  } catch (const cupel::Error& error) {
    return fail(error.kind(), error.what());
  } catch (const std::bad_alloc&) {
    return fail(cupel::ErrorKind::kOutOfMemory, "out of memory; lower --memory");
  } catch (const std::system_error& error) {  // what the system refuses: a full disk, a permission
    return fail(cupel::ErrorKind::kInput, error.what());
  } catch (const std::exception& error) {
    return fail(cupel::ErrorKind::kInternal, fmt::format("internal: {}", error.what()));
  }
  return finish();
}
