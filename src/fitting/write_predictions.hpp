#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cupel/config.hpp"
#include "fitting/division.hpp"
#include "fitting/made_cells.hpp"
#include "fitting/training_data.hpp"

namespace cupel::fitting {

// One condition's absolute profile, in the space of TrainingData::control.
struct Predicted {
  AskedCondition asked;
  std::string rule;
  std::int64_t n_cells = 0;  // to make of it; 0: it is one row
  std::vector<double> profile;
  std::optional<TrainedCondition> donor = {};  // of its cells, for CellMode::kDonor
};

struct WriteRequest {
  std::string path;
  ConditionColumns columns;  // names of the obs columns; "rule" is added
  std::string control;       // label of the control rows
  CellMode mode = CellMode::kShiftExact;
  std::uint64_t seed = 0;  // of what is drawn for cells
};

// One row per control of a context that something is predicted in, then one per prediction and
// label. X is on the screen's scale: log expression as it is; for counts, profiles turned back into
// (fractional) counts, and their logarithms in layers/log1p.
void write_profiles(const WriteRequest& request, const TrainingData& data,
                    std::span<const Predicted> predicted, const Conventions& conventions);

// Context by context that something is predicted in its control cells, copied, then cells made for
// each prediction and label, or copied of its donor. Throws Error(kInput) for a context without
// control cells.
void write_cells(const WriteRequest& request, OpenScreens& screens, const TrainingData& data,
                 std::span<const Predicted> predicted, const Conventions& conventions);

// What was measured of the conditions asked, and the controls of their contexts: cells copied,
// under the first of their labels, with the columns that predictions have. Throws Error(kInput)
// when the screen has none of them.
void write_truth(const WriteRequest& request, OpenScreens& screens, const Division& division);

}  // namespace cupel::fitting
