#include "cpu/rank_sums.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>

#include "cpu/cpu_backend.hpp"
#include "cpu/gene_sums.hpp"
#include "cpu/key_stream.hpp"
#include "cpu/rank_reference.hpp"
#include "cpu/sort_keys.hpp"
#include "cpu/sum_runs_avx512.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::ptrdiff_t kLineBytes = 64;

void prefetch(std::span<const std::byte> bytes, std::ptrdiff_t begin, std::ptrdiff_t end) {
  for (auto at = begin; at < std::min(end, std::ssize(bytes)); at += kLineBytes) {
    __builtin_prefetch(bytes.data() + at);
  }
}

// All groups, as the caller gave them.
struct Groups {
  CellsView cells;
  const double* totals;
  std::span<const std::int64_t> start;

  [[nodiscard]] std::int64_t begin(std::int64_t group) const {
    return start[static_cast<std::size_t>(group)];
  }
  [[nodiscard]] std::int64_t n_cells(std::int64_t group) const {
    return begin(group + 1) - begin(group);
  }
  // Keys of a group, at most: those of genes that are not tested are in.
  [[nodiscard]] std::int64_t most_keys(std::int64_t group) const {
    const auto* length = cells.row_length;
    return std::accumulate(length + begin(group), length + begin(group + 1), std::int64_t{0});
  }
};

// Ranks groups in batches of bounded size: a batch is turned gene-major, then looked up gene by
// gene, so that a gene's table is fetched once per batch. Keys are as the stream reads them: floats
// or, where Stored is narrower, 64-bit keys that are written as the control's codes.
template <typename Key, typename Stored>
class GroupRanking {
 public:
  GroupRanking(const CpuRankReference& reference, const Groups& groups, std::int64_t batch_bytes,
               RankSums& sums)
      : reference_(reference),
        groups_(groups),
        batch_keys_(std::max<std::int64_t>(batch_bytes / kKeyBytes, 1)),
        sums_(sums),
        streams_(static_cast<std::size_t>(thread_count())) {}

  // Returns the groups whose keys had no codes. They are not ranked.
  std::vector<std::int64_t> rank(std::span<const std::int64_t> chosen) {
    std::size_t last = 0;
    while (last < chosen.size()) {
      const std::size_t first = last;
      std::int64_t keys = 0;
      while (last < chosen.size() &&
             (last == first || keys + groups_.most_keys(chosen[last]) <= batch_keys_)) {
        keys += groups_.most_keys(chosen[last++]);
      }
      batch_.clear();
      for (auto at = first; at < last; ++at) batch_.push_back({.group = chosen[at]});
      const std::int64_t windows = (keys + batch_keys_ - 1) / batch_keys_;
      for (const GeneWindow window : gene_windows(reference_.n_genes(), windows)) {
        turn(window);
        look_up(window);
      }
    }
    return std::exchange(without_codes_, {});
  }

 private:
  static constexpr auto kKeyBytes = static_cast<std::int64_t>(sizeof(Stored));

  // One group of the batch, gene-major: keys [begin[g], begin[g + 1]) of keys_.
  struct Turned {
    std::int64_t group = 0;
    std::vector<std::int64_t> begin = {};
    bool ascending = false;
    bool given_up = false;
  };

  [[nodiscard]] std::span<Stored> keys_of(const Turned& turned, std::int64_t gene) {
    const auto at = static_cast<std::size_t>(gene);
    return {keys_ + turned.begin[at],
            static_cast<std::size_t>(turned.begin[at + 1] - turned.begin[at])};
  }

  void turn(GeneWindow window);
  void read(Turned& turned, GeneWindow window, std::int64_t blocks, KeyStream<Key>& stream);
  void write(Turned& turned, std::int64_t base, KeyStream<Key>& stream);
  void make_room(std::int64_t n_keys) {
    keys_ = reinterpret_cast<Stored*>(reference_.scratch().room(n_keys * kKeyBytes));
  }
  void look_up(GeneWindow window);
  [[nodiscard]] GeneSums look_up(const Turned& turned, std::int64_t gene,
                                 std::span<const Stored> keys) const;

