#include <algorithm>
#include <atomic>
#include <cmath>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/profile_distance.hpp"
#include "cpu/profile_rows.hpp"
#include "cpu/profile_tile.hpp"
#include "cupel/error.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

// A distance, squared where the distance is L2, that is known to within `error`; exact if that is
// 0.
struct Estimate {
  double value;
  double error;
};

// Ranks by estimates from float tiles, and by exact distances where an estimate does not decide.
class Ranking {
 public:
  Ranking(MatrixView<const double> predicted, MatrixView<const double> real,
          std::span<const std::int32_t> match, std::span<const std::int32_t> excluded,
          ProfileDistance distance)
      : predicted_(predicted),
        real_(real),
        match_(match),
        excluded_(excluded),
        distance_(distance),
        exact_(predicted_, real_, distance),
        predicted_factor_(factors(predicted_)),
        real_factor_(factors(real_)),
        packed_predicted_(predicted, predicted_factor_),
        packed_real_(real, real_factor_),
        tile_error_(tile_error(tile_sum())),
        own_(match.size()) {
    for_each_chunk(predicted.rows, 1, [&](std::int64_t i, std::int64_t) {
      own_[static_cast<std::size_t>(i)] = exact_(i, match_of(i), excluded_of(i));
    });
  }

  [[nodiscard]] std::int64_t tiles() const {
    return packed_predicted_.tiles() * packed_real_.tiles();
  }

  // Adds the ranks against the real rows of one tile to the counts of its predicted rows.
  void add_tile(std::int64_t tile, ProfileRanks& ranks) const {
    constexpr std::int64_t kRows = PackedProfiles::kRows;
    const std::int64_t i_tile = tile / packed_real_.tiles();
    const std::int64_t j_tile = tile % packed_real_.tiles();
    auto sums = make_host_buffer<double>(kRows * kRows);
    tile_sums(packed_predicted_, i_tile, packed_real_, j_tile, tile_sum(), sums.data());
    const std::int64_t j_end = std::min(real_.values.rows, (j_tile + 1) * kRows);
    for (std::int64_t i = i_tile * kRows;
         i < std::min(predicted_.values.rows, (i_tile + 1) * kRows); ++i) {
      const double* row = sums.data() + i % kRows * kRows;
      Count count;
      for (std::int64_t j = j_tile * kRows; j < j_end; ++j) place(i, j, row[j % kRows], count);
      add(ranks.nearer, i, count.nearer);
      add(ranks.equal, i, count.equal);
      add(ranks.equal_before, i, count.equal_before);
    }
  }

 private:
  struct Count {
    std::int32_t nearer = 0;
    std::int32_t equal = 0;
    std::int32_t equal_before = 0;
  };

  static void add(Matrix<std::int32_t>& counts, std::int64_t row, std::int32_t count) {
    std::atomic_ref<std::int32_t>(counts.view()(row, 0)).fetch_add(count);
  }

