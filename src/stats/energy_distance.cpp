#include "stats/energy_distance.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kLanes = 32;   // cells side by side in a block
constexpr std::int64_t kTile = 512;   // genes of a block that lie in the cache together
constexpr std::int64_t kSlab = 1024;  // cells walked past the blocks at a time
// Below this share of the two squared lengths, what is left of them is mostly rounding.
constexpr double kCancelled = 1e-6;

// Some rows of a matrix, their values as doubles.
struct Slab {
  std::int64_t first = 0;  // of the matrix
  std::int64_t tiles = 0;
  std::vector<std::int64_t> begin;  // of each row's genes of each tile: rows × tiles, and the end
  std::vector<std::int32_t> genes;
  std::vector<double> values;
  std::vector<double> squared_length;

  [[nodiscard]] std::int64_t rows() const { return std::ssize(squared_length); }
  [[nodiscard]] std::int64_t start(std::int64_t row, std::int64_t tile = 0) const {
    return begin[static_cast<std::size_t>(row * tiles + tile)];
  }
};

double squared_length(const double* values, std::int64_t n) {
  double sum = 0.0;
  for (std::int64_t i = 0; i < n; ++i) sum += values[i] * values[i];
  return sum;
}

Slab unpack(CellsView cells, std::int64_t begin, std::int64_t end) {
  Slab slab;
  slab.first = begin;
  slab.tiles = (cells.n_genes + kTile - 1) / kTile;
  visit(cells, [&](auto typed) {
    for (auto row = begin; row < end; ++row) {
      const auto start = std::ssize(slab.values);
      std::int64_t tile = 0;
      const auto first = typed.row_begin[row];
      for (auto at = first; at < first + typed.row_length[row]; ++at) {
        const auto gene = static_cast<std::int32_t>(typed.genes[at]);
        for (; tile <= gene / kTile; ++tile) slab.begin.push_back(std::ssize(slab.values));
        slab.genes.push_back(gene);
        slab.values.push_back(static_cast<double>(typed.values[at]));
      }
      for (; tile < slab.tiles; ++tile) slab.begin.push_back(std::ssize(slab.values));
      slab.squared_length.push_back(
          squared_length(slab.values.data() + start, std::ssize(slab.values) - start));
    }
  });
  slab.begin.push_back(std::ssize(slab.values));
  return slab;
}

// Eight lanes that stay in a register. GCC makes two or four of them where registers are shorter.
using Doubles [[gnu::vector_size(64)]] = double;

// dots[lane] += sum over the n genes of value * block(gene, lane).
CUPEL_MULTIVERSION void add_dots(const std::int32_t* genes, const double* values, std::int64_t n,
                                 const double* block, double* dots) {
  static_assert(kLanes == 32);
  Doubles sum[4];
  std::memcpy(sum, dots, sizeof sum);
  Doubles a = sum[0];
  Doubles b = sum[1];
  Doubles c = sum[2];
  Doubles d = sum[3];
  for (std::int64_t i = 0; i < n; ++i) {
    const double value = values[i];
    const auto gene = static_cast<std::uint32_t>(genes[i]) % static_cast<std::uint32_t>(kTile);
    const double* at = block + std::size_t{gene} * kLanes;
    Doubles lanes;
    std::memcpy(&lanes, at, sizeof lanes);
    a += value * lanes;
    std::memcpy(&lanes, at + 8, sizeof lanes);
    b += value * lanes;
    std::memcpy(&lanes, at + 16, sizeof lanes);
    c += value * lanes;
    std::memcpy(&lanes, at + 24, sizeof lanes);
    d += value * lanes;
  }
  sum[0] = a;
  sum[1] = b;
  sum[2] = c;
  sum[3] = d;
  std::memcpy(dots, sum, sizeof sum);
}

// dots(row, lane) of rows from `first_row` on of the slab with the cells of a block.
void add_all_dots(const Slab& slab, std::int64_t first_row, const Slab& lanes,
                  std::vector<double>& tile_values, std::vector<double>& dots) {
  dots.assign(static_cast<std::size_t>(slab.rows() * kLanes), 0.0);
  for (std::int64_t tile = 0; tile < slab.tiles; ++tile) {
    tile_values.assign(static_cast<std::size_t>(kTile * kLanes), 0.0);
    for (std::int64_t lane = 0; lane < lanes.rows(); ++lane) {
      for (auto i = lanes.start(lane, tile); i < lanes.start(lane, tile + 1); ++i) {
        const auto k = static_cast<std::size_t>(i);
        tile_values[static_cast<std::size_t>(lanes.genes[k] % kTile * kLanes + lane)] =
            lanes.values[k];
      }
    }
    for (auto row = first_row; row < slab.rows(); ++row) {
      const auto from = slab.start(row, tile);
      add_dots(slab.genes.data() + from, slab.values.data() + from,
               slab.start(row, tile + 1) - from, tile_values.data(), dots.data() + row * kLanes);
    }
  }
}

// By differences, gene by gene of the cells' union.
double squared_distance(const Slab& a, std::int64_t i, const Slab& b, std::int64_t j) {
  double sum = 0.0;
  auto x = static_cast<std::size_t>(a.start(i));
  auto y = static_cast<std::size_t>(b.start(j));
  const auto x_end = static_cast<std::size_t>(a.start(i + 1));
  const auto y_end = static_cast<std::size_t>(b.start(j + 1));
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
      static thread_local std::vector<double> tile;  // kept between blocks
      static thread_local std::vector<double> dots;
      const Slab lanes = unpack(others, begin, end);
      const auto first_row =
          pairs == Pairs::kAll ? 0 : std::max<std::int64_t>(0, begin - slab.first);
      add_all_dots(slab, first_row, lanes, tile, dots);
      for (auto row = first_row; row < n; ++row) {
        const auto last = pairs == Pairs::kAll ? end : std::min(end, slab.first + row);
        double sum = 0.0;
        for (auto other = begin; other < last; ++other) {
          sum += distance(slab, row, lanes, other - begin,
                          dots[static_cast<std::size_t>(row * kLanes + other - begin)]);
        }
        partial[static_cast<std::size_t>(at * n + row)] = sum;
      }
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
