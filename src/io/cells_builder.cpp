#include "io/cells_builder.hpp"

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <utility>

#include "parallel/parallel.hpp"

namespace cupel::io {

GeneType gene_type_for(std::int64_t n_genes) {
  constexpr std::int64_t kMostU16Genes = 65536;
  return n_genes <= kMostU16Genes ? GeneType::kU16 : GeneType::kU32;
}

std::int64_t cells_bytes(std::int64_t entries, std::int64_t rows, std::int64_t n_genes,
                         ValueType values) {
  constexpr std::int64_t kPerRow = 8 + 4 + 8;  // begin, length, key
  return entries * (cupel::bytes_of(gene_type_for(n_genes)) + cupel::bytes_of(values)) +
         rows * kPerRow;
}

CellsBuilder::CellsBuilder(std::vector<std::int64_t> starts, std::int64_t n_genes)
    : starts_(std::move(starts)), irregular_(starts_.size() - 1) {
  Cells& cells = loaded_.cells;
  cells.n_genes = n_genes;
  cells.gene_type = gene_type_for(n_genes);
  cells.genes = make_host_buffer<std::byte>(starts_.back() * cupel::bytes_of(cells.gene_type));
  cells.row_begin = make_host_buffer<std::int64_t>(rows());
  cells.row_length = make_host_buffer<std::int32_t>(rows());
  for (std::int64_t row = 0; row < rows(); ++row) {
    cells.row_begin.data()[row] = start(row);
    cells.row_length.data()[row] = static_cast<std::int32_t>(start(row + 1) - start(row));
  }
}

std::int64_t CellsBuilder::row_of(std::int64_t entry) const {
  return std::ranges::upper_bound(starts_, entry) - starts_.begin() - 1;
}

Entries CellsBuilder::entries() const {
  const Cells& cells = loaded_.cells;
  return {const_cast<std::byte*>(cells.genes.data()), const_cast<std::byte*>(cells.values.data()),
          cells.gene_type, cells.value_type};
}

void CellsBuilder::set_value_type(ValueType type) {
  Cells& cells = loaded_.cells;
  if (cells.values.data() == nullptr || cells.value_type != type) {
    cells.values = {};  // freed before the next is there
    cells.value_type = type;
    cells.values = make_host_buffer<std::byte>(starts_.back() * cupel::bytes_of(type));
  }
  loaded_.row_key.assign(static_cast<std::size_t>(rows()), 0);
}

template <typename Use>
void CellsBuilder::for_each_row(std::int64_t begin, std::int64_t end, Use&& use) const {
  if (begin >= end) return;
  for (std::int64_t row = row_of(begin); row < rows() && start(row) < end; ++row) {
    const std::int64_t first = std::max(begin, start(row));
    const std::int64_t last = std::min(end, start(row + 1));
    if (first < last) use(row, first, last);
  }
}

void CellsBuilder::genes_written(std::int64_t begin, std::int64_t end) {
  const Entries all = entries();
  // Genes go down from one row to the next, and nowhere else if the rows are in order.
  std::int64_t between_rows = 0;
  for_each_row(begin, end, [&](std::int64_t, std::int64_t first, std::int64_t) {
    if (first > begin && descends_into(all.at(first))) ++between_rows;
  });
  if (count_descents(all.at(begin), end - begin) == between_rows) return;
  for_each_row(begin, end, [&](std::int64_t row, std::int64_t first, std::int64_t last) {
    if (count_descents(all.at(first), last - first) != 0) mark(row);
  });
}

void CellsBuilder::check_seam(std::int64_t entry) {
  const std::int64_t row = row_of(entry);
  if (start(row) < entry && descends_into(entries().at(entry))) mark(row);
}

void CellsBuilder::values_written(std::int64_t begin, std::int64_t end) {
  const Entries all = entries();
  if (count_zeros(all.at(begin), end - begin) != 0) {
    for_each_row(begin, end, [&](std::int64_t row, std::int64_t first, std::int64_t last) {
      if (count_zeros(all.at(first), last - first) != 0) mark(row);
    });
  }
  for_each_row(begin, end, [&](std::int64_t row, std::int64_t first, std::int64_t last) {
    // Integer sums: the order in which a row's parts are added does not matter.
    std::atomic_ref(loaded_.row_key[static_cast<std::size_t>(row)])
        .fetch_add(sum_of_keys(all.at(first), last - first), std::memory_order_relaxed);
  });
}

bool CellsBuilder::canonicalise_rows(const NumberType& type) {
  std::vector<std::int64_t> irregular;
  for (std::int64_t row = 0; row < rows(); ++row) {
    if (irregular_[static_cast<std::size_t>(row)] != 0) irregular.push_back(row);
  }
  constexpr std::int64_t kRowsAtOnce = 64;
  std::atomic<bool> fits = true;
  Cells& cells = loaded_.cells;
  const Entries all = entries();
  std::mutex mutex;
  std::vector<std::unique_ptr<RowWorkspace>> idle;
  for_each_chunk(static_cast<std::int64_t>(irregular.size()), kRowsAtOnce,
                 [&](std::int64_t begin, std::int64_t end) {
                   std::unique_ptr<RowWorkspace> workspace;
                   {
                     const std::lock_guard guard(mutex);
                     if (!idle.empty()) {
                       workspace = std::move(idle.back());
                       idle.pop_back();
                     }
                   }
                   if (!workspace) workspace = std::make_unique<RowWorkspace>(cells.n_genes);
                   for (std::int64_t k = begin; k < end && fits; ++k) {
                     const std::int64_t row = irregular[static_cast<std::size_t>(k)];
                     const Entries entries_of_row = all.at(start(row));
                     const std::int64_t kept = canonicalise(
                         entries_of_row, cells.row_length.data()[row], type, *workspace);
                     if (kept < 0) {
                       fits = false;
                       break;
                     }
                     cells.row_length.data()[row] = static_cast<std::int32_t>(kept);
                     loaded_.row_key[static_cast<std::size_t>(row)] =
                         sum_of_keys(entries_of_row, kept);
                   }
                   const std::lock_guard guard(mutex);
                   idle.push_back(std::move(workspace));
                 });
  return fits;
}

LoadedCells CellsBuilder::finish() && { return std::move(loaded_); }

}  // namespace cupel::io
