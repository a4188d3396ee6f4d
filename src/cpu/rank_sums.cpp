#include <algorithm>
#include <atomic>
#include <numeric>

#include "cpu/cpu_backend.hpp"
#include "cpu/gene_sums.hpp"
#include "cpu/key_stream.hpp"
#include "cpu/rank_reference.hpp"
#include "cpu/sort_keys.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kScratchBytes = std::int64_t{224} << 20;

// Groups in batches of bounded size: each batch is turned gene-major, then gene by gene looked up,
// so that a gene's table is fetched once per batch.
template <typename Key>
class Ranking {
 public:
  Ranking(const CpuRankReference<Key>& reference, CellsView cells, const double* totals,
          std::span<const std::int64_t> group_start)
      : reference_(reference),
        cells_(cells),
        totals_(totals),
        group_start_(group_start),
        streams_(static_cast<std::size_t>(thread_count())) {}

  RankSums run() {
    const std::int64_t groups = std::ssize(group_start_) - 1;
    RankSums sums{make_host_matrix<std::int64_t>(groups, reference_.n_genes()),
                  make_host_matrix<double>(groups, reference_.n_genes())};
    for (std::int64_t first = 0; first < groups;) {
      std::int64_t last = first;
      std::int64_t keys = 0;
      while (last < groups && (last == first || keys + keys_of(last) <= kBatchKeys)) {
        keys += keys_of(last++);
      }
      const std::int64_t windows = (keys + kBatchKeys - 1) / kBatchKeys;
      for (const GeneWindow window : gene_windows(reference_.n_genes(), windows)) {
        turn(first, last, window);
        look_up(first, window, sums);
      }
      first = last;
    }
    return sums;
  }

 private:
  static constexpr auto kBatchKeys = kScratchBytes / static_cast<std::int64_t>(sizeof(Key));

  // One group of the batch, gene-major: keys [begin[g], begin[g + 1]) of keys_.
  struct Turned {
    std::vector<std::int64_t> begin;
    std::int64_t n_cells = 0;
    bool ascending = false;
  };

  [[nodiscard]] std::int64_t start(std::int64_t group) const {
    return group_start_[static_cast<std::size_t>(group)];
  }
  [[nodiscard]] std::int64_t keys_of(std::int64_t group) const {
    return std::accumulate(cells_.row_length + start(group), cells_.row_length + start(group + 1),
                           std::int64_t{0});
  }

  void turn(std::int64_t first, std::int64_t last, GeneWindow window);
  void turn_group(std::int64_t group, GeneWindow window, std::int64_t base, std::int64_t blocks,
                  KeyStream<Key>& stream, Turned& turned);
  void look_up(std::int64_t first, GeneWindow window, RankSums& sums);

  const CpuRankReference<Key>& reference_;
  CellsView cells_;
  const double* totals_;
  std::span<const std::int64_t> group_start_;
  std::vector<KeyStream<Key>> streams_;  // one per thread: their scratch is worth keeping
  std::vector<Turned> turned_;
  Buffer<Key> keys_;
};

template <typename Key>
void Ranking<Key>::turn(std::int64_t first, std::int64_t last, GeneWindow window) {
  turned_.resize(static_cast<std::size_t>(last - first));
  std::vector<std::int64_t> base{0};
  for (auto group = first; group < last; ++group) base.push_back(base.back() + keys_of(group));
  constexpr std::int64_t kPadding = 64;
  if (keys_.size() < base.back() + kPadding) {
    keys_ = {};
    keys_ = make_host_buffer<Key>(base.back() + kPadding);
  }
  // Enough groups: one per thread at a time. Few: all threads on one group after the other.
  const auto threads = std::ssize(streams_);
  if (last - first < 2 * threads) {
    for (auto group = first; group < last; ++group) {
      const auto at = static_cast<std::size_t>(group - first);
      turn_group(group, window, base[at], threads, streams_[0], turned_[at]);
    }
    return;
  }
  std::atomic<std::int64_t> next{first};
  for_each_chunk(threads, 1, [&](std::int64_t lane, std::int64_t) {
    for (auto group = next++; group < last; group = next++) {
      const auto at = static_cast<std::size_t>(group - first);
      turn_group(group, window, base[at], 1, streams_[static_cast<std::size_t>(lane)], turned_[at]);
    }
  });
}

template <typename Key>
void Ranking<Key>::turn_group(std::int64_t group, GeneWindow window, std::int64_t base,
                              std::int64_t blocks, KeyStream<Key>& stream, Turned& turned) {
  stream.read(cells_.slice(start(group), start(group + 1)), totals_ + start(group),
              reference_.linear(), reference_.tested(), window, blocks);
  turned.n_cells = start(group + 1) - start(group);
  turned.ascending = stream.ascending();
  turned.begin.assign(1, base);
  for (const std::uint32_t n : stream.counts()) turned.begin.push_back(turned.begin.back() + n);
  stream.write(keys_.data(), turned.begin);
}

template <typename Key>
void Ranking<Key>::look_up(std::int64_t first, GeneWindow window, RankSums& sums) {
  const auto two_u = sums.two_u.view();
  const auto ties = sums.ties.view();
  constexpr std::int64_t kGenes = 16;
  for_each_chunk(window.size(), kGenes, [&](std::int64_t from, std::int64_t to) {
    std::vector<Key> scratch;
    for (auto gene = from; gene < to; ++gene) {
      const auto at = static_cast<std::size_t>(gene);
      const GeneTable<Key>& table = reference_.table(window.first + gene);
      for (std::size_t k = 0; k < turned_.size(); ++k) {
        const Turned& turned = turned_[k];
        const std::span<Key> keys(
            keys_.data() + turned.begin[at],
            static_cast<std::size_t>(turned.begin[at + 1] - turned.begin[at]));
        if (!turned.ascending) {
          scratch.resize(std::max(scratch.size(), keys.size()));
          sort_keys(keys, std::span(scratch));
        }
        const GeneSums result = gene_sums<Key>(table, keys, turned.n_cells, reference_.n_cells());
        const auto group = first + static_cast<std::int64_t>(k);
        two_u(group, window.first + gene) = result.two_u;
        ties(group, window.first + gene) = static_cast<double>(result.ties);
      }
    }
  });
}

}  // namespace

RankSums CpuBackend::rank_sums(const RankReference& reference, CellsView cells,
                               MatrixView<const double> totals,
                               std::span<const std::int64_t> group_start) {
  if (const auto* f32 = dynamic_cast<const CpuRankReference<std::int32_t>*>(&reference)) {
    return Ranking(*f32, cells, totals.data, group_start).run();
  }
  return Ranking(dynamic_cast<const CpuRankReference<std::int64_t>&>(reference), cells, totals.data,
                 group_start)
      .run();
}

}  // namespace cupel
