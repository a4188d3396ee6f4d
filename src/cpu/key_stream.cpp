#include "cpu/key_stream.hpp"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "cpu/radix_sort.hpp"
#include "cpu/rank_values.hpp"
#include "cupel/error.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

// Every key goes to another gene's line, and every run's genes lie anywhere in lists_: both are
// prefetched, so far ahead.
constexpr std::int64_t kGenesAhead = 16;
constexpr std::size_t kRunsAhead = 8;
constexpr std::int64_t kLineOfGenes = 32;

// visit() of cells that are known to hold counts.
template <typename Use>
void visit_counts(const CellsView& cells, Use&& use) {
  visit(cells, [&]<typename Gene, typename Value>(const TypedCells<Gene, Value>& typed) {
    if constexpr (std::is_same_v<Value, std::uint16_t>) use(typed);
  });
}

template <typename Items, typename Fn>
void for_each_block(Items& blocks, Fn&& fn) {
  if (blocks.size() == 1) return fn(0);
  for_each_chunk(std::ssize(blocks), 1, [&](std::int64_t block, std::int64_t) { fn(block); });
}

}  // namespace

template <typename Key>
std::int64_t KeyStream<Key>::blocks_for_all_threads() {
  constexpr std::int64_t kBlocksPerThread = 4;
  const std::int64_t threads = thread_count();
  return threads == 1 ? 1 : kBlocksPerThread * threads;
}

template <typename Key>
void KeyStream<Key>::read(CellsView cells, const double* totals, const RankRule& rule,
                          const TestedGenes& tested, GeneWindow window, std::int64_t blocks) {
  cells_ = cells;
  totals_ = totals;
  rule_ = rule;
  tested_ = &tested;
  window_ = window;
  blocks_.resize(static_cast<std::size_t>(std::max<std::int64_t>(blocks, 1)));
  block_counts_.assign(blocks_.size() * static_cast<std::size_t>(window.size()), 0);
  next_.assign(block_counts_.size(), 0);
  find_row_parts();
  if (!ascending()) {
    cut_rows();
    for_each_block(blocks_, [&](std::int64_t block) { count_block(block); });
  } else if (blocks_.size() == 1) {
    read_runs();
  } else {
    read_blocks_of_runs();
    for_each_block(blocks_, [&](std::int64_t block) { count_block(block); });
  }
  counts_.assign(static_cast<std::size_t>(window.size()), 0);
  for (std::size_t i = 0; i < block_counts_.size(); ++i) {
    counts_[i % counts_.size()] += block_counts_[i];
  }
}

template <typename Key>
void KeyStream<Key>::find_row_parts() {
  rows_.assign(static_cast<std::size_t>(cells_.rows), {0, 0});
  list_begin_.assign(static_cast<std::size_t>(cells_.rows + 1), 0);
  if (window_.size() == 0) return;
  const auto first = tested_->id(window_.first);
  const auto last = tested_->id(window_.last - 1);
  visit(cells_, [&](const auto& typed) {
    for (std::int64_t row = 0; row < typed.rows; ++row) {
      const auto* begin = typed.genes + typed.row_begin[row];
      const auto* end = begin + typed.row_length[row];
      const auto* from = begin;
      const auto* to = end;
      if (!whole_rows()) {
        const auto below = [](auto gene, std::int32_t id) { return std::cmp_less(gene, id); };
        from = std::lower_bound(begin, end, first, below);
        to = std::lower_bound(from, end, last + 1, below);
      }
      const auto at = static_cast<std::size_t>(row);
      rows_[at] = {typed.row_begin[row] + (from - begin), static_cast<std::int32_t>(to - from)};
      list_begin_[at + 1] = list_begin_[at] + rows_[at].length;
    }
  });
  const std::int64_t length = list_begin_.back() + kGenesAhead;
  if (ascending() && lists_.size() < length) {
    lists_ = {};
    lists_ = make_host_buffer<std::uint16_t>(length);
  }
  if (ascending()) {
    std::fill_n(lists_.data() + list_begin_.back(), kGenesAhead, std::uint16_t{0});
  }
}

