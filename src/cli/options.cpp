#include "cli/commands.hpp"
#include "config/run_file.hpp"
#include "text.hpp"

namespace cupel::cli {

std::string check_whole_number(const std::string& text) {
  constexpr std::size_t kMostDigits = 9;  // fits 32 bits
  const bool whole = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  return whole && text.size() <= kMostDigits ? "" : text + " is not a whole number from 0 up";
}

void add_threads(CLI::App& command, std::int32_t& threads) {
  command.add_option("--threads", threads, "threads to use; 0: all")
      ->check(check_whole_number)
      ->capture_default_str();
}

void add_judgement_options(CLI::App& command, RunConfig& config) {
  command
      .add_option_function<double>(
          "--confidence",
          [&config](const double& level) { config.confidence = parse_confidence(level); },
          "of intervals and comparisons (default: 0.95)")
      ->type_name("SHARE");
  command
      .add_option_function<std::int64_t>(
          "--draws", [&config](const std::int64_t& draws) { config.draws = parse_draws(draws); },
          "resamples behind intervals and comparisons (default: 10000); 0: neither")
      ->type_name("NUMBER");
  command.add_option("--seed", config.seed, "of these resamples")
      ->check(check_whole_number)
      ->capture_default_str();
}

void add_run_options(CLI::App& command, RunConfig& config) {
  command.add_option("--config", "TOML run file: any of these flags as keys; flags win")
      ->type_name("FILE")
      ->each([](const std::string&) {});  // read before parsing, see main
  command.add_option("--pert-col", config.pert_col, "obs column that names the perturbation")
      ->capture_default_str();
  command.add_option("--control", config.control, "label of the control cells")
      ->capture_default_str();
  command.add_option("--context-col", config.context_col,
                     "obs column of contexts; each is judged against its own controls");
  command.add_option("--layer", config.layer, "matrix to read: X (default), layers/NAME or raw");
  command
      .add_option_function<std::string>(
          "--input-type",
          [&config](const std::string& text) { config.input_type = parse_input_type(text); },
          "what the values are: counts or lognorm")
      ->type_name("counts|lognorm");
  command
      .add_option_function<std::vector<std::string>>(
          "--set",
          [&config](const std::vector<std::string>& settings) {  // after those of the run file
            config.settings.insert(config.settings.end(), settings.begin(), settings.end());
          },
          "one convention: section.key=value (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  add_threads(command, config.threads);
  command
      .add_option_function<std::string>(
          "--memory", [&config](const std::string& text) { config.memory = parse_bytes(text); },
          "memory to stay within, such as 8G (default: half of the machine's)")
      ->type_name("SIZE");
  command
      .add_option("--device", config.device,
                  "auto, cpu, cuda (the first GPU), cuda:N, or several as in cuda:0,cuda:1")
      ->type_name("DEVICE")
      ->capture_default_str();
  command
      .add_option_function<std::string>(
          "--gpu-memory",
          [&config](const std::string& text) { config.gpu_memory = parse_bytes(text); },
          "memory of each GPU to stay within, such as 20G (default: what is free less a margin)")
      ->type_name("SIZE");
  command.add_option("-o,--output", config.output, "where results go");
  command.add_flag("--force", config.force, "write into a folder that is not empty");
  command.add_flag("--quiet", config.quiet, "no progress and no notes on stderr");
}

}  // namespace cupel::cli
