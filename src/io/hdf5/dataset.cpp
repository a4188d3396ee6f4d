#include "io/hdf5/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cupel::io {

void Dataset::require_rank(std::size_t rank) const {
  if (extents_.size() == rank) return;
  throw not_supported(where_, fmt::format("has {} dimensions; {} needed", extents_.size(), rank));
}

void Dataset::require_numbers() const {
  if (type_.kind == Datatype::Kind::kNumber) return;
  throw not_supported(where_, fmt::format("holds {}; numbers are needed", type_.description()));
}

void Dataset::require_integers() const {
  if (type_.kind == Datatype::Kind::kNumber && !is_float(type_.number.element)) return;
  throw not_supported(where_, fmt::format("holds {}; integers are needed", type_.description()));
}

Piece Dataset::piece(std::int64_t i, std::int64_t j) const {
  Piece piece;
  piece.row = i * piece_rows_;
  piece.rows = std::min(piece_rows_, rows() - piece.row);
  piece.column = j * piece_columns_;
  piece.columns = std::min(piece_columns_, columns() - piece.column);
  piece.stride = has_full_chunks_ ? piece_columns_ : piece.columns;
  return piece;
}

std::string Dataset::describe(const Piece& piece) const {
  return extents_.size() < 2 ? fmt::format("the chunk at {}", piece.row)
                             : fmt::format("the chunk at ({}, {})", piece.row, piece.column);
}

void Dataset::cut_into_rows(std::int64_t element_bytes) {
  constexpr std::int64_t kPieceBytes = std::int64_t{1} << 18;
  piece_columns_ = std::max<std::int64_t>(columns(), 1);
  piece_rows_ = std::max<std::int64_t>(
      1, kPieceBytes / std::max<std::int64_t>(1, piece_columns_ * element_bytes));
}

}  // namespace cupel::io