  [[nodiscard]] std::int64_t match_of(std::int64_t i) const {
    return match_[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] std::int64_t excluded_of(std::int64_t i) const {
    return excluded_.empty() ? -1 : excluded_[static_cast<std::size_t>(i)];
  }
  [[nodiscard]] TileSum tile_sum() const {
    return distance_ == ProfileDistance::kL1 ? TileSum::kMaximum : TileSum::kProduct;
  }

  // What the tiles multiply a row with: L1 keeps all rows in one unit, products are of unit rows.
  [[nodiscard]] std::vector<double> factors(const ProfileRows& side) const {
    std::vector<double> factor;
    for (const ProfileRow& row : side.rows) {
      factor.push_back(distance_ == ProfileDistance::kL1 ? exact_.scale()
                       : row.norm > 0.0                  ? row.scale / row.norm
                                                         : 0.0);
    }
    return factor;
  }

  // Where real row j lies as seen from predicted row i: nearer than its match, as near or farther.
  void place(std::int64_t i, std::int64_t j, double sum, Count& count) const {
    const std::int64_t match = match_of(i);
    if (j == match) {
      ++count.equal;
      return;
    }
    const std::int64_t skip = excluded_of(i);
    const double own = own_[static_cast<std::size_t>(i)];
    double other = 0.0;
    if (predicted_.has_infinite(i, skip) || real_.has_infinite(j, skip)) {
      other = exact_(i, j, skip);
    } else if (predicted_.has_nan(i, skip) || real_.has_nan(j, skip)) {
      other = std::nan("");
    } else if (!std::isnan(own)) {  // NaN is farther than any number
      const Estimate near = estimate(sum, i, j);
      const double wanted = distance_ == ProfileDistance::kL2 ? own * own : own;
      if (near.value > wanted + near.error) return;
      if (near.value < wanted - near.error) {
        ++count.nearer;
        return;
      }
      other = near.error == 0.0 ? near.value : exact_(i, j, skip);
    }
    const bool equal = std::isnan(own) ? std::isnan(other) : other == own;
    count.nearer += std::isnan(own) ? !std::isnan(other) : other < own;
    count.equal += equal;
    count.equal_before += equal && j < match;
  }

  // From a sum of the tiles.
  [[nodiscard]] Estimate estimate(double sum, std::int64_t i, std::int64_t j) const {
    switch (distance_) {
      case ProfileDistance::kL1:
        return estimate_l1(2.0 * sum - packed_predicted_.sum(i) - packed_real_.sum(j), i, j);
      case ProfileDistance::kL2:
        return estimate_l2(sum, i, j);
      case ProfileDistance::kCosine:
        break;
    }
    return estimate_cosine(sum, i, j);
  }

  // The excluded gene's value in units of the tile; 0 without one.
  [[nodiscard]] static double left_out(const ProfileRows& side, std::int64_t row,
                                       std::int64_t excluded, double factor) {
    return excluded < 0 ? 0.0 : finite_or_zero(side.values(row, excluded)) * factor;
  }

  // Every error below doubles what the tile proves: that leaves room for the handful of roundings
  // in double on the way, at 2^-53 each, and for that of the exact distance.
  [[nodiscard]] Estimate estimate_l1(double sum, std::int64_t i, std::int64_t j) const {
    const double scale = exact_.scale();
    const double out =
        left_out(predicted_, i, excluded_of(i), scale) - left_out(real_, j, excluded_of(i), scale);
    const double size = (predicted_.facts(i).l1 + real_.facts(j).l1) * scale;
    const double error = 2.0 * tile_error_ * size;
    return {sum - std::fabs(out), 2.0 * (error + kTileUnderflow)};
  }

  [[nodiscard]] Estimate estimate_l2(double cosine, std::int64_t i, std::int64_t j) const {
    const double scale = exact_.scale();
    const double out =
        left_out(predicted_, i, excluded_of(i), scale) - left_out(real_, j, excluded_of(i), scale);
    const double a = predicted_.facts(i).norm * (scale / predicted_.facts(i).scale);
    const double b = real_.facts(j).norm * (scale / real_.facts(j).scale);
    const double value = a * a + b * b - 2.0 * a * b * cosine - out * out;
    const double error = 2.0 * a * b * tile_error_;
    return {value, 2.0 * (error + 1e-12 * (a + b) * (a + b) + kTileUnderflow)};
  }

  [[nodiscard]] Estimate estimate_cosine(double cosine, std::int64_t i, std::int64_t j) const {
    const std::int64_t skip = excluded_of(i);
    if (predicted_.all_zero(i, skip) || real_.all_zero(j, skip)) return {1.0, 0.0};
    const double error = tile_error_ + kTileUnderflow;
    if (skip < 0) return {1.0 - cosine, 2.0 * error};
    const double a = left_out(predicted_, i, skip, predicted_factor_[static_cast<std::size_t>(i)]);
    const double b = left_out(real_, j, skip, real_factor_[static_cast<std::size_t>(j)]);
    const double rest = (1.0 - a * a) * (1.0 - b * b);
    constexpr double kSomething = 1e-3;  // less than this of either row left is decided exactly
    if (1.0 - a * a < kSomething || 1.0 - b * b < kSomething) return {0.0, INFINITY};
    return {1.0 - (cosine - a * b) / std::sqrt(rest), 2.0 * (error + 1e-8) / std::sqrt(rest)};
  }

  ProfileRows predicted_;
  ProfileRows real_;
  std::span<const std::int32_t> match_;
  std::span<const std::int32_t> excluded_;
  ProfileDistance distance_;
  ExactDistance exact_;
  std::vector<double> predicted_factor_;
  std::vector<double> real_factor_;
  PackedProfiles packed_predicted_;
  PackedProfiles packed_real_;
  double tile_error_;
  std::vector<double> own_;  // exact distance of each predicted row to its match
};

Matrix<std::int32_t> zero_counts(std::int64_t rows) {
  auto counts = make_host_matrix<std::int32_t>(rows, 1);
  std::fill_n(counts.view().data, rows, 0);
  return counts;
}

}  // namespace

ProfileRanks CpuBackend::profile_ranks(MatrixView<const double> predicted,
                                       MatrixView<const double> real,
                                       std::span<const std::int32_t> match,
                                       std::span<const std::int32_t> excluded,
                                       ProfileDistance distance) {
  const auto in_range = [&](std::int32_t row) { return row >= 0 && row < real.rows; };
  if (predicted.cols != real.cols || static_cast<std::int64_t>(match.size()) != predicted.rows ||
      !std::ranges::all_of(match, in_range)) {
    throw Error(ErrorKind::kInternal, "profile_ranks: profiles and matches do not fit together");
  }
  ProfileRanks ranks{zero_counts(predicted.rows), zero_counts(predicted.rows),
                     zero_counts(predicted.rows)};
  const Ranking ranking(predicted, real, match, excluded, distance);
  for_each_chunk(ranking.tiles(), 1,
                 [&](std::int64_t tile, std::int64_t) { ranking.add_tile(tile, ranks); });
  return ranks;
}

}  // namespace cupel
