#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "io/element_type.hpp"
#include "io/filters.hpp"
#include "io/hdf5_file.hpp"
#include "io/scratch.hpp"

namespace cupel::io {

// A dataset of numbers with one or two dimensions, delivered piece by piece: a chunk of the file,
// or where it has no chunks, some rows. A one-dimensional dataset of n values is n rows × 1 column.
class NumberArray {
 public:
  // Values [row, row + rows) × [column, column + columns); value (i, j) of the piece lies at
  // element i * stride + j.
  struct Piece {
    std::int64_t row = 0;
    std::int64_t rows = 0;
    std::int64_t column = 0;
    std::int64_t columns = 0;
    std::int64_t stride = 0;
  };

  // Throws Error(kInput) if it is not there, has other dimensions, does not hold numbers or needs
  // a filter that is not installed.
  NumberArray(const Hdf5File& file, std::string dataset, int rank);

  [[nodiscard]] const std::string& dataset() const noexcept { return name_; }
  [[nodiscard]] Where where() const { return file_->where(name_); }
  [[nodiscard]] const NumberType& type() const noexcept { return type_; }
  [[nodiscard]] const Pipeline& pipeline() const noexcept { return pipeline_; }
  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::int64_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::int64_t stored_bytes() const noexcept { return stored_bytes_; }

  // Pieces form a grid; piece (i, j) holds rows from i * piece_rows() and columns from
  // j * piece_columns().
  [[nodiscard]] std::int64_t piece_rows() const noexcept { return piece_rows_; }
  [[nodiscard]] std::int64_t piece_columns() const noexcept { return piece_columns_; }
  [[nodiscard]] Piece piece(std::int64_t i, std::int64_t j) const;

  // Decodes a piece. What is returned lies in `scratch` until that is used again. Thread safe.
  [[nodiscard]] const std::byte* load(const Piece& piece, Scratch& scratch) const;

 private:
  enum class Storage : std::uint8_t { kChunks, kContiguous, kByLibrary };

  const std::byte* load_chunk(const Piece& piece, Scratch& scratch) const;
  const std::byte* load_contiguous(const Piece& piece, Scratch& scratch) const;
  const std::byte* load_by_library(const Piece& piece, Scratch& scratch) const;
  void choose_storage(hid_t creation_properties);

  const Hdf5File* file_;
  std::string name_;
  Handle dataset_;
  Handle memory_type_;
  NumberType type_;
  Pipeline pipeline_;
  int rank_;
  Storage storage_ = Storage::kByLibrary;
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 1;
  std::int64_t piece_rows_ = 1;
  std::int64_t piece_columns_ = 1;
  std::int64_t offset_ = 0;  // in the file, where contiguous
  std::int64_t stored_bytes_ = 0;
};

// All values of a one-dimensional dataset of integers, widened. Throws like NumberArray, and if the
// length is not `expected`.
[[nodiscard]] std::vector<std::int64_t> read_integers(const Hdf5File& file,
                                                      const std::string& dataset,
                                                      std::int64_t expected);

}  // namespace cupel::io
