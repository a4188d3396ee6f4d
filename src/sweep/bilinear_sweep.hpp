#pragma once
#include "models/training.hpp"
#include "sweep/device.hpp"
#include "sweep/leave_out.hpp"
#include "sweep/profile_products.hpp"

namespace cupel::sweep {

enum class BilinearForm : std::uint8_t { kScores, kLoadings };

struct BilinearGrid {
  std::vector<std::int64_t> dimensions;
  std::vector<double> gene_penalties, perturbation_penalties;
};

struct BilinearSetting {
  std::int64_t dimensions;
  double gene_penalty, perturbation_penalty;
  MeanScores scores;
};

// The bilinear model (baselines-splits-audits.md A7) for every setting of a grid, its components
// found anew in each fit to all but a group, and scored on the group. Leading components are
// nested, genes' sides are diagonal in them, and all scores follow from the products of profiles: a
// fold costs one eigenproblem, whatever the grid and the number of genes. Conditions whose targets
// are not measured genes take no part but in the components, and have no prediction. Settings come
// in the grid's order, perturbation penalties fastest. Throws Error(kInput) without gene names.
[[nodiscard]] std::vector<BilinearSetting> sweep_bilinear(BilinearForm form,
                                                          const models::Training& training,
                                                          const BilinearGrid& grid,
                                                          const Groups& groups,
                                                          const Device& device);
// The same by row of the truth, whose rows are those of `training`: settings × rows. NaN for rows
// in no group.
[[nodiscard]] std::vector<std::vector<Scores>> bilinear_scores(
    BilinearForm form, const models::Training& training, const BilinearGrid& grid,
    const Groups& groups, const Truth& truth, const Device& device);

}  // namespace cupel::sweep
