#include <algorithm>
#include <atomic>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/profile_distance.hpp"
#include "cpu/profile_rows.hpp"
#include "cpu/profile_tile.hpp"
#include "cupel/error.hpp"
#include "cupel/math/profile_estimate.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

// Ranks by estimates from float tiles, and by exact distances where an estimate does not decide.
class ProfileRanking {
 public:
  ProfileRanking(MatrixView<const double> predicted, MatrixView<const double> real,
                 std::span<const std::int32_t> match, std::span<const std::int32_t> excluded,
                 ProfileDistance distance)
      : predicted_(predicted),
        real_(real),
        match_(match),
        excluded_(excluded),
        distance_(distance),
        exact_(predicted_.view(), real_.view(), distance),
        packed_predicted_(predicted, factors(predicted_)),
        packed_real_(real, factors(real_)),
        panel_{predicted_.view(), real_.view(), exact_.scale(), sum_error()},
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
    for (const math::ProfileRow& row : side.rows) {
      factor.push_back(distance_ == ProfileDistance::kL1 ? exact_.scale() : row.to_unit());
    }
    return factor;
  }

  // |a - b| is 2 max(a, b) - a - b, with twice the error of the maxima; twice that again leaves
  // room for roundings in double, as the other distances have it.
  [[nodiscard]] math::SumError sum_error() const {
    const double error = tile_error(tile_sum());
    return {0.0, distance_ == ProfileDistance::kL1 ? 4.0 * error : error};
  }

  // Counts where real row j lies as seen from predicted row i: nearer than its match, as near or
  // farther.
  void place(std::int64_t i, std::int64_t j, double sum, Count& count) const {
    const std::int64_t match = match_of(i);
    if (j == match) {
      ++count.equal;
      return;
    }
    const std::int64_t skip = excluded_of(i);
    const double own = own_[static_cast<std::size_t>(i)];
    auto place = panel_.place(i, j, skip, own, distance_ == ProfileDistance::kL2,
                              [&] { return estimate(sum, i, j, skip); });
    if (place == math::Place::kUndecided) place = math::place_exact(exact_(i, j, skip), own);
    count.nearer += place == math::Place::kNearer;
    count.equal += place == math::Place::kEqual;
    count.equal_before += place == math::Place::kEqual && j < match;
  }

  // From a sum of the tiles.
  [[nodiscard]] math::Estimate estimate(double sum, std::int64_t i, std::int64_t j,
                                        std::int64_t skip) const {
    switch (distance_) {
      case ProfileDistance::kL1:
        return panel_.l1(2.0 * sum - packed_predicted_.sum(i) - packed_real_.sum(j), i, j, skip);
      case ProfileDistance::kL2:
        return panel_.l2(sum, i, j, skip);
      case ProfileDistance::kCosine:
        break;
    }
    return panel_.cosine(sum, i, j, skip);
  }

  ProfileRows predicted_;
  ProfileRows real_;
  std::span<const std::int32_t> match_;
  std::span<const std::int32_t> excluded_;
  ProfileDistance distance_;
  ExactDistance exact_;
  PackedProfiles packed_predicted_;
  PackedProfiles packed_real_;
  math::ProfilePanel panel_;
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
  const ProfileRanking ranking(predicted, real, match, excluded, distance);
  for_each_chunk(ranking.tiles(), 1,
                 [&](std::int64_t tile, std::int64_t) { ranking.add_tile(tile, ranks); });
  return ranks;
}

}  // namespace cupel