template <typename Key>
void KeyStream<Key>::read_runs() {
  auto& runs = blocks_[0].runs;
  runs.clear();
  visit_counts(cells_, [&](const auto& typed) {
    for (std::int64_t row = 0; row < typed.rows; ++row) {
      read_row(typed, row, reader_, runs, block_counts_.data());
    }
  });
  sort_runs(runs, scratch_);
}

// Each block gets the runs of one range of keys.
template <typename Key>
void KeyStream<Key>::read_blocks_of_runs() {
  constexpr std::int64_t kRows = 64;
  std::vector<std::vector<Run>> pieces(static_cast<std::size_t>((cells_.rows + kRows - 1) / kRows));
  visit_counts(cells_, [&](const auto& typed) {
    for_each_chunk(typed.rows, kRows, [&](std::int64_t begin, std::int64_t end) {
      Reader reader;
      for (std::int64_t row = begin; row < end; ++row) {
        read_row(typed, row, reader, pieces[static_cast<std::size_t>(begin / kRows)], nullptr);
      }
    });
  });

  // Bounds from a sample that gives all blocks about as many keys.
  constexpr std::size_t kEvery = 61;
  std::vector<Run> sample;
  std::int64_t sampled = 0;
  for (const auto& piece : pieces) {
    for (std::size_t i = 0; i < piece.size(); i += kEvery) {
      sample.push_back(piece[i]);
      sampled += piece[i].length;
    }
  }
  std::ranges::sort(sample, {}, &Run::key);
  std::vector<Key> bounds{std::numeric_limits<Key>::min()};
  std::int64_t seen = 0;
  for (const Run& run : sample) {
    if (seen * std::ssize(blocks_) >= sampled * std::ssize(bounds)) bounds.push_back(run.key);
    seen += run.length;
  }
  bounds.resize(blocks_.size(), std::numeric_limits<Key>::max());

  for_each_block(blocks_, [&](std::int64_t block) {
    const auto at = static_cast<std::size_t>(block);
    auto& runs = blocks_[at].runs;
    runs.clear();
    for (const auto& piece : pieces) {
      for (const Run& run : piece) {
        const bool below = at + 1 == bounds.size() || run.key < bounds[at + 1];
        if (run.key >= bounds[at] && below) runs.push_back(run);
      }
    }
    std::vector<Run> scratch;
    sort_runs(runs, scratch);
  });
}

template <typename Key>
template <typename Gene>
void KeyStream<Key>::read_row(const TypedCells<Gene, std::uint16_t>& cells, std::int64_t row,
                              Reader& reader, std::vector<Run>& runs, std::uint32_t* counts) {
  const RowPart part = rows_[static_cast<std::size_t>(row)];
  const std::uint16_t* genes = nullptr;
  const std::uint16_t* values = cells.values + part.begin;
  auto n = static_cast<std::uint32_t>(part.length);
  if constexpr (std::is_same_v<Gene, std::uint16_t>) {
    if (whole_rows()) genes = cells.genes + part.begin;
  }
  if (genes == nullptr) {
    if (reader.genes.size() < n) {
      reader.genes.resize(n);
      reader.counts.resize(n);
    }
    const Gene* from = cells.genes + part.begin;
    const std::int32_t* place = tested_->place();
    std::uint32_t kept = 0;
    for (std::uint32_t i = 0; i < n; ++i) {
      const std::int32_t at = place[from[i]];
      reader.genes[kept] = static_cast<std::uint16_t>(at - window_.first);
      reader.counts[kept] = values[i];
      kept += at != TestedGenes::kNotTested ? 1 : 0;
    }
    genes = reader.genes.data();
    values = reader.counts.data();
    n = kept;
  }
  if (counts != nullptr) {
    for (std::uint32_t i = 0; i < n; ++i) ++counts[genes[i]];
  }
  std::int64_t begin = list_begin_[static_cast<std::size_t>(row)];
  const auto split = reader.splitter.split(genes, values, n, lists_.data() + begin);
  reader.run_counts.clear();
  for (const auto& run : split) reader.run_counts.push_back(run.count);
  if (reader.run_keys.size() < split.size()) reader.run_keys.resize(split.size());
  rank_keys(CellKeys<Key>(rule_, totals_[row]), reader.run_counts.data(), std::ssize(split),
            reader.run_keys.data());
  for (std::size_t i = 0; i < split.size(); ++i) {
    runs.push_back({reader.run_keys[i], split[i].length, begin});
    begin += split[i].length;
  }
  // Genes that are not tested leave a gap; what is prefetched must be genes all the same.
  std::fill(lists_.data() + begin, lists_.data() + list_begin_[static_cast<std::size_t>(row + 1)],
            std::uint16_t{0});
}