  const CpuRankReference& reference_;
  const Groups& groups_;
  std::int64_t batch_keys_;
  RankSums& sums_;
  std::vector<KeyStream<Key>> streams_;  // one per thread: their scratch is worth keeping
  std::vector<Turned> batch_;
  std::mutex mutex_;
  std::vector<std::int64_t> without_codes_;
  Stored* keys_ = nullptr;  // the reference's scratch, which this call holds
};

template <typename Key, typename Stored>
void GroupRanking<Key, Stored>::turn(GeneWindow window) {
  const std::int64_t all_blocks = KeyStream<Key>::blocks_for_all_threads();
  if (batch_.size() == 1) {  // may be larger than a batch: room for no more than the window's keys
    read(batch_[0], window, all_blocks, streams_[0]);
    const auto counts = streams_[0].counts();
    make_room(std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
    return write(batch_[0], 0, streams_[0]);
  }
  std::vector<std::int64_t> base{0};
  for (const Turned& turned : batch_) {
    base.push_back(base.back() + groups_.most_keys(turned.group));
  }
  make_room(base.back());
  std::atomic<std::size_t> next{0};
  const auto take = [&](KeyStream<Key>& stream, std::int64_t blocks) {
    for (auto at = next++; at < batch_.size(); at = next++) {
      read(batch_[at], window, blocks, stream);
      write(batch_[at], base[at], stream);
    }
  };
  // Enough groups: each thread takes one after the other. Few: all threads work on each.
  const auto threads = std::ssize(streams_);
  if (std::ssize(batch_) < 2 * threads) return take(streams_[0], all_blocks);
  for_each_chunk(threads, 1, [&](std::int64_t lane, std::int64_t) {
    take(streams_[static_cast<std::size_t>(lane)], 1);
  });
}

template <typename Key, typename Stored>
void GroupRanking<Key, Stored>::read(Turned& turned, GeneWindow window, std::int64_t blocks,
                                     KeyStream<Key>& stream) {
  const std::int64_t begin = groups_.begin(turned.group);
  stream.read(groups_.cells.slice(begin, groups_.begin(turned.group + 1)), groups_.totals + begin,
              reference_.rule(), reference_.tested(), window, blocks);
  if constexpr (!std::is_same_v<Key, Stored>) {
    if (turned.given_up || stream.recode(reference_.codes())) return;
    turned.given_up = true;
    const std::lock_guard lock(mutex_);
    without_codes_.push_back(turned.group);
  }
}

template <typename Key, typename Stored>
void GroupRanking<Key, Stored>::write(Turned& turned, std::int64_t base, KeyStream<Key>& stream) {
  if (turned.given_up) return;
  turned.ascending = stream.ascending();
  turned.begin.assign(1, base);
  for (const std::uint32_t n : stream.counts()) turned.begin.push_back(turned.begin.back() + n);
  stream.write(0, std::ssize(stream.counts()), keys_, turned.begin);
}

template <typename Key, typename Stored>
void GroupRanking<Key, Stored>::look_up(GeneWindow window) {
  std::erase_if(batch_, [](const Turned& turned) { return turned.given_up; });
  const auto two_u = sums_.two_u.view();
  const auto ties = sums_.ties.view();
  const auto groups = std::ssize(batch_);
  constexpr std::int64_t kGenes = 16;
  for_each_chunk(window.size(), kGenes, [&](std::int64_t from, std::int64_t to) {
    std::vector<Stored> scratch;
    for (auto gene = from; gene < to && groups > 0; ++gene) {
      // The next gene's table comes from memory while this gene is at work, a share per group.
      const auto next_table =
          gene + 1 < to ? reference_.bytes(window.first + gene + 1) : std::span<const std::byte>{};
      const auto share = (std::ssize(next_table) / groups + kLineBytes) / kLineBytes * kLineBytes;
      for (std::int64_t k = 0; k < groups; ++k) {
        prefetch(next_table, k * share, (k + 1) * share);
        if (k + 1 < groups) {
          const auto next = std::as_bytes(keys_of(batch_[static_cast<std::size_t>(k + 1)], gene));
          prefetch(next, 0, std::ssize(next));
        }
        const Turned& turned = batch_[static_cast<std::size_t>(k)];
        const std::span<Stored> keys = keys_of(turned, gene);
        if (!turned.ascending) {
          scratch.resize(std::max(scratch.size(), keys.size()));
          sort_keys(keys, std::span(scratch));
        }
        const GeneSums result = look_up(turned, window.first + gene, keys);
        two_u(turned.group, window.first + gene) = result.two_u;
        ties(turned.group, window.first + gene) = static_cast<double>(result.ties);
      }
    }
  });
}

template <typename Key, typename Stored>
GeneSums GroupRanking<Key, Stored>::look_up(const Turned& turned, std::int64_t gene,
                                            std::span<const Stored> keys) const {
  const std::int64_t n_group = groups_.n_cells(turned.group);
  const std::int64_t n_control = reference_.n_cells();
  if constexpr (std::is_same_v<Stored, std::int32_t>) {
    const GeneTable<std::int32_t>& table = reference_.table(gene);
    return gene_sums(table, n_control, keys, n_group, [&](std::span<const std::int32_t> nonzero) {
      if (table.narrow) return sum_runs_avx512(table, nonzero);
      return sum_runs(nonzero, [&](std::int32_t key) { return table.find(key); });
    });
  } else {
    return gene_sums(reference_.facts(gene), n_control, keys, n_group,
                     [&](std::span<const std::int64_t> nonzero) {
                       return sum_runs(
                           nonzero, [&](std::int64_t key) { return reference_.find(gene, key); });
                     });
  }
}

// Whether the reference's 32-bit keys can stand for all of the groups' values; codes may turn out
// not to.
bool fit_32_bits(const CpuRankReference& reference, ValueType stored) {
  switch (reference.form()) {
    case KeyForm::kFloat:
      return reference.rule().values == RankValues::kF32Linear || stored != ValueType::kF64;
    case KeyForm::kCoded:
      return stored == ValueType::kU16;
    case KeyForm::kDouble:
      break;
  }
  return false;
}

}  // namespace

