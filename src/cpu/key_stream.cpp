#include "cpu/key_stream.hpp"

#include <algorithm>
#include <type_traits>

#include "cpu/radix_sort.hpp"
#include "cpu/rank_values.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

// visit() of cells whose values are known to be counts or known not to be.
template <typename Use>
void visit_counts(const CellsView& cells, Use&& use) {
  visit(cells, [&]<typename Gene, typename Value>(const TypedCells<Gene, Value>& typed) {
    if constexpr (std::is_same_v<Value, std::uint16_t>) use(typed);
  });
}

void for_blocks(std::int64_t blocks, const std::function<void(std::int64_t)>& fn) {
  if (blocks == 1) return fn(0);
  for_each_chunk(blocks, 1, [&](std::int64_t block, std::int64_t) { fn(block); });
}

}  // namespace

template <typename Key>
void KeyStream<Key>::read(CellsView cells, const double* totals, const Linear& linear,
                          const TestedGenes& tested, GeneWindow window, std::int64_t blocks) {
  cells_ = cells;
  totals_ = totals;
  linear_ = linear;
  tested_ = &tested;
  window_ = window;
  blocks_ = std::max<std::int64_t>(blocks, 1);
  block_counts_.assign(static_cast<std::size_t>(blocks_ * window.size()), 0);
  find_row_parts();
  if (ascending()) {
    read_runs();
    sort_runs();
  }
  cut_runs();
  if (!ascending() || blocks_ > 1) {
    for_blocks(blocks_, [&](std::int64_t block) { count_block(block); });
  }
  add_up();
}

template <typename Key>
void KeyStream<Key>::find_row_parts() {
  rows_.resize(static_cast<std::size_t>(cells_.rows));
  list_begin_.assign(static_cast<std::size_t>(cells_.rows + 1), 0);
  if (cells_.rows == 0 || window_.size() == 0) {
    std::ranges::fill(rows_, RowPart{0, 0});
    return;
  }
  const auto first = tested_->id(window_.first);
  const auto last = tested_->id(window_.last - 1);
  visit(cells_, [&](const auto& typed) {
    for (std::int64_t row = 0; row < typed.rows; ++row) {
      const auto* genes = typed.genes + typed.row_begin[row];
      const auto* end = genes + typed.row_length[row];
      const auto* from = genes;
      const auto* to = end;
      if (!whole_rows()) {
        const auto below = [](auto gene, std::int32_t id) { return std::cmp_less(gene, id); };
        from = std::lower_bound(genes, end, first, below);
        to = std::lower_bound(from, end, last + 1, below);
      }
      const auto at = static_cast<std::size_t>(row);
      rows_[at] = {typed.row_begin[row] + (from - genes), static_cast<std::int32_t>(to - from)};
      list_begin_[at + 1] = list_begin_[at] + rows_[at].length;
    }
  });
}

