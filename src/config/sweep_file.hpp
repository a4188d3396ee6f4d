#pragma once
#include <string>

#include "cupel/sweep.hpp"

namespace cupel {

// Reads a TOML file of a sweep: the run file's keys for the screen and its columns, then
//   dataset-col, dose-col, separator, tables = {NAME = "FILE"}, select = "mse"
//   cells = N of each condition predicted, in place of one profile
//   [short-list]  size, profile
//   [[split]]     name; file = "SPLIT.json", or generator = "gex" and its flags as keys, or
//                 outside = FOLDS of the whole screen; inside = FOLDS
//   [[model]]     name, and each setting as a value, a list, {log = [FROM, TO], steps = N} or
//                 {linear = [FROM, TO], steps = N}
// FOLDS is "leave-one-out", "leave-perturbation-out", "leave-context-out",
// "leave-combination-out", "K-fold" (of perturbations) or {unit = "condition", folds = K, seed = S}
// with the units condition, perturbation, context and combination.
// Relative paths are taken from the file's own folder. Throws Error(kUsage) naming file and key.
[[nodiscard]] SweepConfig read_sweep_file(const std::string& path);

}  // namespace cupel