RankSums rank_sums_within(std::int64_t scratch_bytes, const RankReference& ranks, CellsView cells,
                          const double* totals, std::span<const std::int64_t> group_start) {
  const auto& reference = dynamic_cast<const CpuRankReference&>(ranks);
  const std::lock_guard scratch_is_mine(reference.scratch().mutex);
  // What the reference left behind, if that is enough.
  const std::int64_t bytes =
      std::clamp(reference.scratch().size(), scratch_bytes / 2, scratch_bytes);

  const Groups groups{cells, totals, group_start};
  std::vector<std::int64_t> chosen(group_start.size() - 1);
  std::iota(chosen.begin(), chosen.end(), 0);
  RankSums sums{make_host_matrix<std::int64_t>(std::ssize(chosen), reference.n_genes()),
                make_host_matrix<double>(std::ssize(chosen), reference.n_genes())};
  if (fit_32_bits(reference, cells.value_type)) {
    if (reference.form() == KeyForm::kFloat) {
      GroupRanking<std::int32_t, std::int32_t>(reference, groups, bytes, sums).rank(chosen);
      return sums;
    }
    chosen = GroupRanking<std::int64_t, std::int32_t>(reference, groups, bytes, sums).rank(chosen);
  }
  GroupRanking<std::int64_t, std::int64_t>(reference, groups, bytes, sums).rank(chosen);
  return sums;
}

RankSums CpuBackend::rank_sums(const RankReference& reference, CellsView cells,
                               MatrixView<const double> totals,
                               std::span<const std::int64_t> group_start) {
  return rank_sums_within(RankScratch::kMostBytes, reference, cells, totals.data, group_start);
}

}  // namespace cupel
