#pragma once
#include <cstdint>
#include <random>
#include <vector>

#include "support/matrices.hpp"

namespace cupel::test {

// A set of columns for each row, written as flags: what tests of sets start from.
struct ColumnSets {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<std::uint8_t> flags;
  std::uint8_t& operator()(std::int64_t row, std::int64_t col) {
    return flags[static_cast<std::size_t>(row * cols + col)];
  }
  [[nodiscard]] bool operator()(std::int64_t row, std::int64_t col) const {
    return flags[static_cast<std::size_t>(row * cols + col)] != 0;
  }
  [[nodiscard]] std::vector<std::int64_t> columns(std::int64_t row) const {
    std::vector<std::int64_t> in;
    for (std::int64_t col = 0; col < cols; ++col) {
      if ((*this)(row, col)) in.push_back(col);
    }
    return in;
  }
  bool operator==(const ColumnSets&) const = default;
};

inline ColumnSets no_columns(std::int64_t rows, std::int64_t cols) {
  return {rows, cols, std::vector<std::uint8_t>(static_cast<std::size_t>(rows * cols))};
}
inline ColumnSets all_columns(std::int64_t rows, std::int64_t cols) {
  return {rows, cols, std::vector<std::uint8_t>(static_cast<std::size_t>(rows * cols), 1)};
}

// Rows in turn with every column, none, one, few and many.
inline ColumnSets random_sets(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  auto sets = no_columns(rows, cols);
  for (std::int64_t row = 0; row < rows && cols > 0; ++row) {
    const auto kind = row % 5;
    for (std::int64_t col = 0; col < cols; ++col) {
      sets(row, col) = kind == 0 || (kind == 3 && rng() % 16 == 0) || (kind == 4 && rng() % 4 != 0);
    }
    if (kind == 2) {
      sets(row, static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(cols))) = 1;
    }
  }
  return sets;
}

inline Matrix<std::uint64_t> sets_to_backend(Backend& backend, const ColumnSets& sets) {
  constexpr std::int64_t kWord = 64;
  auto words = make_host_matrix<std::uint64_t>(sets.rows, (sets.cols + kWord - 1) / kWord);
  std::fill_n(words.view().data, words.view().size(), std::uint64_t{0});
  for (std::int64_t row = 0; row < sets.rows; ++row) {
    for (const auto col : sets.columns(row)) {
      words.view()(row, col / kWord) |= std::uint64_t{1} << (col % kWord);
    }
  }
  return backend.upload(std::as_const(words).view());
}

// Also looks that no bit is set beyond the last column.
inline ColumnSets to_sets(Backend& backend, const Matrix<std::uint64_t>& matrix,
                          std::int64_t cols) {
  constexpr std::int64_t kWord = 64;
  const auto words = to_host(backend, matrix);
  auto sets = no_columns(matrix.rows(), cols);
  EXPECT_EQ(matrix.cols(), (cols + kWord - 1) / kWord);
  for (std::int64_t row = 0; row < matrix.rows(); ++row) {
    for (std::int64_t bit = 0; bit < matrix.cols() * kWord; ++bit) {
      const auto word = words[static_cast<std::size_t>(row * matrix.cols() + bit / kWord)];
      const bool is_in = ((word >> (bit % kWord)) & 1) != 0;
      if (bit < cols) {
        sets(row, bit) = is_in ? 1 : 0;
      } else {
        EXPECT_FALSE(is_in) << "row " << row << " has column " << bit << " of " << cols;
      }
    }
  }
  return sets;
}

// Numbers with many ties: few different ones, both zeros, both infinities, NaN of either sign, and
// some that only rounding to float makes equal.
inline Dense values_with_ties(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal(0.0, 1.0);
  Dense dense = zeros(rows, cols);
  for (double& value : dense.values) {
    const auto kind = rng() % 12;
    value = kind == 0   ? std::numeric_limits<double>::quiet_NaN()
            : kind == 1 ? -0.0
            : kind == 2 ? std::numeric_limits<double>::infinity()
            : kind < 6  ? static_cast<double>(rng() % 7) - 3.0
            : kind < 8  ? 1.0 + 1e-12 * static_cast<double>(rng() % 5)
            : kind == 8 ? 1e-300 * normal(rng)
                        : normal(rng);
    if (rng() % 2 == 0) value = -value;
  }
  return dense;
}

}  // namespace cupel::test
