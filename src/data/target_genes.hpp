#pragma once
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace cupel {

using TargetGeneMap = std::unordered_map<std::string, std::string>;

// Reads "perturbation,gene" lines (.csv or tab-separated; a header line "perturbation,gene" or
// "target,gene" is allowed). Throws Error(kInput) naming the line.
[[nodiscard]] TargetGeneMap read_target_gene_map(const std::string& path);

// The column of each perturbation's own gene: by the map where it has the perturbation, else the
// gene of the same name; -1 where there is none (cell-eval.md 1.7).
[[nodiscard]] std::vector<std::int32_t> own_genes(const std::vector<std::string>& perturbations,
                                                  const std::vector<std::string>& genes,
                                                  const TargetGeneMap& map);

}  // namespace cupel
