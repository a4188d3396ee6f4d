#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

// Which genes are tested at all (cell-eval.md 2.5).
namespace cupel {

// Genes whose mean CPM in the control is above `limit`, strictly; without a limit, or with a
// negative one, all of them. The same set for every perturbation and both sides.
[[nodiscard]] std::vector<std::int32_t> genes_above(std::span<const double> control_cpm,
                                                    std::optional<double> limit);

// The share of each gene in the profile's total, in millionths.
[[nodiscard]] std::vector<double> pooled_cpm(std::span<const double> gene_means);

// cell-eval's own filter: a row is tested when either group's pooled CPM is above the limit.
[[nodiscard]] inline bool passes_pooled_cpm(double target_cpm, double control_cpm, double limit) {
  return target_cpm > limit || control_cpm > limit;
}

}  // namespace cupel
