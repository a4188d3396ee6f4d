#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cupel/config.hpp"

namespace cupel {

class Console;

// What `cupel fit` was asked to do.
struct FitConfig {
  RunConfig run;  // the screen, its columns and conventions, the device and the output
  std::vector<std::string> more_screens;  // NAME=FILE.h5ad: other datasets with the same genes
  std::string dose_col, batch_col, dataset_col;
  std::vector<std::string> more_controls;  // whole names, beside run.control, of nothing done
  std::string separator = "+";             // between the members of a combination
  bool tuples = false;                     // labels are written as [('name', 0.5, 'uM')]

  std::string model;
  std::vector<std::string> model_settings;  // "name=value"
  std::vector<std::string> tables;          // "NAME=FILE": features by perturbation or context
  std::string reference = "context";        // what effects are measured against

  // One of three says what trains and what is asked.
  std::string train;      // a file of conditions: the rest is predicted
  std::string held_out;   // a file of conditions to predict: the rest is trained on
  std::string split;      // a manifest, whose columns are then those of the screen; and its fold
  std::string fold;       // "all": each fold's test by what its own train says, in one file
  bool with_val = false;  // val trains too

  bool silence_targets = false;  // predicted profiles are 0 at the genes targeted
  std::string cells = "0";       // per condition: a number (0: one profile each), "train-median" or
                                 // "match-real"
  std::string mode;              // how cells are made; empty: what fits the values
  std::string truth;             // a file for what was measured of the conditions asked; or empty
  std::string halves_col;        // ceilings: an obs column of two labels, the first the truth
  std::uint64_t seed = 42;       // of the control cells drawn for them, and of ceilings' halves
};

// One condition that was asked.
struct FitPrediction {
  std::string dataset, context, perturbation, dose, task;
  std::string rule;    // on what the prediction rests
  std::string reason;  // why there is none
};

// What became of it.
struct FitReport {
  FitConfig config;
  Profile profile;
  std::string input_type;
  std::vector<std::pair<std::string, std::string>> settings;  // of the model, all
  std::string claim;                                          // what a score on it can say
  bool ceiling = false;     // made of held-out cells: then that says so, and the split's is apart
  std::string split_claim;  // of a split that a ceiling was made on
  std::string split_generator, split_sha256;
  std::uint64_t split_seed = 0;
  std::string fold;
  std::int64_t trained_conditions = 0, trained_cells = 0, control_cells = 0;
  std::vector<FitPrediction> predictions;
  std::string mode;                           // of the cells; empty: profiles
  std::map<std::string, std::string> donors;  // whose cells stand for a condition's, in mode donor
  std::string cells;                          // how many of each
  std::string rules_file;                     // beside the output
  std::string record_file;                    // the same
  std::string device;
  std::int32_t threads = 0;
  std::vector<std::pair<std::string, double>> stages;
  std::vector<std::string> warnings;
};

// Fits a model to the conditions of a screen that train and writes what it predicts for those that
// are asked: run.output (.h5ad), beside it its rules (.rules.csv) and record (.json). Cells of what
// is predicted are never read, but to copy them to `truth` when all else is done.
//
// Two models are ceilings and no predictions: half of the cells of what is asked, drawn by the
// seed, makes them, and `truth`, which must be given, gets the other half alone.
//
// A file of conditions has one per line: LABEL, CONTEXT<tab>LABEL or CONTEXT<tab>LABEL<tab>DOSE;
// what is left out stands for all. Held-out conditions need not be in the screen.
FitReport fit_screen(const FitConfig& config, Console& console);

}  // namespace cupel
