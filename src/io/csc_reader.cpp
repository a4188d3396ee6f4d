#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "io/cells_builder.hpp"
#include "io/matrix_reader.hpp"
#include "io/narrow.hpp"
#include "io/row_buckets.hpp"
#include "io/sparse_arrays.hpp"
#include "io/value_type_choice.hpp"
#include "parallel/parallel.hpp"

namespace cupel::io {
namespace {

// Entries of the file decoded at a time. A piece that is cut by a window's end is decoded twice.
constexpr std::int64_t kWindow = std::int64_t{1} << 22;

// One compressed column after the other: every read passes over the whole matrix, and the first one
// twice, to know how many entries each cell has.
class CscReader final : public MatrixReader {
 public:
  CscReader(const Hdf5File& file, const std::string& path, Shape shape)
      : arrays_(file, path, shape.n_genes), shape_(shape) {
    if (shape.n_cells >= static_cast<std::int64_t>(RowBuckets::kSkip)) {
      throw not_supported(file.where(path), "has too many cells for a csc_matrix; write it as csr");
    }
  }

  MatrixInfo info() const override { return arrays_.info("csc"); }
  LoadedCells read(std::span<const std::int64_t> rows) override;
  std::int64_t bytes_to_read(std::span<const std::int64_t> rows) override;

 private:
  [[nodiscard]] std::span<const std::int64_t> row_lengths();
  // `target` gives each cell's row in the result, or kSkip. False if a value does not fit.
  [[nodiscard]] bool move_entries(std::span<const std::uint32_t> target, CellsBuilder& builder);
  // Decodes entries [begin, end) of `array`, calling use(data, first, size) on all threads.
  template <typename Use>
  void for_each_part(const Dataset& array, std::int64_t begin, std::int64_t end, const Use& use);
  // The cells of part of the indices, checked.
  void narrow_cells(const std::byte* data, std::int64_t first, std::int64_t size,
                    std::uint32_t* cells) const;

