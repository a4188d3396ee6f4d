#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "cli/commands.hpp"
#include "config/prediction_files.hpp"
#include "config/run_file.hpp"
#include "cupel/error.hpp"
#include "cupel/evaluate.hpp"
#include "io/folder_lock.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"
#include "report/de_output.hpp"
#include "report/finished.hpp"
#include "report/judgement_output.hpp"
#include "report/markdown.hpp"
#include "report/report.hpp"
#include "report/truth_report.hpp"

namespace cupel::cli {

void run_score(const RunConfig& asked) {
  RunConfig config = asked;
  config.predictions = find_predictions(asked);
  Console console(config.quiet);
  const ThreadLimit limit(config.threads);
  if (config.output.empty() && !config.dry_run) {
    throw Error(ErrorKind::kUsage, "no place for the results; give -o FOLDER");
  }
  if (config.force && config.resume) {
    throw Error(ErrorKind::kUsage, "--force begins anew, --resume goes on; give one of them");
  }
  if (!config.output.empty()) {
    io::check_output_folder(config.output, config.force || config.resume);
  }
  if (config.dry_run) {
    fmt::print("{}", describe_run(config, console));
    return;
  }
  const io::OutputFolder folder(config.output);  // goes again if nothing gets written
  const io::FolderLock lock(config.output);
  io::check_output_file(std::filesystem::path(config.output) / "run.json", true);
  FileNames name_of;
  EvaluateHooks hooks;
  hooks.on_prediction = [&](const Report& report, const PredictionResult& result) {
    write_prediction(config.output, result, report.profile.conventions.aggregation.rows);
    write_strata(config.output, result);
    write_finished(config.output, report, result);
  };
  hooks.earlier = [&](const Report& report) {
    if (!config.resume) {
      forget_finished(config.output);
      return EarlierResults{};
    }
    auto finished = read_finished(config.output, report);
    remove_unfinished(config.output, report, finished);
    const auto n = std::ranges::count_if(finished.predictions,
                                         [](const auto& one) { return one.has_value(); });
    console.note(fmt::format("{}: {} of {} predictions are finished", config.output, n,
                             finished.predictions.size()));
    return finished;
  };
  std::map<std::string, std::vector<std::filesystem::path>> tables;  // by side
  hooks.on_failure = [&](const std::string& name) {
    for (const auto& table : tables[name]) std::filesystem::remove(table);
    std::error_code ignored;  // a folder that holds something stays
    std::filesystem::remove(std::filesystem::path(config.output) / name, ignored);
  };
  if (config.write_de) {
    hooks.on_de = [&](const std::string& side, const std::string& context, const DeTable& table) {
      const auto own = std::filesystem::path(config.output) / side;
      const io::OutputFolder made(own);
      const auto stem =
          context.empty() ? std::string("de") : fmt::format("de_{}", name_of(context));
      const auto path = own / fmt::format("{}.{}", stem, config.de_format);
      write_de_table(path, config.de_format, table);
      tables[side].push_back(path);
    };
  }
  const Report report = evaluate(config, console, hooks);
  console.stages().enter("compare");
  const Judgement judgement = judge_report(report);
  write_judgement(config.output, report, judgement);
  write_report(config.output, report);
  write_truth(config.output, report);
  write_markdown(config.output, report, judgement);
  fmt::print("{}{}{}", leaderboard_text(report), judgement_text(report, judgement),
             truth_text(report));
  console.note_stages();
  console.note(fmt::format("results in {}", config.output));
  if (!report.failed.empty()) {
    throw PartlyFailed(fmt::format("{} of {} predictions failed; why is in {}",
                                   report.failed.size(), config.predictions.size(),
                                   (std::filesystem::path(config.output) / "run.json").string()));
  }
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
          "a predicted screen (.h5ad; repeatable) or a pattern such as 'runs/*.h5ad'; NAME= before "
          "it names it in the results")
      ->type_name("[NAME=]FILE");
  command
      ->add_option("--manifest", config.manifest,
                   "table of predictions (CSV or TSV): name, path, and tags for the leaderboard")
      ->type_name("FILE");
  command
      ->add_option_function<std::string>(
          "--pred-kind",
          [&config](const std::string& text) {
            config.prediction_kind = parse_prediction_kind(text);
          },
          "what a prediction's rows are: auto, cells, or pseudobulk (one profile per perturbation)")
      ->type_name("KIND");
  command
      ->add_option_function<std::string>(
          "--pseudobulk-space",
          [&config](const std::string& text) {
            config.pseudobulk_space = parse_pseudobulk_space(text);
          },
          "what a profile's values are: auto, counts (sums or means), or lognorm (taken as is)")
      ->type_name("SPACE");
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
  command->add_flag("--resume", config.resume,
                    "go on with what an earlier run of the same settings left in the folder");
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
