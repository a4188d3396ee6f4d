#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "io/canonical.hpp"
#include "io/cells_builder.hpp"
#include "io/compress_row.hpp"
#include "io/matrix_reader.hpp"
#include "io/narrow.hpp"
#include "io/value_type_choice.hpp"
#include "parallel/parallel.hpp"

namespace cupel::io {
namespace {

// Rows decoded at a time: enough to keep all threads busy, and more only where the file's chunks
// are so tall that fewer rows would mean decoding each of them again and again.
constexpr std::int64_t kBandBytes = std::int64_t{32} << 20;
constexpr std::int64_t kTallBandBytes = std::int64_t{1} << 30;

// Some of the rows to read, all values of them, as the file has them.
struct Band {
  std::int64_t first = 0;  // in the list of rows to read
  std::int64_t rows = 0;
  Buffer<std::byte> values;  // rows × genes
};

class DenseReader final : public MatrixReader {
 public:
  DenseReader(const Hdf5File& file, const std::string& path, Shape shape)
      : values_(file.dataset(path)), shape_(shape) {
    values_->require_numbers();
    file.require_plausible(values_->where(),
                           static_cast<double>(row_bytes()) * static_cast<double>(shape.n_cells));
  }

  MatrixInfo info() const override;
  LoadedCells read(std::span<const std::int64_t> rows) override;
  std::int64_t bytes_to_read(std::span<const std::int64_t> rows) override;

 private:
  // How many of `rows`, from `first` on, to decode together.
  [[nodiscard]] std::int64_t band_rows(std::span<const std::int64_t> rows,
                                       std::int64_t first) const;
  void load(std::span<const std::int64_t> rows, Band& band);
  // False if a value does not fit.
  [[nodiscard]] bool compress(const Band& band, LoadedCells& loaded,
                              std::atomic<std::int64_t>& end);
  [[nodiscard]] bool read_as(ValueType type, std::span<const std::int64_t> rows,
                             LoadedCells& loaded);
  [[nodiscard]] std::int64_t row_bytes() const {
    return shape_.n_genes * bytes_of(values_->type().number.element);
  }

