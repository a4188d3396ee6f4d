#pragma once
#include <vector>

#include "cupel/metric.hpp"

// One function per metric; registry.cpp gives each its name and its row.
namespace cupel::metrics {

using Compute = std::vector<Score>(const Case&, const Metric&, Backend&);

// profiles
Compute expr_mae;
Compute expr_mse;
Compute expr_mse_unbiased;
Compute expr_mse_unbiased_capped;
Compute expr_distance_unbiased;
Compute expr_real_mass_ratio;
Compute delta_mae;
Compute delta_mse;
Compute delta_pearson;

// profiles, genes weighted by how surely they tell a perturbation from the others
Compute expr_wmse;
Compute delta_weighted_pearson;
Compute delta_weighted_r2;

// ranks of effects
Compute pds_l1;
Compute pds_l2;
Compute pds_cosine;

// clouds of cells
Compute pearson_edistance;

// sets of called genes
Compute nsig_counts_real;
Compute nsig_counts_pred;
Compute nsig_spearman;
Compute sig_recall;
Compute sig_jaccard;
Compute sig_mcc;
Compute overlap_adjusted;
Compute precision_adjusted;
Compute sig_recall_adjusted;
Compute pr_auc;
Compute roc_auc;

// ranked calls, to the depth of Metric::k
Compute overlap;
Compute precision;

// fold changes
Compute lfc_spearman;
Compute lfc_spearman_pos;
Compute lfc_spearman_neg;
Compute lfc_nmae;

// directions
Compute direction_match;
Compute model_direction_match;
Compute direction_precision;
Compute direction_sensitivity;
Compute direction_sensitivity_universe;

// directions, own gene excluded, some corrected for chance
Compute direction_fidelity;
Compute direction_fidelity_raw;
Compute direction_coverage;
Compute direction_yield;
Compute direction_yield_raw;
Compute direction_fidelity_yield;
Compute direction_fidelity_yield_raw;
Compute direction_reach;
Compute direction_reach_raw;
Compute direction_reach_unbounded;
Compute direction_reach_unbounded_raw;

}  // namespace cupel::metrics
