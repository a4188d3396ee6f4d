#pragma once
#include "models/model.hpp"

// What each file of this room gives to the registry: its row.
namespace cupel::models {

[[nodiscard]] ModelEntry no_change_entry();
[[nodiscard]] ModelEntry perturbed_mean_entry();
[[nodiscard]] ModelEntry context_mean_entry();
[[nodiscard]] ModelEntry perturbation_mean_entry();
[[nodiscard]] ModelEntry matching_mean_entry();
[[nodiscard]] ModelEntry additive_entry();
[[nodiscard]] ModelEntry fitted_additive_entry();
[[nodiscard]] ModelEntry scaled_additive_entry();
[[nodiscard]] ModelEntry latent_additive_entry();
[[nodiscard]] ModelEntry bilinear_scores_entry();
[[nodiscard]] ModelEntry bilinear_loadings_entry();
[[nodiscard]] ModelEntry ridge_entry();
[[nodiscard]] ModelEntry kernel_ridge_entry();
[[nodiscard]] ModelEntry nearest_neighbours_entry();
[[nodiscard]] ModelEntry elastic_net_entry();
[[nodiscard]] ModelEntry random_forest_entry();
[[nodiscard]] ModelEntry gradient_boosting_entry();
[[nodiscard]] ModelEntry technical_duplicate_entry();
[[nodiscard]] ModelEntry interpolated_duplicate_entry();

}  // namespace cupel::models