  std::unique_ptr<Dataset> values_;
  Shape shape_;
  ValueTypeChoice value_type_{*values_};
  ScratchPool scratch_;
};

MatrixInfo DenseReader::info() const {
  MatrixInfo info;
  info.path = values_->where().object;
  info.layout = "dense";
  info.dtype = values_->type().number.name();
  info.filters = values_->pipeline().description();
  info.stored_values = values_->rows() * values_->columns();
  info.stored_bytes = values_->stored_bytes();
  return info;
}

std::int64_t DenseReader::band_rows(std::span<const std::int64_t> rows, std::int64_t first) const {
  const std::int64_t height = values_->piece_rows();
  const auto count_below = [&](std::int64_t limit) {
    return std::ranges::lower_bound(rows, limit) - rows.begin() - first;
  };
  const std::int64_t small =
      std::max<std::int64_t>(1, kBandBytes / std::max<std::int64_t>(1, row_bytes()));
  const std::int64_t large =
      std::max(small, kTallBandBytes / std::max<std::int64_t>(1, row_bytes()));
  // Whole rows of pieces while they fit, and at least one of them if it fits the larger limit.
  std::int64_t limit = (rows[static_cast<std::size_t>(first)] / height + 1) * height;
  std::int64_t count = count_below(limit);
  if (count > large) return large;
  while (first + count < static_cast<std::int64_t>(rows.size())) {
    limit = (rows[static_cast<std::size_t>(first + count)] / height + 1) * height;
    const std::int64_t more = count_below(limit);
    if (more > small) break;
    count = more;
  }
  return count;
}

void DenseReader::load(std::span<const std::int64_t> rows, Band& band) {
  const auto wanted =
      rows.subspan(static_cast<std::size_t>(band.first), static_cast<std::size_t>(band.rows));
  const std::int64_t height = values_->piece_rows();
  const std::int64_t size = bytes_of(values_->type().number.element);
  const std::int64_t across =
      (values_->columns() + values_->piece_columns() - 1) / values_->piece_columns();
  std::vector<std::int64_t> piece_rows;  // which rows of pieces hold some of them
  for (const std::int64_t row : wanted) {
    if (piece_rows.empty() || piece_rows.back() != row / height) piece_rows.push_back(row / height);
  }
  for_each_chunk(
      static_cast<std::int64_t>(piece_rows.size()) * across, 1, [&](std::int64_t k, std::int64_t) {
        const auto piece =
            values_->piece(piece_rows[static_cast<std::size_t>(k / across)], k % across);
        const ScratchPool::Lease scratch(scratch_);
        const std::byte* data = values_->load_numbers(piece, *scratch);
        auto row = std::ranges::lower_bound(wanted, piece.row);
        for (; row != wanted.end() && *row < piece.row + piece.rows; ++row) {
          std::memcpy(
              band.values.data() + (row - wanted.begin()) * row_bytes() + piece.column * size,
              data + (*row - piece.row) * piece.stride * size,
              static_cast<std::size_t>(piece.columns * size));
        }
      });
}

bool DenseReader::compress(const Band& band, LoadedCells& loaded, std::atomic<std::int64_t>& end) {
  Cells& cells = loaded.cells;
  const std::int64_t gene_bytes = cupel::bytes_of(cells.gene_type);
  const std::int64_t value_bytes = cupel::bytes_of(cells.value_type);
  std::atomic<bool> fits = true;
  for_each_chunk(band.rows, 1, [&](std::int64_t k, std::int64_t) {
    if (!fits) return;
    const ScratchPool::Lease scratch(scratch_);
    Entries row{(*scratch).decoded[0].at_least(shape_.n_genes * gene_bytes),
                (*scratch).decoded[1].at_least(shape_.n_genes * value_bytes), cells.gene_type,
                cells.value_type};
    std::byte* narrow = (*scratch).extra.at_least(shape_.n_genes * value_bytes);
    if (!narrow_values(values_->type().number.element, band.values.data() + k * row_bytes(),
                       shape_.n_genes, cells.value_type, narrow)) {
      fits = false;
      return;
    }
    const std::int64_t kept = compress_row(narrow, shape_.n_genes, row);
    // Rows lie in the order in which they got done; that is allowed, and nothing is left between.
    const std::int64_t at = end.fetch_add(kept);
    if (kept > 0) {
      std::memcpy(cells.genes.data() + at * gene_bytes, row.genes,
                  static_cast<std::size_t>(kept * gene_bytes));
      std::memcpy(cells.values.data() + at * value_bytes, row.values,
                  static_cast<std::size_t>(kept * value_bytes));
    }
    const std::int64_t index = band.first + k;
    cells.row_begin.data()[index] = at;
    cells.row_length.data()[index] = static_cast<std::int32_t>(kept);
    loaded.row_key[static_cast<std::size_t>(index)] = sum_of_keys(row, kept);
  });
  return fits;
}

bool DenseReader::read_as(ValueType type, std::span<const std::int64_t> rows, LoadedCells& loaded) {
  const auto n_rows = static_cast<std::int64_t>(rows.size());
  Cells& cells = loaded.cells;
  cells.n_genes = shape_.n_genes;
  cells.gene_type = gene_type_for(shape_.n_genes);
  cells.value_type = type;
  // Room for a matrix without zeros; memory that is never touched is never given by the system.
  const std::int64_t room = n_rows * shape_.n_genes;
  cells.genes = make_host_buffer<std::byte>(room * cupel::bytes_of(cells.gene_type));
  cells.values = make_host_buffer<std::byte>(room * cupel::bytes_of(type));
  cells.row_begin = make_host_buffer<std::int64_t>(n_rows);
  cells.row_length = make_host_buffer<std::int32_t>(n_rows);
  loaded.row_key.assign(rows.size(), 0);
  std::atomic<std::int64_t> end = 0;
  Band band;
  while (band.first < n_rows) {
    band.rows = band_rows(rows, band.first);
    const std::int64_t bytes = band.rows * row_bytes();
    if (band.values.size() < bytes) band.values = make_host_buffer<std::byte>(bytes);
    load(rows, band);
    if (!value_type_.is_known()) {
      value_type_.guess(band.values.data(), shape_.n_genes);
      if (value_type_.get() != type) return false;
    }
    if (!compress(band, loaded, end)) {
      value_type_.widen();
      return false;
    }
    band.first += band.rows;
  }
  return true;
}

LoadedCells DenseReader::read(std::span<const std::int64_t> rows) {
  if (shape_.n_genes > std::numeric_limits<std::int32_t>::max()) {
    throw damaged(values_->where(), "it has too many genes");
  }
  LoadedCells loaded;
  while (!read_as(value_type_.get(), rows, loaded)) loaded = {};
  return loaded;
}

std::int64_t DenseReader::bytes_to_read(std::span<const std::int64_t> rows) {
  const auto n_rows = static_cast<std::int64_t>(rows.size());
  return cells_bytes(n_rows * shape_.n_genes, n_rows, shape_.n_genes,
                     widest_needed(values_->type().number.element));
}

}  // namespace

std::unique_ptr<MatrixReader> open_dense(const Hdf5File& file, const std::string& path,
                                         Shape shape) {
  return std::make_unique<DenseReader>(file, path, shape);
}

}  // namespace cupel::io
