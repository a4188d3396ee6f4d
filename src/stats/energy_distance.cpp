#include "stats/energy_distance.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kLanes = 16;   // cells side by side in a block
constexpr std::int64_t kSlab = 1024;  // cells walked past the blocks at a time
// Below this share of the two squared lengths, what is left of them is mostly rounding.
constexpr double kCancelled = 1e-6;

// Some rows of a matrix, their values as doubles.
struct Slab {
  std::int64_t first = 0;  // of the matrix
  std::vector<std::int64_t> begin{0};
  std::vector<std::int32_t> genes;
  std::vector<double> values;
  std::vector<double> squared_length;

  [[nodiscard]] std::int64_t rows() const { return std::ssize(squared_length); }
};

double squared_length(const double* values, std::int64_t n) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < n; ++i) sum += values[i] * values[i];
  return sum;
}

Slab unpack(CellsView cells, std::int64_t begin, std::int64_t end) {
  Slab slab;
  slab.first = begin;
  visit(cells, [&](auto typed) {
    for (auto row = begin; row < end; ++row) {
      const auto first = typed.row_begin[row];
      for (auto at = first; at < first + typed.row_length[row]; ++at) {
        slab.genes.push_back(static_cast<std::int32_t>(typed.genes[at]));
        slab.values.push_back(static_cast<double>(typed.values[at]));
      }
      const auto start = slab.begin.back();
      slab.begin.push_back(std::ssize(slab.values));
      slab.squared_length.push_back(
          squared_length(slab.values.data() + start, slab.begin.back() - start));
    }
  });
  return slab;
}

// dots[lane] = sum over the n genes of value * block(gene, lane).
CUPEL_MULTIVERSION void dots_of(const std::int32_t* genes, const double* values, std::int64_t n,
                                const double* block, double* dots) {
  double sum[kLanes] = {};
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = values[i];
    const double* lanes = block + std::int64_t{genes[i]} * kLanes;
    for (std::int64_t lane = 0; lane < kLanes; ++lane) sum[lane] += value * lanes[lane];
  }
  for (std::int64_t lane = 0; lane < kLanes; ++lane) dots[lane] = sum[lane];
}

// By differences, gene by gene of the cells' union.
double squared_distance(const Slab& a, std::int64_t i, const Slab& b, std::int64_t j) {
  double sum = 0.0;
  auto x = static_cast<std::size_t>(a.begin[static_cast<std::size_t>(i)]);
  auto y = static_cast<std::size_t>(b.begin[static_cast<std::size_t>(j)]);
  const auto x_end = static_cast<std::size_t>(a.begin[static_cast<std::size_t>(i) + 1]);
  const auto y_end = static_cast<std::size_t>(b.begin[static_cast<std::size_t>(j) + 1]);
  while (x < x_end || y < y_end) {
    const bool take_a = y == y_end || (x < x_end && a.genes[x] <= b.genes[y]);
    const bool take_b = x == x_end || (y < y_end && b.genes[y] <= a.genes[x]);
    const double difference = (take_a ? a.values[x] : 0.0) - (take_b ? b.values[y] : 0.0);
    x += take_a ? 1 : 0;
    y += take_b ? 1 : 0;
    sum += difference * difference;
  }
  return sum;
}

double distance(const Slab& a, std::int64_t i, const Slab& b, std::int64_t j, double dot) {
  const double lengths =
      a.squared_length[static_cast<std::size_t>(i)] + b.squared_length[static_cast<std::size_t>(j)];
  double square = lengths - 2.0 * dot;
  if (!(square > kCancelled * lengths)) square = squared_distance(a, i, b, j);
  return std::sqrt(square);
}

enum class Pairs : std::uint8_t { kAll, kBelowDiagonal };

