#pragma once
#include <cstddef>
#include <cstdint>

#include "io/filters.hpp"
#include "io/hdf5_file.hpp"
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

// A dataset with one or two dimensions as the file stores it: the undecoded chunks, or where it has
// none, some rows at a time. A one-dimensional dataset of n values is n rows × 1 column. Elements
// are bytes here; what they mean is the business of others.
class StoredArray {
 public:
  // `element_bytes` as in the file, which for text of variable length is not what libhdf5 says.
  // Throws Error(kInput) if there are other dimensions, an impossible shape, or a filter that is
  // not installed.
  StoredArray(const Hdf5File& file, hid_t dataset, std::string name, int rank,
              std::int64_t element_bytes);

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] Where where() const { return file_->where(name_); }
  [[nodiscard]] const Pipeline& pipeline() const noexcept { return pipeline_; }
  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::int64_t columns() const noexcept { return columns_; }
  [[nodiscard]] std::int64_t stored_bytes() const noexcept { return stored_bytes_; }

  // Pieces form a grid; piece (i, j) holds rows from i * piece_rows() and columns from
  // j * piece_columns().
  [[nodiscard]] std::int64_t piece_rows() const noexcept { return piece_rows_; }
  [[nodiscard]] std::int64_t piece_columns() const noexcept { return piece_columns_; }
  [[nodiscard]] Piece piece(std::int64_t i, std::int64_t j) const;
  // "the chunk at (0, 128)"
  [[nodiscard]] std::string describe(const Piece& piece) const;

  // False where only libhdf5 can read the dataset: other filters, other storage.
  [[nodiscard]] bool is_loadable() const noexcept { return storage_ != Storage::kOther; }
  // The elements of a piece, in `scratch` until that is used again; null for a chunk that was never
  // written. Thread safe. Needs is_loadable().
  [[nodiscard]] const std::byte* load(const Piece& piece, Scratch& scratch) const;

 private:
  enum class Storage : std::uint8_t { kChunks, kContiguous, kOther };

  void choose_storage(hid_t creation_properties);
  void choose_chunks(hid_t creation_properties);
  const std::byte* load_chunk(const Piece& piece, Scratch& scratch) const;
  const std::byte* load_rows(const Piece& piece, Scratch& scratch) const;

  const Hdf5File* file_;
  hid_t dataset_;
  std::string name_;
  int rank_;
  std::int64_t element_bytes_;
  Pipeline pipeline_;
  Storage storage_ = Storage::kOther;
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 1;
  std::int64_t piece_rows_ = 1;
  std::int64_t piece_columns_ = 1;
  std::int64_t offset_ = 0;  // in the file, where contiguous
  std::int64_t stored_bytes_ = 0;
};

}  // namespace cupel::io