template <typename Key>
void KeyStream<Key>::sort_runs(std::vector<Run>& runs, std::vector<Run>& scratch) {
  if (scratch.size() < runs.size()) scratch.resize(runs.size());
  radix_sort(std::span(runs), std::span(scratch).first(runs.size()),
             [](const Run& run) { return unsigned_order(run.key); });
}

template <typename Key>
std::vector<WeightedKey> KeyStream<Key>::distinct_keys() const {
  std::vector<WeightedKey> keys;
  for (const Block& block : blocks_) {
    for (const Run& run : block.runs) {
      if (keys.empty() || keys.back().key != run.key) keys.push_back({run.key, 0});
      keys.back().weight += run.length;
    }
  }
  return keys;
}

// One walk over all blocks: keys of two blocks may lie between the same two of the control's.
template <typename Key>
bool KeyStream<Key>::recode(const KeyCodes& codes) {
  KeyCodes::Walk walk(codes);
  for (Block& block : blocks_) {
    for (Run& run : block.runs) {
      const std::int32_t code = walk.code_of(run.key);
      if (code == KeyCodes::kNoCode) return false;
      run.key = code;
    }
  }
  return true;
}

// Each block gets consecutive rows, all about as many keys.
template <typename Key>
void KeyStream<Key>::cut_rows() {
  const std::int64_t total = list_begin_.back();
  std::int64_t row = 0;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    const auto target =
        total * static_cast<std::int64_t>(i + 1) / static_cast<std::int64_t>(blocks_.size());
    blocks_[i].first_row = row;
    while (row < cells_.rows && list_begin_[static_cast<std::size_t>(row + 1)] <= target) ++row;
    if (i + 1 == blocks_.size()) row = cells_.rows;
    blocks_[i].last_row = row;
  }
}

template <typename Key>
void KeyStream<Key>::count_block(std::int64_t at) {
  const Block& block = blocks_[static_cast<std::size_t>(at)];
  std::uint32_t* counts = block_counts_.data() + at * window_.size();
  if (ascending()) {
    const auto& runs = block.runs;
    for (std::size_t k = 0; k < runs.size(); ++k) {
      __builtin_prefetch(lists_.data() + runs[std::min(k + kRunsAhead, runs.size() - 1)].begin);
      const std::uint16_t* genes = lists_.data() + runs[k].begin;
      for (std::uint32_t i = 0; i < runs[k].length; ++i) ++counts[genes[i]];
    }
    return;
  }
  visit(cells_, [&](const auto& typed) {
    const std::int32_t* place = tested_->place();
    for (auto row = block.first_row; row < block.last_row; ++row) {
      const RowPart part = rows_[static_cast<std::size_t>(row)];
      for (std::int64_t i = part.begin; i < part.begin + part.length; ++i) {
        const std::int32_t gene = place[typed.genes[i]];
        if (gene != TestedGenes::kNotTested) ++counts[gene - window_.first];
      }
    }
  });
}

