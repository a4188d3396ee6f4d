#include "cpu/rank_reference.hpp"

#include <algorithm>

#include "cpu/cpu_backend.hpp"
#include "cpu/key_stream.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

// Keys that one window of genes may hold while the control is sorted: bounds the scratch.
constexpr std::int64_t kKeysPerWindow = std::int64_t{1} << 27;

std::int64_t stored(const CellsView& cells) {
  std::int64_t n = 0;
  for (std::int64_t row = 0; row < cells.rows; ++row) n += cells.row_length[row];
  return n;
}

}  // namespace

template <typename Key>
CpuRankReference<Key>::CpuRankReference(CellsView control, const double* totals,
                                        const Linear& linear, std::span<const std::int32_t> genes)
    : n_cells_(control.rows),
      linear_(linear),
      tested_(genes, control.n_genes),
      tables_(genes.size()) {
  KeyStream<Key> stream;
  for (const GeneWindow window :
       gene_windows(tested_.count(), (stored(control) + kKeysPerWindow - 1) / kKeysPerWindow)) {
    stream.read(control, totals, linear_, tested_, window, thread_count());
    const auto counts = stream.counts();
    std::vector<std::int64_t> slot{0};  // bytes
    for (const std::uint32_t n : counts) slot.push_back(slot.back() + gene_slot_bytes<Key>(n));
    auto& bytes = storage_.emplace_back(make_host_buffer<std::byte>(slot.back()));
    std::vector<std::int64_t> begin(counts.size());
    std::ranges::transform(slot.begin(), slot.end() - 1, begin.begin(), [](std::int64_t byte) {
      return byte / static_cast<std::int64_t>(sizeof(Key));
    });
    stream.write(reinterpret_cast<Key*>(bytes.data()), begin);
    constexpr std::int64_t kGenes = 32;
    for_each_chunk(window.size(), kGenes, [&](std::int64_t first, std::int64_t last) {
      std::vector<Key> scratch;
      for (std::int64_t gene = first; gene < last; ++gene) {
        const auto at = static_cast<std::size_t>(gene);
        scratch.resize(std::max<std::size_t>(scratch.size(), 2 * counts[at]));
        tables_[static_cast<std::size_t>(window.first + gene)] = build_gene_table<Key>(
            {bytes.data() + slot[at], static_cast<std::size_t>(slot[at + 1] - slot[at])},
            counts[at], stream.ascending(), scratch);
      }
    });
  }
}

template class CpuRankReference<std::int32_t>;
template class CpuRankReference<std::int64_t>;

std::unique_ptr<RankReference> CpuBackend::make_rank_reference(
    CellsView control, MatrixView<const double> totals, const Linear& linear, RankValues values,
    std::span<const std::int32_t> genes) {
  if (values == RankValues::kF32Linear) {
    return std::make_unique<CpuRankReference<std::int32_t>>(control, totals.data, linear, genes);
  }
  return std::make_unique<CpuRankReference<std::int64_t>>(control, totals.data, linear, genes);
}

}  // namespace cupel