template <typename Key>
void KeyStream<Key>::read_runs() {
  runs_.clear();
  if (lists_.size() < list_begin_.back()) {
    lists_ = {};
    lists_ = make_host_buffer<std::uint16_t>(list_begin_.back());
  }
  visit_counts(cells_, [&](const auto& typed) {
    if (blocks_ == 1) {
      for (std::int64_t row = 0; row < typed.rows; ++row) {
        read_row(typed, row, reader_, runs_, block_counts_.data());
      }
      return;
    }
    constexpr std::int64_t kRows = 64;
    std::vector<std::vector<Run>> pieces(
        static_cast<std::size_t>((typed.rows + kRows - 1) / kRows));
    for_each_chunk(typed.rows, kRows, [&](std::int64_t begin, std::int64_t end) {
      Reader reader;
      for (std::int64_t row = begin; row < end; ++row) {
        read_row(typed, row, reader, pieces[static_cast<std::size_t>(begin / kRows)], nullptr);
      }
    });
    for (const auto& piece : pieces) runs_.insert(runs_.end(), piece.begin(), piece.end());
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
  const CellKeys<Key> key_of(linear_, totals_[row]);
  for (const auto [count, length] :
       reader.splitter.split(genes, values, n, lists_.data() + begin)) {
    runs.push_back({key_of(count), length, begin});
    begin += length;
  }
}

template <typename Key>
void KeyStream<Key>::sort_runs() {
  if (scratch_.size() < runs_.size()) scratch_.resize(runs_.size());
  radix_sort(std::span(runs_), std::span(scratch_).first(runs_.size()),
             [](const Run& run) { return unsigned_order(run.key); });
}

// Blocks of about equally many keys.
template <typename Key>
void KeyStream<Key>::cut_runs() {
  block_begin_.assign(1, 0);
  const auto cut = [&](const auto& items) {
    std::int64_t total = 0;
    for (const auto& item : items) total += item.length;
    std::int64_t seen = 0;
    for (std::size_t i = 0; i < items.size(); ++i) {
      const auto block = std::ssize(block_begin_);
      if (block < blocks_ && seen * blocks_ >= total * block) {
        block_begin_.push_back(static_cast<std::int64_t>(i));
      }
      seen += items[i].length;
    }
    block_begin_.resize(static_cast<std::size_t>(blocks_ + 1), std::ssize(items));
  };
  if (ascending()) {
    cut(runs_);
  } else {
    cut(rows_);
  }
}

template <typename Key>
void KeyStream<Key>::count_block(std::int64_t block) {
  std::uint32_t* counts = block_counts_.data() + block * window_.size();
  const auto begin = block_begin_[static_cast<std::size_t>(block)];
  const auto end = block_begin_[static_cast<std::size_t>(block + 1)];
  if (ascending()) {
    for (auto at = begin; at < end; ++at) {
      const Run& run = runs_[static_cast<std::size_t>(at)];
      const std::uint16_t* genes = lists_.data() + run.begin;
      for (std::uint32_t i = 0; i < run.length; ++i) ++counts[genes[i]];
    }
    return;
  }
  visit(cells_, [&](const auto& typed) {
    const std::int32_t* place = tested_->place();
    for (auto row = begin; row < end; ++row) {
      const RowPart part = rows_[static_cast<std::size_t>(row)];
      for (std::int64_t i = part.begin; i < part.begin + part.length; ++i) {
        const std::int32_t at = place[typed.genes[i]];
        if (at != TestedGenes::kNotTested) ++counts[at - window_.first];
      }
    }
  });
}

template <typename Key>
void KeyStream<Key>::add_up() {
  const auto genes = static_cast<std::size_t>(window_.size());
  counts_.assign(block_counts_.begin(), block_counts_.begin() + static_cast<std::ptrdiff_t>(genes));
  for (std::size_t i = genes; i < block_counts_.size(); ++i) counts_[i % genes] += block_counts_[i];
}

template <typename Key>
void KeyStream<Key>::write(Key* keys, std::span<const std::int64_t> begin) {
  const auto genes = static_cast<std::size_t>(window_.size());
  next_.resize(block_counts_.size());
  for (std::size_t gene = 0; gene < genes; ++gene) {
    Key* next = keys + begin[gene];
    for (std::size_t at = gene; at < next_.size(); at += genes) {
      next_[at] = next;
      next += block_counts_[at];
    }
  }
  for_blocks(blocks_, [&](std::int64_t block) {
    write_block(block, next_.data() + block * window_.size());
  });
}

template <typename Key>
void KeyStream<Key>::write_block(std::int64_t block, Key** next) {
  const auto begin = block_begin_[static_cast<std::size_t>(block)];
  const auto end = block_begin_[static_cast<std::size_t>(block + 1)];
  if (ascending()) {
    constexpr std::int64_t kAhead = 8;  // runs: their lists lie anywhere in lists_
    for (auto at = begin; at < end; ++at) {
      const Run& run = runs_[static_cast<std::size_t>(at)];
      __builtin_prefetch(lists_.data() +
                         runs_[static_cast<std::size_t>(std::min(at + kAhead, end - 1))].begin);
      const std::uint16_t* genes = lists_.data() + run.begin;
      const Key key = run.key;
      for (std::uint32_t i = 0; i < run.length; ++i) *next[genes[i]]++ = key;
    }
    return;
  }
  visit(cells_, [&](const auto& typed) {
    const std::int32_t* place = tested_->place();
    for (auto row = begin; row < end; ++row) {
      const RowPart part = rows_[static_cast<std::size_t>(row)];
      const CellKeys<Key> key_of(linear_, totals_[row]);
      for (std::int64_t i = part.begin; i < part.begin + part.length; ++i) {
        const std::int32_t at = place[typed.genes[i]];
        if (at != TestedGenes::kNotTested) *next[at - window_.first]++ = key_of(typed.values[i]);
      }
    }
  });
}

template class KeyStream<std::int32_t>;
template class KeyStream<std::int64_t>;

}  // namespace cupel
