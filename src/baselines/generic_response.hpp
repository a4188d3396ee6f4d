#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cupel/cells.hpp"
#include "cupel/matrix.hpp"

// Predictions that know nothing of the perturbation asked for (cell-eval.md 4.3). All host memory.
namespace cupel {

// One profile for every perturbation.
struct ResponseProfile {
  std::vector<double> gene;
  std::int64_t n_left_out = 0;  // (perturbation, gene) pairs that did not enter a mean
};

// Mean over perturbations of their mean expression, perturbations × genes, each with equal weight;
// a perturbation does not enter the mean of its own gene. Throws Error(kInput) when no label names
// a gene, or when a gene's own perturbation is the only one.
[[nodiscard]] ResponseProfile generic_response(MatrixView<const double> means,
                                               std::span<const std::int32_t> own_gene,
                                               std::span<const std::string> genes);

// cell-eval's first version: the mean of all groups' profiles, the control's among them.
[[nodiscard]] std::vector<double> v1_mean_profile(MatrixView<const double> perturbations,
                                                  MatrixView<const double> control);
// The same of the differences from the control, in which the control has no part.
[[nodiscard]] std::vector<double> v1_mean_effect(MatrixView<const double> perturbations,
                                                 MatrixView<const double> control);

// The control's cells, resampled and scaled gene by gene until their mean is the profile: a cloud
// of cells rather than one cell repeated (emission "dispersed").
[[nodiscard]] std::vector<double> emission_scale(std::span<const double> profile,
                                                 std::span<const double> control_mean);

// Which control cell each emitted cell is made from: numpy's default_rng(seed) draws the rows of
// every group in turn.
[[nodiscard]] std::vector<std::int64_t> draw_control_rows(std::span<const std::int64_t> group_sizes,
                                                          std::int64_t n_control,
                                                          std::uint64_t seed);

// Row i is row `rows[i]` of `control` times `scale`, gene by gene. Values are float, and what is
// zero is not stored; genes have the type that they have in `control`.
[[nodiscard]] Cells scale_cells(CellsView control, std::span<const std::int64_t> rows,
                                std::span<const double> scale);

}  // namespace cupel
