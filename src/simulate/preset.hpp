#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace cupel::simulate {

// The shape of a screen. Cell numbers are per context.
struct Preset {
  std::string_view name;
  std::string_view summary;
  std::int32_t n_genes;
  std::int32_t n_perturbations;
  std::int64_t perturbed_cells;
  std::int64_t control_cells;
  double depth;          // median counts of a cell
  double sigma;          // spread of genes' log mean
  std::int32_t effects;  // genes that a perturbation moves
};

[[nodiscard]] std::span<const Preset> presets() noexcept;
// Throws Error(kUsage) that lists the presets.
[[nodiscard]] const Preset& find_preset(std::string_view name);

}  // namespace cupel::simulate