  SparseArrays arrays_;
  Shape shape_;
  ValueTypeChoice value_type_{arrays_.values()};
  std::vector<std::int64_t> row_lengths_;
  ScratchPool scratch_;
};

template <typename Use>
void CscReader::for_each_part(const Dataset& array, std::int64_t begin, std::int64_t end,
                              const Use& use) {
  if (begin >= end) return;
  const std::int64_t length = array.piece_rows();
  const std::int64_t first_piece = begin / length;
  const std::int64_t n_pieces = (end - 1) / length + 1 - first_piece;
  for_each_chunk(n_pieces, 1, [&](std::int64_t k, std::int64_t) {
    const auto piece = array.piece(first_piece + k, 0);
    const ScratchPool::Lease scratch(scratch_);
    const std::byte* data = array.load_numbers(piece, *scratch);
    const std::int64_t first = std::max(begin, piece.row);
    const std::int64_t last = std::min(end, piece.row + piece.rows);
    use(data + (first - piece.row) * bytes_of(array.type().number.element), first, last - first);
  });
}

void CscReader::narrow_cells(const std::byte* data, std::int64_t first, std::int64_t size,
                             std::uint32_t* cells) const {
  const Dataset& indices = arrays_.indices();
  if (!narrow_genes(indices.type().number.element, data, size, shape_.n_cells, GeneType::kU32,
                    reinterpret_cast<std::byte*>(cells))) {
    throw damaged(indices.where(),
                  fmt::format("an index among entries {} to {} is not below the {} cells", first,
                              first + size - 1, shape_.n_cells));
  }
}

std::span<const std::int64_t> CscReader::row_lengths() {
  if (!row_lengths_.empty()) return row_lengths_;
  std::vector<std::int64_t> lengths(static_cast<std::size_t>(shape_.n_cells));
  for_each_part(arrays_.indices(), 0, arrays_.starts().back(),
                [&](const std::byte* data, std::int64_t first, std::int64_t size) {
                  const ScratchPool::Lease scratch(scratch_);
                  auto* cells =
                      reinterpret_cast<std::uint32_t*>((*scratch).extra.at_least(size * 4));
                  narrow_cells(data, first, size, cells);
                  for (std::int64_t i = 0; i < size; ++i) {
                    std::atomic_ref(lengths[cells[i]]).fetch_add(1, std::memory_order_relaxed);
                  }
                });
  row_lengths_ = std::move(lengths);
  return row_lengths_;
}

LoadedCells CscReader::read(std::span<const std::int64_t> rows) {
  const auto lengths = row_lengths();
  std::vector<std::uint32_t> target(static_cast<std::size_t>(shape_.n_cells), RowBuckets::kSkip);
  std::vector<std::int64_t> starts{0};
  starts.reserve(rows.size() + 1);
  for (const std::int64_t row : rows) {
    const std::int64_t length = lengths[static_cast<std::size_t>(row)];
    if (length > std::numeric_limits<std::int32_t>::max()) {
      throw damaged(arrays_.indices().where(), fmt::format("cell {} has {} values", row, length));
    }
    target[static_cast<std::size_t>(row)] = static_cast<std::uint32_t>(starts.size() - 1);
    starts.push_back(starts.back() + length);
  }
  if (!value_type_.is_known() && arrays_.starts().back() > 0) {
    const ScratchPool::Lease scratch(scratch_);
    const auto piece = arrays_.values().piece(0, 0);
    value_type_.guess(arrays_.values().load_numbers(piece, *scratch), piece.rows);
  }
  for (;;) {
    CellsBuilder builder(starts, shape_.n_genes);
    builder.set_value_type(value_type_.get());
    if (move_entries(target, builder)) {
      constexpr std::int64_t kEntriesAtOnce = std::int64_t{1} << 16;
      for_each_chunk(starts.back(), kEntriesAtOnce, [&](std::int64_t begin, std::int64_t end) {
        builder.genes_written(begin, end);
        builder.values_written(begin, end);
        if (begin > 0) builder.check_seam(begin);
      });
      if (builder.canonicalise_rows(arrays_.values().type().number))
        return std::move(builder).finish();
    }
    value_type_.widen();
  }
}

bool CscReader::move_entries(std::span<const std::uint32_t> target, CellsBuilder& builder) {
  const auto column_starts = arrays_.starts();
  const std::int64_t entries = column_starts.back();
  const ValueType value_type = value_type_.get();
  const std::int64_t value_bytes = cupel::bytes_of(value_type);
  RowBuckets buckets(builder.rows(), std::min(kWindow, entries), value_type);
  std::vector<std::int64_t> next;
  for (std::int64_t row = 0; row < builder.rows(); ++row) next.push_back(builder.start(row));
  std::atomic<bool> fits = true;
  for (std::int64_t begin = 0; begin < entries && fits; begin += kWindow) {
    const std::int64_t end = std::min(entries, begin + kWindow);
    for_each_part(arrays_.indices(), begin, end,
                  [&](const std::byte* data, std::int64_t first, std::int64_t size) {
                    std::uint32_t* rows = buckets.rows() + (first - begin);
                    narrow_cells(data, first, size, rows);
                    for (std::int64_t i = 0; i < size; ++i) rows[i] = target[rows[i]];
                  });
    const Dataset& values = arrays_.values();
    for_each_part(values, begin, end,
                  [&](const std::byte* data, std::int64_t first, std::int64_t size) {
                    if (!narrow_values(values.type().number.element, data, size, value_type,
                                       buckets.values() + (first - begin) * value_bytes)) {
                      fits = false;
                    }
                  });
    if (fits) buckets.scatter(begin, end - begin, column_starts, builder.entries(), next);
  }
  return fits;
}

std::int64_t CscReader::bytes_to_read(std::span<const std::int64_t> rows) {
  const auto lengths = row_lengths();
  std::int64_t entries = 0;
  for (const std::int64_t row : rows) entries += lengths[static_cast<std::size_t>(row)];
  return cells_bytes(entries, static_cast<std::int64_t>(rows.size()), shape_.n_genes,
                     widest_needed(arrays_.values().type().number.element));
}

}  // namespace

std::unique_ptr<MatrixReader> open_csc(const Hdf5File& file, const std::string& path, Shape shape) {
  return std::make_unique<CscReader>(file, path, shape);
}

}  // namespace cupel::io
