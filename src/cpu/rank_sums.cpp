#include "cpu/rank_sums.hpp"

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

constexpr std::ptrdiff_t kLine = 64;

void prefetch(std::span<const std::byte> bytes, std::ptrdiff_t begin, std::ptrdiff_t end) {
  for (auto at = begin; at < std::min(end, std::ssize(bytes)); at += kLine) {
    __builtin_prefetch(bytes.data() + at);
  }
}

// Groups in batches of bounded size: each batch is turned gene-major, then gene by gene looked up,
// so that a gene's table is fetched once per batch.
template <typename Key>
class Ranking {
 public:
  Ranking(std::int64_t scratch_bytes, const CpuRankReference<Key>& reference, CellsView cells,
          const double* totals, std::span<const std::int64_t> group_start)
      : scratch_bytes_(scratch_bytes),
        reference_(reference),
        cells_(cells),
        totals_(totals),
        group_start_(group_start),
        streams_(static_cast<std::size_t>(thread_count())) {}

  RankSums run() {
    const std::lock_guard scratch_is_mine(reference_.scratch().mutex);
    // What the reference left behind, if that is enough.
    const std::int64_t bytes =
        std::clamp(reference_.scratch().size(), scratch_bytes_ / 2, scratch_bytes_);
    const std::int64_t batch_keys = std::max<std::int64_t>(bytes / kKeyBytes, 1);
    const std::int64_t groups = std::ssize(group_start_) - 1;
    RankSums sums{make_host_matrix<std::int64_t>(groups, reference_.n_genes()),
                  make_host_matrix<double>(groups, reference_.n_genes())};
    for (std::int64_t first = 0; first < groups;) {
      std::int64_t last = first;
      std::int64_t keys = 0;
      while (last < groups && (last == first || keys + most_keys(last) <= batch_keys)) {
        keys += most_keys(last++);
      }
      const std::int64_t windows = (keys + batch_keys - 1) / batch_keys;
      for (const GeneWindow window : gene_windows(reference_.n_genes(), windows)) {
        turn(first, last, window);
        look_up(first, window, sums);
      }
      first = last;
    }
    return sums;
  }

 private:
  static constexpr auto kKeyBytes = static_cast<std::int64_t>(sizeof(Key));

  // One group of the batch, gene-major: keys [begin[g], begin[g + 1]) of keys_.
  struct Turned {
    std::vector<std::int64_t> begin;
    std::int64_t n_cells = 0;
    bool ascending = false;
  };

  [[nodiscard]] std::int64_t start(std::int64_t group) const {
    return group_start_[static_cast<std::size_t>(group)];
  }
  // Keys of a group, at most: those of genes that are not tested are in.
  [[nodiscard]] std::int64_t most_keys(std::int64_t group) const {
    return std::accumulate(cells_.row_length + start(group), cells_.row_length + start(group + 1),
                           std::int64_t{0});
  }

  // Of the batch's group k and the window's gene.
  [[nodiscard]] std::span<Key> keys_of(std::int64_t k, std::int64_t gene) {
    const auto& begin = turned_[static_cast<std::size_t>(k)].begin;
    const auto at = static_cast<std::size_t>(gene);
    return {keys_ + begin[at], static_cast<std::size_t>(begin[at + 1] - begin[at])};
  }

  void turn(std::int64_t first, std::int64_t last, GeneWindow window);
  void turn_alone(std::int64_t group, GeneWindow window);
  void read(std::int64_t group, GeneWindow window, std::int64_t blocks, KeyStream<Key>& stream);
  void write(std::int64_t group, std::int64_t base, KeyStream<Key>& stream, Turned& turned);
  void look_up(std::int64_t first, GeneWindow window, RankSums& sums);

  std::int64_t scratch_bytes_;
  const CpuRankReference<Key>& reference_;
  CellsView cells_;
  const double* totals_;
  std::span<const std::int64_t> group_start_;
  std::vector<KeyStream<Key>> streams_;  // one per thread: their scratch is worth keeping
  std::vector<Turned> turned_;
  Key* keys_ = nullptr;  // the reference's scratch, which this call holds
};

