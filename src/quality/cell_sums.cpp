#include "quality/cell_sums.hpp"

#include <algorithm>
#include <cmath>

namespace cupel::quality {

FixedSums::FixedSums(std::int64_t genes, int fraction_bits)
    : sums_(static_cast<std::size_t>(genes), 0), scale_(std::ldexp(1.0, fraction_bits)) {}

void FixedSums::add(Row values) {
  constexpr double kMost = 0x1p62;
  for (std::size_t g = 0; g < sums_.size(); ++g) {
    const double value = values[g] * scale_;
    if (!(std::abs(value) < kMost)) continue;
    const auto whole = static_cast<std::uint64_t>(std::llround(value));
    sums_[g] = static_cast<std::int64_t>(static_cast<std::uint64_t>(sums_[g]) + whole);
  }
}

std::vector<double> FixedSums::values(double divisor) const {
  std::vector<double> result;
  for (const auto sum : sums_) result.push_back(static_cast<double>(sum) / scale_ / divisor);
  return result;
}

SumRows::SumRows(std::int64_t rows, std::int64_t genes)
    : sum(make_host_matrix<double>(rows, genes)),
      squares(make_host_matrix<double>(rows, genes)),
      cells(static_cast<std::size_t>(rows), 0) {
  for (auto* matrix : {&sum, &squares}) {
    std::fill_n(matrix->view().data, matrix->view().size(), 0.0);
  }
}

void SumRows::add(std::int64_t row, const BlockSet& set) {
  const auto add_up = [&](std::vector<double> BlockSums::*part, double* to) {
    for (const auto* block : set) {
      const auto& from = block->*part;
      for (std::size_t g = 0; g < from.size(); ++g) to[g] += from[g];
    }
  };
  add_up(&BlockSums::log, sum.view().row(row));
  add_up(&BlockSums::squares, squares.view().row(row));
  cells[static_cast<std::size_t>(row)] += cells_in(set);
}

CellSums SumRows::row(std::int64_t index) const {
  return {row_of(sum.view(), index), row_of(squares.view(), index),
          cells[static_cast<std::size_t>(index)]};
}

Rest rest_of(const Rest& all, std::initializer_list<CellSums> own) {
  Rest rest = all;
  for (const auto& part : own) {
    for (std::size_t g = 0; g < rest.sum.size(); ++g) {
      rest.sum[g] -= part.sum[g];
      rest.squares[g] -= part.squares[g];
    }
    rest.cells -= part.cells;
  }
  return rest;
}

}  // namespace cupel::quality
