#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "io/element_type.hpp"
#include "io/stored_array.hpp"

namespace cupel::io {

// A dataset of numbers, delivered piece by piece in this machine's own types.
class NumberArray {
 public:
  // Throws Error(kInput) if it is not there, does not hold numbers, or as StoredArray does.
  NumberArray(const Hdf5File& file, const std::string& dataset, int rank);

  [[nodiscard]] const StoredArray& stored() const noexcept { return stored_; }
  [[nodiscard]] const NumberType& type() const noexcept { return type_; }
  [[nodiscard]] Where where() const { return stored_.where(); }
  [[nodiscard]] std::int64_t rows() const noexcept { return stored_.rows(); }
  [[nodiscard]] std::int64_t columns() const noexcept { return stored_.columns(); }
  [[nodiscard]] std::int64_t piece_rows() const noexcept { return stored_.piece_rows(); }
  [[nodiscard]] std::int64_t piece_columns() const noexcept { return stored_.piece_columns(); }
  [[nodiscard]] Piece piece(std::int64_t i, std::int64_t j) const { return stored_.piece(i, j); }

  // The numbers of a piece, in `scratch` until that is used again. Thread safe.
  [[nodiscard]] const std::byte* load(const Piece& piece, Scratch& scratch) const;

 private:
  const std::byte* load_by_library(const Piece& piece, Scratch& scratch) const;

  Handle dataset_;
  NumberType type_;
  StoredArray stored_;
  Handle memory_type_;
};

// All values of a one-dimensional dataset of integers, widened. Throws like NumberArray, and if the
// length is not `expected`.
[[nodiscard]] std::vector<std::int64_t> read_integers(const Hdf5File& file,
                                                      const std::string& dataset,
                                                      std::int64_t expected);

}  // namespace cupel::io