template <typename Key>
template <typename Out>
void KeyStream<Key>::write(std::int64_t first, std::int64_t last, Out* keys,
                           std::span<const std::int64_t> begin) {
  for (auto gene = first; gene < last; ++gene) {
    std::int64_t next = begin[static_cast<std::size_t>(gene - first)];
    for (auto at = static_cast<std::size_t>(gene); at < next_.size(); at += counts_.size()) {
      next_[at] = static_cast<std::uint32_t>(next);
      next += block_counts_[at];
    }
    if (next > std::numeric_limits<std::uint32_t>::max()) {
      throw Error(ErrorKind::kInternal, "a rank test's genes were not cut into small enough parts");
    }
  }
  for_each_block(blocks_, [&](std::int64_t at) {
    std::uint32_t* next = next_.data() + at * window_.size();
    Block& block = blocks_[static_cast<std::size_t>(at)];
    if (ascending()) return write_runs(block, last, keys, next);
    if constexpr (std::is_same_v<Out, Key>) return write_rows(block, last, keys, next);
    throw Error(ErrorKind::kInternal, "only counts can be written as codes");
  });
}

template <typename Key>
template <typename Out>
void KeyStream<Key>::write_runs(Block& block, std::int64_t last, Out* keys, std::uint32_t* next) {
  auto& runs = block.runs;
  for (std::size_t at = 0; at < runs.size(); ++at) {
    Run& run = runs[at];
    const auto* ahead = lists_.data() + runs[std::min(at + kRunsAhead, runs.size() - 1)].begin;
    __builtin_prefetch(ahead);
    __builtin_prefetch(ahead + kLineOfGenes);
    const std::uint16_t* genes = lists_.data() + run.begin;
    const auto key = static_cast<Out>(run.key);
    std::uint32_t i = 0;
    for (; i < run.length && genes[i] < last; ++i) {
      __builtin_prefetch(keys + next[genes[i + kGenesAhead]], 1);
      keys[next[genes[i]]++] = key;
    }
    run.begin += i;
    run.length -= i;
  }
}

template <typename Key>
void KeyStream<Key>::write_rows(Block& block, std::int64_t last, Key* keys, std::uint32_t* next) {
  const bool to_the_end = last == window_.size();
  const std::int32_t stop = to_the_end ? 0 : tested_->id(window_.first + last);
  std::vector<Key> row_keys;
  std::vector<std::uint16_t> row_genes(kGenesAhead);
  visit(cells_, [&](const auto& typed) {
    const std::int32_t* place = tested_->place();
    for (auto row = block.first_row; row < block.last_row; ++row) {
      RowPart& part = rows_[static_cast<std::size_t>(row)];
      const auto* genes = typed.genes + part.begin;
      const auto n = static_cast<std::size_t>(
          to_the_end
              ? part.length
              : std::lower_bound(genes, genes + part.length, stop, [](auto gene, std::int32_t id) {
                  return std::cmp_less(gene, id);
                }) - genes);
      if (row_keys.size() < n) {
        row_keys.resize(n);
        row_genes.resize(n + kGenesAhead);
      }
      rank_keys(CellKeys<Key>(rule_, totals_[row]), typed.values + part.begin,
                static_cast<std::int64_t>(n), row_keys.data());
      std::size_t kept = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const std::int32_t at = place[genes[i]];
        row_genes[kept] = static_cast<std::uint16_t>(at - window_.first);
        row_keys[kept] = row_keys[i];
        kept += at != TestedGenes::kNotTested ? 1 : 0;
      }
      std::fill_n(row_genes.begin() + static_cast<std::ptrdiff_t>(kept), kGenesAhead,
                  std::uint16_t{0});
      for (std::size_t i = 0; i < kept; ++i) {
        __builtin_prefetch(keys + next[row_genes[i + kGenesAhead]], 1);
        keys[next[row_genes[i]]++] = row_keys[i];
      }
      part.begin += static_cast<std::int64_t>(n);
      part.length -= static_cast<std::int32_t>(n);
    }
  });
}

template class KeyStream<std::int32_t>;
template class KeyStream<std::int64_t>;
template void KeyStream<std::int32_t>::write(std::int64_t, std::int64_t, std::int32_t*,
                                             std::span<const std::int64_t>);
template void KeyStream<std::int64_t>::write(std::int64_t, std::int64_t, std::int64_t*,
                                             std::span<const std::int64_t>);
template void KeyStream<std::int64_t>::write(std::int64_t, std::int64_t, std::int32_t*,
                                             std::span<const std::int64_t>);

}  // namespace cupel
