#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.hpp"
#include "config/run_file.hpp"
#include "cupel/error.hpp"
#include "cupel/evaluate.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"
#include "report/de_output.hpp"
#include "report/judgement_output.hpp"
#include "report/report.hpp"
#include "report/truth_report.hpp"

namespace cupel::cli {

void run_score(const RunConfig& config) {
  Console console(config.quiet);
  const ThreadLimit limit(config.threads);
  if (config.output.empty() && !config.dry_run) {
    throw Error(ErrorKind::kUsage, "no place for the results; give -o FOLDER");
  }
  if (!config.output.empty()) io::check_output_folder(config.output, config.force);
  if (config.dry_run) {
    fmt::print("{}", describe_run(config, console));
    return;
  }
  const io::OutputFolder folder(config.output);  // goes again if nothing gets written
  io::check_output_file(std::filesystem::path(config.output) / "run.json", true);
  FileNames name_of;
  EvaluateHooks hooks;
  hooks.on_prediction = [&](const Report& report, const PredictionResult& result) {
    write_prediction(config.output, result, report.profile.conventions.aggregation.rows);
    write_strata(config.output, result);
  };
  if (config.write_de) {
    hooks.on_de = [&](const std::string& side, const std::string& context, const DeTable& table) {
      const auto own = std::filesystem::path(config.output) / side;
      const io::OutputFolder made(own);
      const auto stem =
          context.empty() ? std::string("de") : fmt::format("de_{}", name_of(context));
      write_de_table(own / fmt::format("{}.{}", stem, config.de_format), config.de_format, table);
    };
  }
  const Report report = evaluate(config, console, hooks);
  console.stages().enter("compare");
  const Judgement judgement = judge_report(report);
  write_judgement(config.output, report, judgement);
  write_report(config.output, report);
  write_truth(config.output, report);
  fmt::print("{}{}{}", leaderboard_text(report), judgement_text(report, judgement),
             truth_text(report));
  console.note_stages();
  console.note(fmt::format("results in {}", config.output));
}

void add_score(CLI::App& app, RunConfig& config) {
  auto* command = app.add_subcommand("score", "Score predicted screens against a measured one");
  command->add_option("--real", config.real, "the measured screen (.h5ad)");
  command
      ->add_option_function<std::vector<std::string>>(
          "--pred",
          [&config](const std::vector<std::string>& texts) {
            config.predictions.clear();
            for (const auto& text : texts) config.predictions.push_back(parse_prediction(text));
          },
          "a predicted screen (.h5ad; repeatable); NAME= before it names it in the results")
      ->type_name("[NAME=]FILE");
  command
      ->add_option("--profile", config.profile, "metrics and conventions: a name or a .toml file")
      ->capture_default_str();
  command->add_option("--target-gene-map", config.target_gene_map,
                      "file of 'perturbation,gene' where a label is not the gene's name");
  command
      ->add_option("--strata", config.strata,
                   "effect: also scores by how strong a perturbation is; none: one reading less")
      ->check(CLI::IsMember({"effect", "none"}))
      ->capture_default_str();
  add_run_options(*command, config);
  command
      ->add_option("--ends", config.ends,
                   "ends of the scale, made from the measured screen and scored as predictions: "
                   "auto, all, none, or names with commas (generic_response, no_change, "
                   "perturbed_mean, perturbed_mean_cells, generic_response_tile, mean_profile, "
                   "replicate, ceiling)")
      ->type_name("ENDS")
      ->capture_default_str();
  command->add_option("--ends-seed", config.ends_seed, "seed of the ends' random numbers")
      ->check(check_whole_number)
      ->capture_default_str();
  command
      ->add_option_function<std::string>(
          "--replicate-splits",
          [&config](const std::string& text) { config.replicate_splits = parse_splits(text); },
          "how often the measured screen is split in halves (default: 5)")
      ->type_name("N");
  command
      ->add_option_function<std::string>(
          "--split-order",
          [&config](const std::string& text) { config.split_order = parse_split_order(text); },
          "order of the perturbations in a split: categories (the file's, default), sorted or "
          "appearance")
      ->type_name("ORDER");
  command->add_option("--cache", config.cache,
                      "folder that keeps the ends of a measured screen for the next run, or none "
                      "(default: ~/.cache/cupel)");
  add_judgement_options(*command, config);
  command->add_flag("--write-de", config.write_de,
                    "also write the tables of differential expression");
  command->add_option("--de-format", config.de_format, "h5ad or csv.gz")
      ->check(CLI::IsMember({"h5ad", "csv.gz"}))
      ->capture_default_str();
  command->add_flag("--dry-run", config.dry_run,
                    "check everything, say what would be read and how much memory it takes");
  command->callback([&config] {
    if (config.real.empty())
      throw Error(ErrorKind::kUsage, "no measured screen; give --real FILE.h5ad");
    run_score(config);
  });
}

}  // namespace cupel::cli
