#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cupel/config.hpp"

namespace cupel {

class Console;

// What `cupel fit` was asked to do.
struct FitConfig {
  RunConfig run;  // the screen, its columns and conventions, the device and the output
  std::string model;
  std::vector<std::string> model_settings;  // "name=value"
  std::vector<std::string> tables;          // "NAME=FILE": features by perturbation or context
  std::string train;                        // a file of conditions: the rest is predicted; or
  std::string held_out;                     // of conditions to predict: the rest is trained on
  std::string separator = "+";              // between the members of a combination
  bool silence_targets = false;             // predicted profiles are 0 at the genes targeted
  std::int64_t cells = 0;                   // per condition; 0: one profile each
  std::uint64_t seed = 42;                  // of the control cells drawn for them
};

// Fits a model to a screen's training conditions and writes what it predicts for the others to
// run.output. Cells of conditions that are predicted are never read.
//
// A file of conditions has one per line: a perturbation's label, or a context, a tab and the label;
// without a context a line stands for every context. Held-out conditions need not be in the screen.
void fit_screen(const FitConfig& config, Console& console);

}  // namespace cupel
