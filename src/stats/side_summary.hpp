#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/config.hpp"
#include "cupel/dataset.hpp"
#include "data/grouping.hpp"
#include "data/validation.hpp"
#include "log.hpp"
#include "stats/de_table.hpp"

namespace cupel {

// What the chosen metrics need of each side; bits of Needs.
struct SummaryRequest {
  std::uint8_t needs = 0;
  bool all_genes = false;   // test every gene, whatever the control's CPM (`cupel de`)
  std::int64_t memory = 0;  // bytes for cells, control included
};

// Everything about one side's control cells that the perturbations are measured against.
struct ControlSummary {
  std::int64_t n_cells = 0;
  Matrix<double> bulk;               // 1 × genes, backend space
  double correction = 0.0;           // cell-eval.md 3.0.4
  Matrix<double> tested_mean;        // 1 × tested genes: linear mean for fold changes
  std::vector<double> cpm;           // genes: what the gene gate looks at
  std::vector<std::int32_t> tested;  // genes that pass the gate, ascending
  std::unique_ptr<RankReference> ranks;
  std::uint64_t fingerprint = 0;  // content hash, independent of row order and layout
  std::uint64_t order = 0;        // hash of the rows' order in the file
  std::int64_t bytes = 0;         // that stay in memory
  Cells cells;                    // host memory; only where energy distances are asked for
  double mean_distance = 0.0;     // within `cells`
};

// One side's perturbations, reduced to profiles and tables.
struct SideSummary {
  std::vector<std::int64_t> n_cells;  // per perturbation
  Matrix<double> bulk;                // perturbations × genes, backend space
  std::vector<double> correction;     // per perturbation; empty when not asked for
  std::vector<double> energy;         // distance from the control's cells; empty when not asked for
  DeTable de;                         // empty when not asked for
  std::uint64_t fingerprint = 0;
  std::uint64_t order = 0;
};

// log1p of normalised group sums for counts, mean of log expression otherwise (cell-eval.md 1.5).
[[nodiscard]] bool uses_bulk_lognorm(const Conventions& conventions);
// What expm1 of a bulk profile sums to by construction or at most (cell-eval.md 3.6).
[[nodiscard]] double bulk_total(const Conventions& conventions);

[[nodiscard]] ControlSummary summarise_control(Screen& screen, const Grouping& grouping,
                                               const Conventions& conventions,
                                               const SummaryRequest& request, ValueWatch& watch,
                                               Backend& backend, Console& console);

// Reads the perturbations in batches that fit the memory and reduces each against `control`.
[[nodiscard]] SideSummary summarise_perturbations(Screen& screen, const Grouping& grouping,
                                                  const ControlSummary& control,
                                                  const Conventions& conventions,
                                                  const SummaryRequest& request, ValueWatch& watch,
                                                  Backend& backend, Console& console);

// Effects: each profile minus the control's, in backend space and in the precision in which the
// conventions have the means of this screen's cells.
[[nodiscard]] Matrix<double> effects_of(const Screen& screen, MatrixView<const double> profiles,
                                        const ControlSummary& control,
                                        const Conventions& conventions, Backend& backend);

// Comparator profiles and sums of stored values of each list of cells: lists × genes, host memory.
// Cells are read in batches of up to `memory` bytes.
struct GroupProfiles {
  Matrix<double> profiles;
  Matrix<double> sums;
};
[[nodiscard]] GroupProfiles summarise_groups(Screen& screen,
                                             std::span<const std::vector<std::int64_t>> rows,
                                             const Conventions& conventions, std::int64_t memory,
                                             ValueWatch& watch, Backend& backend, Console& console);

}  // namespace cupel
