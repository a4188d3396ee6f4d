#pragma once
#include <filesystem>
#include <span>
#include <vector>

#include "cupel/sweep.hpp"
#include "fitting/division.hpp"
#include "fitting/training_data.hpp"
#include "report/sweep_summary.hpp"
#include "sweep/nested.hpp"

namespace cupel::sweeping {

// What a sweep was made of: everything that predictions are written with.
struct Made {
  const SweepConfig& config;
  const ConditionColumns& columns;
  const Conventions& conventions;
  fitting::OpenScreens& screens;
  const fitting::Division& division;
  const fitting::TrainingData& data;
  const std::filesystem::path& folder;
};

// Refits what was best inside each fold, of all models and of each on the short list, and writes
// what it predicts for what the folds of a split hold out, with a short list what was measured of
// it too. Splits that hold nothing out have no files. A model that does not predict all conditions
// is not on the short list, and the console is told.
[[nodiscard]] std::vector<SweptSplit> write_predictions(const Made& made,
                                                        const sweep::SweepRequest& request,
                                                        std::span<const sweep::SweepRow> table,
                                                        const SweepSummary& summary,
                                                        Console& console);

}  // namespace cupel::sweeping