// For each row of the slab, the sum of its distances to `others`, or to those before it.
std::vector<double> summed_distances(const Slab& slab, CellsView others, Pairs pairs) {
  const auto blocks = (others.rows + kLanes - 1) / kLanes;
  const auto n = slab.rows();
  std::vector<double> partial(static_cast<std::size_t>(blocks * n), 0.0);
  for_each_chunk(blocks, 1, [&](std::int64_t from, std::int64_t to) {
    for (auto at = from; at < to; ++at) {
      const auto begin = at * kLanes;
      const auto end = std::min(begin + kLanes, others.rows);
      if (pairs == Pairs::kBelowDiagonal && begin >= slab.first + n) continue;
      // Kept by the thread, all zero between blocks.
      static thread_local std::vector<double> block;
      block.resize(std::max(block.size(), static_cast<std::size_t>(others.n_genes * kLanes)), 0.0);
      const Slab lanes = unpack(others, begin, end);
      const auto lay = [&](bool out) {
        for (std::int64_t lane = 0; lane < lanes.rows(); ++lane) {
          for (auto i = lanes.begin[static_cast<std::size_t>(lane)];
               i < lanes.begin[static_cast<std::size_t>(lane) + 1]; ++i) {
            const auto k = static_cast<std::size_t>(i);
            block[static_cast<std::size_t>(lanes.genes[k] * kLanes + lane)] =
                out ? lanes.values[k] : 0.0;
          }
        }
      };
      lay(true);
      for (std::int64_t row = 0; row < n; ++row) {
        const auto first = slab.begin[static_cast<std::size_t>(row)];
        double dots[kLanes];
        dots_of(slab.genes.data() + first, slab.values.data() + first,
                slab.begin[static_cast<std::size_t>(row) + 1] - first, block.data(), dots);
        const auto last = pairs == Pairs::kAll ? end : std::min(end, slab.first + row);
        double sum = 0.0;
        for (auto other = begin; other < last; ++other) {
          sum += distance(slab, row, lanes, other - begin, dots[other - begin]);
        }
        partial[static_cast<std::size_t>(at * n + row)] = sum;
      }
      lay(false);
    }
  });
  std::vector<double> sums(static_cast<std::size_t>(n), 0.0);
  for (std::int64_t at = 0; at < blocks; ++at) {
    for (std::int64_t row = 0; row < n; ++row) {
      sums[static_cast<std::size_t>(row)] += partial[static_cast<std::size_t>(at * n + row)];
    }
  }
  return sums;
}

double mean_of(double sum, std::int64_t pairs) {
  return pairs == 0 ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(pairs);
}

}  // namespace

std::vector<double> mean_distances_between(CellsView cells, std::span<const std::int64_t> start,
                                           CellsView others) {
  std::vector<double> sums(start.size() - 1, 0.0);
  std::size_t group = 0;
  for (std::int64_t first = 0; first < cells.rows; first += kSlab) {
    const auto last = std::min(first + kSlab, cells.rows);
    const auto of_row = summed_distances(unpack(cells, first, last), others, Pairs::kAll);
    for (auto row = first; row < last; ++row) {
      while (row >= start[group + 1]) ++group;
      sums[group] += of_row[static_cast<std::size_t>(row - first)];
    }
  }
  for (std::size_t k = 0; k < sums.size(); ++k) {
    sums[k] = mean_of(sums[k], (start[k + 1] - start[k]) * others.rows);
  }
  return sums;
}

std::vector<double> mean_distances_within(CellsView cells, std::span<const std::int64_t> start) {
  std::vector<double> means;
  for (std::size_t k = 0; k + 1 < start.size(); ++k) {
    const CellsView group = cells.slice(start[k], start[k + 1]);
    double sum = 0.0;
    for (std::int64_t first = 0; first < group.rows; first += kSlab) {
      const Slab slab = unpack(group, first, std::min(first + kSlab, group.rows));
      for (const double row : summed_distances(slab, group, Pairs::kBelowDiagonal)) sum += row;
    }
    means.push_back(mean_of(2.0 * sum, group.rows * group.rows));
  }
  return means;
}

}  // namespace cupel
