#pragma once
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "quality/cell_blocks.hpp"
#include "quality/de_score.hpp"

// Sums over cells, gene by gene, as tests of one perturbation against the rest take them.
namespace cupel::quality {

// Perturbations come in the order of the file's batches; a sum of whole numbers does not mind.
class FixedSums {
 public:
  FixedSums(std::int64_t genes, int fraction_bits);
  // Cells that hold no numbers, or none of any use, are refused where they are scored; here they
  // must do no harm.
  void add(Row values);
  [[nodiscard]] std::vector<double> values(double divisor) const;

 private:
  std::vector<std::int64_t> sums_;
  double scale_;
};
inline constexpr int kSumBits = 16;      // sums over cells: up to 1e14
inline constexpr int kProfileBits = 36;  // sums of profiles: up to 1e8

// Sums of log expression and of its squares of groups of cells, a row each, and how many cells.
struct SumRows {
  SumRows(std::int64_t rows, std::int64_t genes);
  void add(std::int64_t row, const BlockSet& set);
  [[nodiscard]] CellSums row(std::int64_t index) const;

  Matrix<double> sum;
  Matrix<double> squares;
  std::vector<std::int64_t> cells;
};

// Sums of many cells.
struct Rest {
  std::vector<double> sum;
  std::vector<double> squares;
  std::int64_t cells;
  [[nodiscard]] CellSums view() const { return {sum, squares, cells}; }
};
// `all` less some of them: what a group that is part of it is tested against.
[[nodiscard]] Rest rest_of(const Rest& all, std::initializer_list<CellSums> own);

}  // namespace cupel::quality
