#include "cupel/fit.hpp"

#include <fmt/format.h>

#include <memory>

#include "cli/commands.hpp"
#include "cupel/error.hpp"
#include "log.hpp"
#include "parallel/parallel.hpp"
#include "report/fit_record.hpp"

namespace cupel::cli {

void add_fit(CLI::App& app, RunConfig& config) {
  auto* command = app.add_subcommand(
      "fit", "Fit a baseline to part of a screen and write what it predicts for the rest");
  command->add_option("input,--real", config.real, "the screen (.h5ad)");
  command->add_option("--profile", config.profile, "conventions: a profile's name or a .toml file")
      ->capture_default_str();
  add_run_options(*command, config);
  auto fit = std::make_shared<FitConfig>();
  command->add_option("--model", fit->model, "as `cupel list baselines` names it")->required();
  command->add_option("--with", fit->model_settings, "one of the model's settings (repeatable)")
      ->type_name("NAME=VALUE")
      ->allow_extra_args(false);
  command
      ->add_option("--table", fit->tables,
                   "features by name: a .gmt, or names and numbers by tabs or commas (repeatable)")
      ->type_name("NAME=FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--split", fit->split,
                   "a split (.json): its train conditions, columns and names; test is predicted")
      ->type_name("FILE");
  command->add_option("--fold", fit->fold,
                      "which fold of it; all: what each fold tests, predicted from its own train");
  command->add_flag("--with-val", fit->with_val, "its val conditions train too");
  command
      ->add_option("--train", fit->train,
                   "conditions to train on, one per line: LABEL, CONTEXT<tab>LABEL or "
                   "CONTEXT<tab>LABEL<tab>DOSE")
      ->type_name("FILE");
  command->add_option("--held-out", fit->held_out, "conditions to predict, in the same way")
      ->type_name("FILE");
  command->add_option("--separator", fit->separator, "between the members of a combination")
      ->capture_default_str();
  command->add_flag("--tuples", fit->tuples, "labels are written as [('name', 0.5, 'uM')]");
  command
      ->add_option("--control-name", fit->more_controls,
                   "one more whole name of an untreated cell or member (repeatable)")
      ->allow_extra_args(false);
  command->add_option("--dose-col", fit->dose_col, "obs column of doses, as 0.5 or 1+0.5");
  command->add_option("--batch-col", fit->batch_col, "obs column of batches");
  command->add_option("--dataset-col", fit->dataset_col, "obs column of datasets");
  command
      ->add_option("--also", fit->more_screens,
                   "one more screen with the same genes, as NAME=FILE.h5ad (repeatable)")
      ->allow_extra_args(false);
  command
      ->add_option("--reference", fit->reference,
                   "what effects are measured against: controls of the context, of each batch in "
                   "it, or global")
      ->capture_default_str();
  command->add_flag("--silence-targets", fit->silence_targets,
                    "predict 0 for the genes that a condition targets");
  command
      ->add_option("--cells", fit->cells,
                   "cells per condition, made of control cells: a number, train-median or "
                   "match-real; 0: one profile each")
      ->capture_default_str();
  command->add_option("--mode", fit->mode,
                      "how cells are made: shift-exact (default), shift, gauss, constant; of "
                      "counts: scale-counts (default), scale; of either: donor (real cells of the "
                      "nearest training condition)");
  command
      ->add_option("--truth", fit->truth,
                   "write what was measured of the predicted conditions here, for `score --real`")
      ->type_name("FILE");
  command->add_option(
      "--halves-col", fit->halves_col,
      "ceilings: an obs column of two labels, such as replicates, in place of a draw; "
      "the first in order is the truth");
  command
      ->add_option("--seed", fit->seed, "of the control cells drawn, and of the halves of ceilings")
      ->check(check_whole_number)
      ->capture_default_str();
  command->callback([&config, fit] {
    if (config.real.empty()) throw Error(ErrorKind::kUsage, "no screen; give FILE.h5ad");
    if (!config.output.ends_with(".h5ad")) {
      throw Error(ErrorKind::kUsage, "no place for the prediction; give -o FILE.h5ad");
    }
    fit->run = config;
    Console console(config.quiet);
    const ThreadLimit limit(config.threads);
    const auto report = fit_screen(*fit, console);
    console.note_stages();
    fmt::print("{}", fit_text(report));
  });
}

}  // namespace cupel::cli
