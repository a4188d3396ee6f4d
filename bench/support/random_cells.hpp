#pragma once
#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "cupel/cells.hpp"

namespace cupel::bench {

// Counts as shallow droplet screens have them: gene means exp(1.75 z), library sizes lognormal with
// sigma 0.4 about `depth`, gamma-Poisson with dispersion 0.25. At 18,533 genes and depth 20,000 a
// third of the values are not zero, half of those are 1 and 97 % are below 16. A thousand cells are
// drawn and copied in random order: a copy costs memory traffic like any other cell.
inline Cells random_cells(std::int64_t rows, std::int64_t genes, double depth, std::uint64_t seed) {
  constexpr std::int64_t kDrawn = 1000;
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal;
  std::vector<double> mean(static_cast<std::size_t>(genes));
  double sum = 0.0;
  for (double& m : mean) sum += m = std::exp(1.75 * normal(rng));
  for (double& m : mean) m *= depth / sum;
  std::gamma_distribution<double> spread(4.0, 0.25);
  std::vector<std::vector<std::uint16_t>> drawn_genes(kDrawn);
  std::vector<std::vector<std::uint16_t>> drawn_counts(kDrawn);
  for (std::size_t cell = 0; cell < kDrawn; ++cell) {
    const double library = std::exp(0.4 * normal(rng) - 0.08);
    for (std::size_t gene = 0; gene < mean.size(); ++gene) {
      std::poisson_distribution<int> poisson(mean[gene] * library * spread(rng) + 1e-12);
      const int count = std::min(poisson(rng), 65535);
      if (count == 0) continue;
      drawn_genes[cell].push_back(static_cast<std::uint16_t>(gene));
      drawn_counts[cell].push_back(static_cast<std::uint16_t>(count));
    }
  }
  std::vector<std::size_t> which(static_cast<std::size_t>(rows));
  std::int64_t stored = 0;
  for (auto& cell : which) {
    cell = rng() % kDrawn;
    stored += static_cast<std::int64_t>(drawn_genes[cell].size());
  }
  Cells cells;
  cells.n_genes = genes;
  cells.genes = make_host_buffer<std::byte>(stored * 2);
  cells.values = make_host_buffer<std::byte>(stored * 2);
  cells.row_begin = make_host_buffer<std::int64_t>(rows);
  cells.row_length = make_host_buffer<std::int32_t>(rows);
  std::int64_t at = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::size_t cell = which[static_cast<std::size_t>(row)];
    const std::size_t length = drawn_genes[cell].size();
    std::memcpy(cells.genes.data() + at * 2, drawn_genes[cell].data(), length * 2);
    std::memcpy(cells.values.data() + at * 2, drawn_counts[cell].data(), length * 2);
    cells.row_begin.data()[row] = at;
    cells.row_length.data()[row] = static_cast<std::int32_t>(length);
    at += static_cast<std::int64_t>(length);
  }
  return cells;
}

inline std::int64_t stored_values(const Cells& cells) {
  std::int64_t stored = 0;
  for (std::int64_t row = 0; row < cells.row_length.size(); ++row) {
    stored += cells.row_length.data()[row];
  }
  return stored;
}

// Groups of `size` rows each.
inline std::vector<std::int64_t> equal_groups(std::int64_t rows, std::int64_t size) {
  std::vector<std::int64_t> start{0};
  while (start.back() < rows) start.push_back(std::min(rows, start.back() + size));
  return start;
}

}  // namespace cupel::bench
