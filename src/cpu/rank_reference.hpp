#pragma once
#include <vector>

#include "cupel/backend.hpp"

namespace cupel {

// Per tested gene, the control's nonzero keys in ascending order.
template <typename Key>
class CpuRankReference final : public RankReference {
 public:
  [[nodiscard]] std::int64_t n_cells() const noexcept override { return cells; }
  [[nodiscard]] std::int64_t n_genes() const noexcept override {
    return static_cast<std::int64_t>(keys.size());
  }

  std::int64_t cells = 0;
  Linear linear;
  std::vector<std::int32_t> column;    // of each gene: its tested index, or -1
  std::vector<std::vector<Key>> keys;  // tested genes
};

// Gene-major nonzero keys of the tested genes: column[gene] is the tested index or -1.
template <typename Key>
std::vector<std::vector<Key>> sorted_keys(CellsView cells, const double* totals,
                                          const Linear& linear,
                                          const std::vector<std::int32_t>& column,
                                          std::int64_t n_tested);

}  // namespace cupel
