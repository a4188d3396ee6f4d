#include "cpu/rank_reference.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <iterator>
#include <limits>

#include "cpu/cpu_backend.hpp"
#include "cpu/sort_keys.hpp"
#include "cupel/error.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

KeyForm form_for(const RankRule& rule, ValueType stored) {
  if (rule.values == RankValues::kF32Linear) return KeyForm::kFloat;
  if (rule.linear.input == InputType::kLognorm) {
    return stored == ValueType::kF64 ? KeyForm::kDouble : KeyForm::kFloat;
  }
  return stored == ValueType::kU16 ? KeyForm::kCoded : KeyForm::kDouble;
}

// Both ascending, as is what comes of them.
std::vector<WeightedKey> merged(std::span<const WeightedKey> a, std::span<const WeightedKey> b) {
  std::vector<WeightedKey> all;
  all.reserve(a.size() + b.size());
  std::ranges::merge(a, b, std::back_inserter(all), {}, &WeightedKey::key, &WeightedKey::key);
  std::size_t kept = 0;
  for (const WeightedKey& item : all) {
    if (kept > 0 && all[kept - 1].key == item.key) {
      all[kept - 1].weight += item.weight;
    } else {
      all[kept++] = item;
    }
  }
  all.resize(kept);
  return all;
}

}  // namespace

CpuRankReference::CpuRankReference(CellsView control, const double* totals, const RankRule& rule,
                                   std::span<const std::int32_t> genes, const Limits& limits)
    : n_cells_(control.rows),
      rule_(rule),
      tested_(genes, control.n_genes),
      form_(form_for(rule, control.value_type)) {
  switch (form_) {
    case KeyForm::kFloat:
      tables32_.resize(genes.size());
      read_keys<std::int32_t>(control, totals, limits);
      break;
    case KeyForm::kCoded:
      tables32_.resize(genes.size());
      read_codes(control, totals, limits);
      break;
    case KeyForm::kDouble:
      tables64_.resize(genes.size());
      read_keys<std::int64_t>(control, totals, limits);
      break;
  }
}

template <typename Key>
void CpuRankReference::read_keys(CellsView control, const double* totals, const Limits& limits) {
  KeyStream<Key> stream;
  for (const GeneWindow window : gene_windows(tested_.count(), 1)) {
    stream.read(control, totals, rule_, tested_, window, KeyStream<Key>::blocks_for_all_threads());
    if constexpr (std::is_same_v<Key, std::int32_t>) {
      write_parts(stream, window, limits, tables32_);
    } else {
      write_parts(stream, window, limits, tables64_);
    }
  }
  scratch_.keep(stream.release());
}

void CpuRankReference::read_codes(CellsView control, const double* totals, const Limits& limits) {
  KeyStream<std::int64_t> stream;
  const auto read = [&](GeneWindow window) {
    stream.read(control, totals, rule_, tested_, window,
                KeyStream<std::int64_t>::blocks_for_all_threads());
  };
  const auto windows = gene_windows(tested_.count(), 1);
  std::vector<WeightedKey> keys;
  for (const GeneWindow window : windows) {
    read(window);
    keys = merged(keys, stream.distinct_keys());
  }
  codes_ = KeyCodes(keys, limits.codes);
  for (const GeneWindow window : windows) {
    if (windows.size() > 1) read(window);
    if (!stream.recode(codes_)) {
      throw Error(ErrorKind::kInternal, "a control's own key has no code");
    }
    write_parts(stream, window, limits, tables32_);
  }
  scratch_.keep(stream.release());
}

template <typename Key, typename Stored>
void CpuRankReference::write_parts(KeyStream<Key>& stream, GeneWindow window, const Limits& limits,
                                   std::vector<GeneTable<Stored>>& tables) {
  const std::int64_t part_keys = limits.part_bytes / static_cast<std::int64_t>(sizeof(Stored));
  const auto counts = stream.counts();
  Buffer<Stored> keys;
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
      keys = make_host_buffer<Stored>(n);
    }
    stream.write(first, last, keys.data(), begin);
    const auto at = static_cast<std::size_t>(first);
    build_tables(
        std::span(tables).subspan(static_cast<std::size_t>(window.first) + at, begin.size()),
        counts.subspan(at, begin.size()), begin, keys.data(), stream.ascending());
  }
}

