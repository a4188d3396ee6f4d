#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "simulate/preset.hpp"

namespace cupel::simulate {

// What a perturbation does to one gene.
struct Effect {
  std::int32_t gene;
  float log_fold_change;  // natural
};

// What is planted: known before any cell is drawn.
struct Truth {
  std::int32_t n_contexts = 1;
  double depth = 0.0;
  std::vector<std::string> genes;
  std::vector<std::string> perturbations;     // the names of their target genes, ascending
  std::vector<std::int32_t> target_gene;      // -1: not among the measured genes
  std::vector<std::vector<double>> baseline;  // contexts × genes; each sums to 1
  std::vector<std::vector<Effect>> effects;   // contexts · perturbations lists, genes ascending

  [[nodiscard]] std::int32_t n_perturbations() const {
    return static_cast<std::int32_t>(perturbations.size());
  }
  [[nodiscard]] std::size_t index(std::int32_t context, std::int32_t perturbation) const {
    return static_cast<std::size_t>(context) * perturbations.size() +
           static_cast<std::size_t>(perturbation);
  }
};

[[nodiscard]] Truth make_truth(const Preset& preset, std::int32_t n_contexts, std::uint64_t seed);

// perturbation,gene,log2_fold_change of every planted effect, with cell_line before them when there
// is more than one context.
void write_truth(const Truth& truth, const std::string& path);

[[nodiscard]] std::string context_name(std::int32_t context);

}  // namespace cupel::simulate