template <typename Key>
void Ranking<Key>::turn(std::int64_t first, std::int64_t last, GeneWindow window) {
  turned_.resize(static_cast<std::size_t>(last - first));
  if (last - first == 1) return turn_alone(first, window);
  std::vector<std::int64_t> base{0};
  for (auto group = first; group < last; ++group) base.push_back(base.back() + most_keys(group));
  keys_ = reinterpret_cast<Key*>(reference_.scratch().room(base.back() * kKeyBytes));
  // Enough groups: one per thread at a time. Few: all threads on one group after the other.
  const auto threads = std::ssize(streams_);
  const bool enough = last - first >= 2 * threads;
  std::atomic<std::int64_t> next{first};
  const auto take = [&](KeyStream<Key>& stream, std::int64_t blocks) {
    for (auto group = next++; group < last; group = next++) {
      const auto at = static_cast<std::size_t>(group - first);
      read(group, window, blocks, stream);
      write(group, base[at], stream, turned_[at]);
    }
  };
  if (!enough) return take(streams_[0], threads);
  for_each_chunk(threads, 1, [&](std::int64_t lane, std::int64_t) {
    take(streams_[static_cast<std::size_t>(lane)], 1);
  });
}

// A group that may be larger than a batch: room for no more than the window's keys.
template <typename Key>
void Ranking<Key>::turn_alone(std::int64_t group, GeneWindow window) {
  auto& stream = streams_[0];
  read(group, window, std::ssize(streams_), stream);
  const auto counts = stream.counts();
  const auto n = std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
  keys_ = reinterpret_cast<Key*>(reference_.scratch().room(n * kKeyBytes));
  write(group, 0, stream, turned_[0]);
}

template <typename Key>
void Ranking<Key>::read(std::int64_t group, GeneWindow window, std::int64_t blocks,
                        KeyStream<Key>& stream) {
  stream.read(cells_.slice(start(group), start(group + 1)), totals_ + start(group),
              reference_.linear(), reference_.tested(), window, blocks);
}

template <typename Key>
void Ranking<Key>::write(std::int64_t group, std::int64_t base, KeyStream<Key>& stream,
                         Turned& turned) {
  turned.n_cells = start(group + 1) - start(group);
  turned.ascending = stream.ascending();
  turned.begin.assign(1, base);
  for (const std::uint32_t n : stream.counts()) turned.begin.push_back(turned.begin.back() + n);
  stream.write(0, std::ssize(stream.counts()), keys_, turned.begin);
}

template <typename Key>
void Ranking<Key>::look_up(std::int64_t first, GeneWindow window, RankSums& sums) {
  const auto two_u = sums.two_u.view();
  const auto ties = sums.ties.view();
  const auto groups = std::ssize(turned_);
  constexpr std::int64_t kGenes = 16;
  for_each_chunk(window.size(), kGenes, [&](std::int64_t from, std::int64_t to) {
    std::vector<Key> scratch;
    for (auto gene = from; gene < to; ++gene) {
      const GeneTable<Key>& table = reference_.table(window.first + gene);
      // The next gene's table comes from memory while this gene is at work, a share per group.
      const auto next_table = gene + 1 < to ? reference_.table(window.first + gene + 1).bytes()
                                            : std::span<const std::byte>{};
      const auto share = (std::ssize(next_table) / groups + kLine) / kLine * kLine;
      for (std::int64_t k = 0; k < groups; ++k) {
        prefetch(next_table, k * share, (k + 1) * share);
        if (k + 1 < groups) {
          const auto next_keys = std::as_bytes(keys_of(k + 1, gene));
          prefetch(next_keys, 0, std::ssize(next_keys));
        }
        const Turned& turned = turned_[static_cast<std::size_t>(k)];
        const std::span<Key> keys = keys_of(k, gene);
        if (!turned.ascending) {
          scratch.resize(std::max(scratch.size(), keys.size()));
          sort_keys(keys, std::span(scratch));
        }
        const GeneSums result = gene_sums<Key>(table, keys, turned.n_cells, reference_.n_cells());
        two_u(first + k, window.first + gene) = result.two_u;
        ties(first + k, window.first + gene) = static_cast<double>(result.ties);
      }
    }
  });
}

}  // namespace

RankSums rank_sums_within(std::int64_t scratch_bytes, const RankReference& reference,
                          CellsView cells, const double* totals,
                          std::span<const std::int64_t> group_start) {
  if (const auto* f32 = dynamic_cast<const CpuRankReference<std::int32_t>*>(&reference)) {
    return Ranking(scratch_bytes, *f32, cells, totals, group_start).run();
  }
  const auto& f64 = dynamic_cast<const CpuRankReference<std::int64_t>&>(reference);
  return Ranking(scratch_bytes, f64, cells, totals, group_start).run();
}

RankSums CpuBackend::rank_sums(const RankReference& reference, CellsView cells,
                               MatrixView<const double> totals,
                               std::span<const std::int64_t> group_start) {
  return rank_sums_within(RankScratch::kMostBytes, reference, cells, totals.data, group_start);
}

}  // namespace cupel