template <typename Stored>
void CpuRankReference::build_tables(std::span<GeneTable<Stored>> tables,
                                    std::span<const std::uint32_t> counts,
                                    std::span<const std::int64_t> begin, Stored* keys,
                                    bool ascending) {
  // Address space for the largest tables these counts could need. What is not used is not touched.
  std::int64_t most = 0;
  for (const std::uint32_t n : counts) most += GeneTable<Stored>::most_bytes(n);
  std::byte* const bytes = storage_.emplace_back(make_host_buffer<std::byte>(most)).data();
  std::atomic<std::int64_t> used = 0;
  constexpr std::int64_t kGenes = 16;  // their keys stay in cache between plan and fill
  for_each_chunk(std::ssize(counts), kGenes, [&](std::int64_t from, std::int64_t to) {
    std::vector<Stored> scratch;
    std::array<std::span<const Stored>, kGenes> sorted;
    std::int64_t needed = 0;
    for (auto gene = from; gene < to; ++gene) {
      const auto at = static_cast<std::size_t>(gene);
      const std::span<Stored> raw(keys + begin[at], counts[at]);
      if (!ascending) {
        scratch.resize(std::max(scratch.size(), raw.size()));
        sort_keys(raw, std::span(scratch));
      }
      // Values that are zero once ranked join the zeros that are not stored.
      const auto zeros = std::ranges::equal_range(raw, Stored{0});
      const auto end = std::copy(zeros.end(), raw.end(), zeros.begin());
      auto& nonzero = sorted[static_cast<std::size_t>(gene - from)];
      nonzero = {raw.begin(), end};
      tables[at] = plan_gene_table(nonzero);
      needed += tables[at].n_bytes();
    }
    std::byte* data = bytes + used.fetch_add(needed);
    for (auto gene = from; gene < to; ++gene) {
      auto& table = tables[static_cast<std::size_t>(gene)];
      fill_gene_table(table, sorted[static_cast<std::size_t>(gene - from)], data);
      data += table.n_bytes();
    }
  });
}

const GeneFacts& CpuRankReference::facts(std::int64_t gene) const {
  const auto at = static_cast<std::size_t>(gene);
  if (form_ == KeyForm::kDouble) return tables64_[at];
  return tables32_[at];
}

std::span<const std::byte> CpuRankReference::bytes(std::int64_t gene) const {
  const auto at = static_cast<std::size_t>(gene);
  return form_ == KeyForm::kDouble ? tables64_[at].bytes() : tables32_[at].bytes();
}

Place CpuRankReference::find(std::int64_t gene, std::int64_t key) const {
  const auto at = static_cast<std::size_t>(gene);
  if (form_ == KeyForm::kDouble) return tables64_[at].find(key);
  // The first 32-bit key not below, and whether it is equal.
  std::int32_t key32 = 0;
  bool equal = false;
  if (form_ == KeyForm::kCoded) {
    const auto found = codes_.find(key);
    key32 = found.code;
    equal = found.equal;
  } else {
    const double value = value_of(key);
    auto rounded = static_cast<float>(value);
    equal = static_cast<double>(rounded) == value;
    if (static_cast<double>(rounded) < value) {
      rounded = std::nextafter(rounded, std::numeric_limits<float>::infinity());
    }
    key32 = rank_key(rounded);
  }
  const Place place = tables32_[at].find(key32);
  return equal ? place : Place{place.below, 0};
}

std::unique_ptr<RankReference> CpuBackend::make_rank_reference(
    CellsView control, MatrixView<const double> totals, const Linear& linear, RankValues values,
    std::span<const std::int32_t> genes) {
  return std::make_unique<CpuRankReference>(control, totals.data, RankRule{linear, values}, genes);
}

}  // namespace cupel
