#include "cpu/rank_reference.hpp"

#include <algorithm>

#include "cpu/cpu_backend.hpp"
#include "cpu/rank_values.hpp"

namespace cupel {

template <typename Key>
std::vector<std::vector<Key>> sorted_keys(CellsView cells, const double* totals,
                                          const Linear& linear,
                                          const std::vector<std::int32_t>& column,
                                          std::int64_t n_tested) {
  std::vector<std::vector<Key>> keys(static_cast<std::size_t>(n_tested));
  visit(cells, [&](auto typed) {
    for (std::int64_t row = 0; row < typed.rows; ++row) {
      const CellKeys<Key> key_of(linear, totals[row]);
      for (std::int64_t i = 0; i < typed.row_length[row]; ++i) {
        const std::int64_t at = typed.row_begin[row] + i;
        const std::int32_t tested = column[typed.genes[at]];
        const Key key = key_of(typed.values[at]);
        if (tested >= 0 && key != 0) keys[static_cast<std::size_t>(tested)].push_back(key);
      }
    }
  });
  for (auto& of_gene : keys) std::ranges::sort(of_gene);
  return keys;
}
template std::vector<std::vector<std::int32_t>> sorted_keys(CellsView, const double*, const Linear&,
                                                            const std::vector<std::int32_t>&,
                                                            std::int64_t);
template std::vector<std::vector<std::int64_t>> sorted_keys(CellsView, const double*, const Linear&,
                                                            const std::vector<std::int32_t>&,
                                                            std::int64_t);

namespace {

template <typename Key>
std::unique_ptr<RankReference> make_reference(CellsView control, const double* totals,
                                              const Linear& linear,
                                              std::span<const std::int32_t> genes) {
  auto reference = std::make_unique<CpuRankReference<Key>>();
  reference->cells = control.rows;
  reference->linear = linear;
  reference->column.assign(static_cast<std::size_t>(control.n_genes), -1);
  for (std::size_t i = 0; i < genes.size(); ++i) {
    reference->column[static_cast<std::size_t>(genes[i])] = static_cast<std::int32_t>(i);
  }
  reference->keys = sorted_keys<Key>(control, totals, linear, reference->column,
                                     static_cast<std::int64_t>(genes.size()));
  return reference;
}

}  // namespace

std::unique_ptr<RankReference> CpuBackend::make_rank_reference(
    CellsView control, MatrixView<const double> totals, const Linear& linear, RankValues values,
    std::span<const std::int32_t> genes) {
  return values == RankValues::kF32Linear
             ? make_reference<std::int32_t>(control, totals.data, linear, genes)
             : make_reference<std::int64_t>(control, totals.data, linear, genes);
}

}  // namespace cupel
