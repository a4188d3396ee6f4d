#include "cpu/rank_reference.hpp"

#include <algorithm>

#include "cpu/cpu_backend.hpp"
#include "cpu/sort_keys.hpp"
#include "parallel/parallel.hpp"

namespace cupel {

template <typename Key>
CpuRankReference<Key>::CpuRankReference(CellsView control, const double* totals,
                                        const Linear& linear, std::span<const std::int32_t> genes,
                                        std::int64_t part_bytes)
    : n_cells_(control.rows),
      linear_(linear),
      tested_(genes, control.n_genes),
      tables_(genes.size()) {
  const std::int64_t part_keys = part_bytes / static_cast<std::int64_t>(sizeof(Key));
  KeyStream<Key> stream;
  Buffer<Key> keys;
  for (const GeneWindow window : gene_windows(tested_.count(), 1)) {
    stream.read(control, totals, linear_, tested_, window, thread_count());
    const auto counts = stream.counts();
    std::int64_t last = 0;
    while (last < window.size()) {
      const std::int64_t first = last;
      std::vector<std::int64_t> begin;
      std::int64_t n = 0;
      while (last < window.size()) {
        const std::int64_t count = counts[static_cast<std::size_t>(last)];
        if (last > first && n + count > part_keys) break;
        begin.push_back(n);
        n += count;
        ++last;
      }
      if (keys.size() < n) {
        keys = {};
        keys = make_host_buffer<Key>(n);
      }
      stream.write(first, last, keys.data(), begin);
      build_tables(
          window.first + first,
          counts.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(last - first)),
          begin, keys.data(), stream.ascending());
    }
  }
  scratch_.memory = stream.release();
  if (scratch_.size() > RankScratch::kMostBytes) scratch_.memory = {};
}

template <typename Key>
void CpuRankReference<Key>::build_tables(std::int64_t first, std::span<const std::uint32_t> counts,
                                         std::span<const std::int64_t> begin, Key* keys,
                                         bool ascending) {
  const std::int64_t n = std::ssize(counts);
  std::vector<std::span<const Key>> keys_of(counts.size());
  GeneTable<Key>* const tables = tables_.data() + first;
  constexpr std::int64_t kGenes = 32;
  for_each_chunk(n, kGenes, [&](std::int64_t from, std::int64_t to) {
    std::vector<Key> scratch;
    for (auto gene = from; gene < to; ++gene) {
      const auto at = static_cast<std::size_t>(gene);
      const std::span<Key> sorted(keys + begin[at], counts[at]);
      if (!ascending) {
        scratch.resize(std::max(scratch.size(), sorted.size()));
        sort_keys(sorted, std::span(scratch));
      }
      // Values that are zero once ranked join the zeros that are not stored.
      const auto zeros = std::ranges::equal_range(sorted, Key{0});
      const auto end = std::copy(zeros.end(), sorted.end(), zeros.begin());
      keys_of[at] = {sorted.begin(), end};
      tables[gene] = plan_gene_table(keys_of[at]);
    }
  });
  std::vector<std::int64_t> data{0};
  for (std::int64_t gene = 0; gene < n; ++gene) {
    data.push_back(data.back() + tables[gene].n_bytes());
  }
  std::byte* const bytes = storage_.emplace_back(make_host_buffer<std::byte>(data.back())).data();
  for_each_chunk(n, kGenes, [&](std::int64_t from, std::int64_t to) {
    for (auto gene = from; gene < to; ++gene) {
      const auto at = static_cast<std::size_t>(gene);
      fill_gene_table(tables[gene], keys_of[at], bytes + data[at]);
    }
  });
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
