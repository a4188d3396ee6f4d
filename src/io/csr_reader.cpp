#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <utility>
#include <vector>

#include "io/cells_builder.hpp"
#include "io/matrix_reader.hpp"
#include "io/narrow.hpp"
#include "io/sparse_arrays.hpp"
#include "io/value_type_choice.hpp"
#include "parallel/parallel.hpp"

namespace cupel::io {
namespace {

// Consecutive rows: entries [from, from + size) of the file become entries from `to` on.
struct Run {
  std::int64_t from = 0;
  std::int64_t size = 0;
  std::int64_t to = 0;
};

class CsrReader final : public MatrixReader {
 public:
  CsrReader(const Hdf5File& file, const std::string& path, Shape shape)
      : arrays_(file, path, shape.n_cells), shape_(shape) {}

  MatrixInfo info() const override { return arrays_.info("csr"); }
  LoadedCells read(std::span<const std::int64_t> rows) override;
  std::int64_t bytes_to_read(std::span<const std::int64_t> rows) override;

 private:
  void read_genes(CellsBuilder& builder);
  // False if a value does not fit the builder's type.
  bool read_values(CellsBuilder& builder);
  void choose_value_type();
  void check_seams(CellsBuilder& builder) const;

  SparseArrays arrays_;
  Shape shape_;
  ValueTypeChoice value_type_{arrays_.values()};
  std::vector<Run> runs_;  // of the current read
  ScratchPool scratch_;
};

// Calls use(array piece, run part) for each piece that holds part of a run, on all threads.
// `use(data, from, size, to)`: `data` points to the file's entry `from`.
template <typename Use>
void for_each_part(const Dataset& array, std::span<const Run> runs, ScratchPool& pool,
                   const Use& use) {
  const std::int64_t length = array.piece_rows();
  std::vector<std::int64_t> pieces;
  for (const Run& run : runs) {
    if (run.size == 0) continue;
    for (std::int64_t piece = run.from / length; piece <= (run.from + run.size - 1) / length;
         ++piece) {
      if (pieces.empty() || pieces.back() != piece) pieces.push_back(piece);
    }
  }
  for_each_chunk(static_cast<std::int64_t>(pieces.size()), 1, [&](std::int64_t k, std::int64_t) {
    const auto piece = array.piece(pieces[static_cast<std::size_t>(k)], 0);
    const ScratchPool::Lease scratch(pool);
    const std::byte* data = array.load_numbers(piece, *scratch);
    const std::int64_t end = piece.row + piece.rows;
    auto run =
        std::ranges::upper_bound(runs, piece.row, {}, [](const Run& r) { return r.from + r.size; });
    for (; run != runs.end() && run->from < end; ++run) {
      const std::int64_t first = std::max(run->from, piece.row);
      const std::int64_t last = std::min(run->from + run->size, end);
      if (first < last) {
        use(data + (first - piece.row) * bytes_of(array.type().number.element), first, last - first,
            run->to + (first - run->from));
      }
    }
  });
}

LoadedCells CsrReader::read(std::span<const std::int64_t> rows) {
  const auto starts = arrays_.starts();
  runs_.clear();
  std::vector<std::int64_t> to{0};
  to.reserve(rows.size() + 1);
  std::int64_t previous = -1;
  for (const std::int64_t row : rows) {
    const std::int64_t from = starts[static_cast<std::size_t>(row)];
    const std::int64_t size = starts[static_cast<std::size_t>(row) + 1] - from;
    if (size > std::numeric_limits<std::int32_t>::max()) {
      throw damaged(arrays_.values().where(), fmt::format("row {} has {} values", row, size));
    }
    if (row == previous + 1 && !runs_.empty()) {
      runs_.back().size += size;
    } else {
      runs_.push_back({from, size, to.back()});
    }
    to.push_back(to.back() + size);
    previous = row;
  }
  choose_value_type();
  for (;;) {
    CellsBuilder builder(to, shape_.n_genes);
    read_genes(builder);
    check_seams(builder);
    builder.set_value_type(value_type_.get());
    while (!read_values(builder)) {
      value_type_.widen();
      builder.set_value_type(value_type_.get());
    }
    if (builder.canonicalise_rows(arrays_.values().type().number))
      return std::move(builder).finish();
    value_type_.widen();
  }
}

void CsrReader::read_genes(CellsBuilder& builder) {
  const Dataset& indices = arrays_.indices();
  const Entries all = builder.entries();
  for_each_part(indices, runs_, scratch_,
                [&](const std::byte* data, std::int64_t from, std::int64_t size, std::int64_t to) {
                  if (!narrow_genes(indices.type().number.element, data, size, shape_.n_genes,
                                    all.gene_type, all.at(to).genes)) {
                    throw damaged(indices.where(),
                                  fmt::format("an index among entries {} to {} is not below the {} "
                                              "genes",
                                              from, from + size - 1, shape_.n_genes));
                  }
                  builder.genes_written(to, to + size);
                });
}

bool CsrReader::read_values(CellsBuilder& builder) {
  const Dataset& values = arrays_.values();
  const Entries all = builder.entries();
  std::atomic<bool> fits = true;
  for_each_part(values, runs_, scratch_,
                [&](const std::byte* data, std::int64_t, std::int64_t size, std::int64_t to) {
                  if (!fits) return;
                  if (narrow_values(values.type().number.element, data, size, all.value_type,
                                    all.at(to).values)) {
                    builder.values_written(to, to + size);
                  } else {
                    fits = false;
                  }
                });
  return fits;
}

void CsrReader::choose_value_type() {
  if (value_type_.is_known()) return;
  const auto first = std::ranges::find_if(runs_, [](const Run& run) { return run.size > 0; });
  if (first == runs_.end()) return;
  const Dataset& values = arrays_.values();
  const ScratchPool::Lease scratch(scratch_);
  const auto piece = values.piece(first->from / values.piece_rows(), 0);
  value_type_.guess(values.load_numbers(piece, *scratch), piece.rows);
}

void CsrReader::check_seams(CellsBuilder& builder) const {
  const std::int64_t length = arrays_.indices().piece_rows();
  for (const Run& run : runs_) {
    for (std::int64_t seam = (run.from / length + 1) * length; seam < run.from + run.size;
         seam += length) {
      builder.check_seam(run.to + (seam - run.from));
    }
  }
}

std::int64_t CsrReader::bytes_to_read(std::span<const std::int64_t> rows) {
  const auto starts = arrays_.starts();
  std::int64_t entries = 0;
  for (const std::int64_t row : rows) {
    entries += starts[static_cast<std::size_t>(row) + 1] - starts[static_cast<std::size_t>(row)];
  }
  return cells_bytes(entries, static_cast<std::int64_t>(rows.size()), shape_.n_genes,
                     widest_needed(arrays_.values().type().number.element));
}

}  // namespace

std::unique_ptr<MatrixReader> open_csr(const Hdf5File& file, const std::string& path, Shape shape) {
  return std::make_unique<CsrReader>(file, path, shape);
}

}  // namespace cupel::io
