#pragma once
#include <vector>

#include "cpu/gene_table.hpp"
#include "cpu/tested_genes.hpp"
#include "cupel/backend.hpp"

namespace cupel {

// A table per tested gene. Key is int32_t for RankValues::kF32Linear, int64_t for kF64Log1p.
template <typename Key>
class CpuRankReference final : public RankReference {
 public:
  CpuRankReference(CellsView control, const double* totals, const Linear& linear,
                   std::span<const std::int32_t> genes);

  [[nodiscard]] std::int64_t n_cells() const noexcept override { return n_cells_; }
  [[nodiscard]] std::int64_t n_genes() const noexcept override { return std::ssize(tables_); }

  [[nodiscard]] const Linear& linear() const { return linear_; }
  [[nodiscard]] const TestedGenes& tested() const { return tested_; }
  [[nodiscard]] const GeneTable<Key>& table(std::int64_t gene) const {
    return tables_[static_cast<std::size_t>(gene)];
  }

 private:
  std::int64_t n_cells_;
  Linear linear_;
  TestedGenes tested_;
  std::vector<GeneTable<Key>> tables_;
  std::vector<Buffer<std::byte>> storage_;  // one per window of genes
};

}  // namespace cupel
