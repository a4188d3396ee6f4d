#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/errors.hpp"
#include "io/filters.hpp"
#include "io/hdf5/datatype.hpp"
#include "io/scratch.hpp"

namespace cupel::io {

// Part of a dataset: values [row, row + rows) × [column, column + columns). Value (i, j) of the
// piece lies at element i * stride + j.
struct Piece {
  std::int64_t row = 0;
  std::int64_t rows = 0;
  std::int64_t column = 0;
  std::int64_t columns = 0;
  std::int64_t stride = 0;
};

// A dataset of an HDF5 file, read by our own hand or by libhdf5. One of n values is n rows × 1
// column; more than two dimensions are there to be refused.
class Dataset {
 public:
  virtual ~Dataset() = default;

  [[nodiscard]] const Where& where() const noexcept { return where_; }
  [[nodiscard]] const std::vector<std::int64_t>& extents() const noexcept { return extents_; }
  [[nodiscard]] const Datatype& type() const noexcept { return type_; }
  [[nodiscard]] const Pipeline& pipeline() const noexcept { return pipeline_; }
  [[nodiscard]] std::int64_t stored_bytes() const noexcept { return stored_bytes_; }
  [[nodiscard]] std::int64_t rows() const { return extents_.empty() ? 1 : extents_[0]; }
  [[nodiscard]] std::int64_t columns() const { return extents_.size() < 2 ? 1 : extents_[1]; }

  // Throws Error(kInput) unless there are `rank` dimensions.
  void require_rank(std::size_t rank) const;
  // Throws Error(kInput) unless the elements are numbers.
  void require_numbers() const;
  // Throws Error(kInput) unless they are integers, booleans included.
  void require_integers() const;

  // Pieces form a grid; piece (i, j) holds rows from i * piece_rows() and columns from
  // j * piece_columns().
  [[nodiscard]] std::int64_t piece_rows() const noexcept { return piece_rows_; }
  [[nodiscard]] std::int64_t piece_columns() const noexcept { return piece_columns_; }
  [[nodiscard]] Piece piece(std::int64_t i, std::int64_t j) const;

  // The numbers of a piece as type().number says, in `scratch` until that is used again. Thread
  // safe. Throws `damaged`. Needs numbers in one or two dimensions.
  [[nodiscard]] virtual const std::byte* load_numbers(const Piece& piece,
                                                      Scratch& scratch) const = 0;

  // All texts or numbers of a one-dimensional dataset; with a field, of that field of its records.
  // Throws `damaged`.
  [[nodiscard]] virtual std::vector<std::string> read_texts(
      const Datatype::Field* field = nullptr) const = 0;
  [[nodiscard]] virtual std::vector<std::byte> read_numbers(
      const Datatype::Field* field = nullptr) const = 0;

 protected:
  explicit Dataset(Where where) : where_(std::move(where)) {}
  // "the chunk at (0, 128)"
  [[nodiscard]] std::string describe(const Piece& piece) const;
  // Where there are no chunks: whole rows, as many as fit a core's own cache.
  void cut_into_rows(std::int64_t element_bytes);

  Where where_;
  std::vector<std::int64_t> extents_;
  Datatype type_;
  Pipeline pipeline_;
  std::int64_t stored_bytes_ = 0;
  std::int64_t piece_rows_ = 1;
  std::int64_t piece_columns_ = 1;
  bool has_full_chunks_ = false;  // pieces at the edge are stored whole
};

}  // namespace cupel::io
