#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/config.hpp"

namespace cupel {

class Console;

// A model and the settings to try: every combination of its axes' values, the last axis fastest.
struct SweepAxis {
  std::string name;
  std::vector<std::string> values;
};
struct SweepGrid {
  std::string model;
  std::vector<SweepAxis> axes;
};

// What is left out of a fit together: a condition alone; all conditions of the same perturbations;
// of the same context; or a combination, while single perturbations always train and are not
// scored.
enum class LeaveOut : std::uint8_t { kCondition, kPerturbation, kContext, kCombination };

// How the training part of a fold is divided to choose settings.
struct InsideFolds {
  LeaveOut unit = LeaveOut::kPerturbation;
  std::int64_t folds = 5;  // into so many; 0: each unit by itself
  std::uint64_t seed = 42;
};

// One division of the screen: what trains, and on what the chosen settings are scored.
struct SweepSplit {
  std::string name;
  std::string file;       // a split as `cupel split` writes them; or
  std::string generator;  // its name there; or, of neither, folds of the whole screen
  std::vector<std::pair<std::string, std::string>> options;  // of the generator, by flags' names
  std::optional<InsideFolds> outside;                        // folds of the whole screen
  std::optional<InsideFolds> inside;                         // none: as the split's claim asks
};

// A score that all settings are compared by.
enum class SweepScore : std::uint8_t { kMse, kPearson, kCosine, kPdsL2, kPdsCosine };

// What `cupel sweep` was asked to do.
struct SweepConfig {
  RunConfig run;  // the screen, its columns and conventions, and the output folder
  std::string dataset_col, dose_col;
  std::string separator = "+";
  std::vector<std::string> tables;  // "NAME=FILE": features by perturbation or context
  std::vector<SweepGrid> grids;
  std::vector<SweepSplit> splits;
  SweepScore select = SweepScore::kMse;
  std::int64_t cells = 0;          // of each condition predicted; 0: one profile each
  std::int64_t short_list = 0;     // so many models, the best inside, are predicted with too, to be
  std::string short_list_profile;  // scored with this profile
  bool resume = false;
};

// What the models of a split predict of the conditions that it holds out.
struct SweptSplit {
  std::string name;
  std::string prediction;                  // of what was best inside each fold (.h5ad)
  std::string truth;                       // what was measured of the same; with a short list
  std::vector<PredictionFile> short_list;  // of single models, best first
};

struct SweepReport {
  std::string markdown;            // the table of chosen models, by split and task
  std::vector<SweptSplit> splits;  // those that hold conditions out
  std::int64_t settings = 0;       // tried, over folds
  double seconds = 0.0;            // that fits and scores took, earlier runs included
  DeviceReport device;             // where it was computed
  std::int32_t threads = 0;
  std::vector<std::pair<std::string, double>> stages;
  std::vector<std::string> warnings;
};

// Tries every setting of every model on every split: chosen inside the training part by scores in
// the space of inner products, then refitted and scored on what the split holds out. Rows are
// written to run.output as they are found; what the best models predict is written at the end.
SweepReport run_sweep(const SweepConfig& config, Console& console);

}  // namespace cupel
