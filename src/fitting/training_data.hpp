#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "conditions/condition_list.hpp"
#include "cupel/backend.hpp"
#include "cupel/config.hpp"
#include "fitting/division.hpp"
#include "log.hpp"
#include "models/training.hpp"

// From a screen to what models learn from, without any model: what `fit` and `sweep` share.
namespace cupel::fitting {

// What an effect is measured against (baselines-splits-audits.md A0).
enum class ControlReference : std::uint8_t {
  kContext,  // the context's control cells
  kBatch,    // Σ_b n_cpb / n_cp · control of batch b; the context's where a batch has no control
  kGlobal,   // all control cells; contexts without control can be asked then
};
// "context", "batch", "global".
[[nodiscard]] std::string_view reference_name(ControlReference reference);
// Throws Error(kUsage) naming the known ones.
[[nodiscard]] ControlReference parse_reference(std::string_view name);

// Screens that stay open, and the conditions in them.
struct OpenScreens {
  std::vector<std::unique_ptr<Screen>> files;
  std::vector<NamedScreen> named;
  std::vector<ConditionCells> conditions;  // sorted, controls among them

  [[nodiscard]] std::vector<std::string> cell_names(const ConditionCells& entry) const;
};
// Each is FILE or NAME=FILE, where NAME is what the dataset is called. `matrix` as open_h5ad takes
// it. Throws Error(kInput) when the genes of two screens differ, in name or in order.
[[nodiscard]] OpenScreens open_screens(std::span<const std::string> files,
                                       const ConditionColumns& columns, const std::string& matrix);

// What is read of the cells that may be looked at, in one pass.
struct TrainingData {
  models::Training training;  // conditions in the order of Division::train
  // Profiles of the control cells, one per row of training.contexts; what deltas are measured
  // against is training.control, which is the same but for kGlobal.
  Matrix<double> control;
  std::vector<std::vector<ConditionCells>> control_cells;  // of each context
};

// Profiles as the conventions have them: log1p of normalised sums for counts, else means of log
// expression, batches of a condition put together by their cells. `tables` are names and files
// (io/feature_file.hpp). Throws Error(kInput): nothing trains, a context that trains has no control
// (unless kGlobal), doses in different units, values that `score` refuses, a table that cannot be
// read.
[[nodiscard]] TrainingData load_training(
    OpenScreens& screens, const Division& division, const Conventions& conventions,
    ControlReference reference, std::span<const std::pair<std::string, std::string>> tables,
    std::int64_t memory, Backend& backend, Console& console);

}  // namespace cupel::fitting
