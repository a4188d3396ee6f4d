#include <algorithm>

#include "cupel/math/profile_estimate.hpp"

#include "blas.hpp"
#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/error.hpp"
#include "profile_distance.hpp"
#include "profile_rows.hpp"
#include "profile_tile.hpp"

// Sums over genes of a part of all pairs at a time: float differences from tiles (L1) or products
// of unit profiles from cuBLAS. One kernel places the pairs that these decide, and lists the
// others; a second one decides those by exact distances.
namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr int kWarps = kBlock / kWarp;
constexpr int kBlocksPerProcessor = 8;  // of the kernel that decides: they share the list

constexpr std::int64_t kMostPairs = std::int64_t{1} << 25;   // in a part: 256 MiB of sums
constexpr std::int64_t kMostPacked = std::int64_t{1} << 30;  // bytes of one side of a part
constexpr std::int64_t kPairBytes = sizeof(double) + sizeof(std::uint32_t);

// Predicted rows [row, row + rows) and real rows [col, col + cols).
struct Part {
  std::int64_t row;
  std::int64_t rows;
  std::int64_t col;
  std::int64_t cols;
};

struct Ranking {
  math::ProfilePanel panel;  // its scale is the exact distance's
  ExactDistance exact;
  const std::int32_t* match;
  const std::int32_t* excluded;  // null: none
  const double* own;             // exact distance of each predicted row to its match
  std::int32_t* nearer;
  std::int32_t* equal;
  std::int32_t* equal_before;

  __device__ std::int64_t excluded_of(std::int64_t i) const {
    return excluded == nullptr ? -1 : excluded[i];
  }
};

struct Tally {
  std::int32_t nearer;
  std::int32_t equal;
  std::int32_t equal_before;

  __device__ void count(math::Place place, bool before) {
    nearer += place == math::Place::kNearer ? 1 : 0;
    equal += place == math::Place::kEqual ? 1 : 0;
    equal_before += place == math::Place::kEqual && before ? 1 : 0;
  }
  __device__ void add_to(const Ranking& ranking, std::int64_t i) const {
    if (nearer != 0) atomicAdd(&ranking.nearer[i], nearer);
    if (equal != 0) atomicAdd(&ranking.equal[i], equal);
    if (equal_before != 0) atomicAdd(&ranking.equal_before[i], equal_before);
  }
};

// Pairs whose place their sums do not tell, as row × cols + column within a part. There is room for
// all of them, so none is lost; their order differs from run to run and does not matter.
struct Undecided {
  std::uint32_t* pairs;
  unsigned* size;
};

// Blocks of kBlock threads, a warp per profile: its squared norm in units of its scale.
__global__ __launch_bounds__(kBlock) void square_rows(math::Profiles profiles,
                                                      math::DoubleDouble* square) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  if (row >= profiles.values.rows) return;
  const ScaledProfile x{profiles.values.row(row), profiles.rows[row].scale};
  const auto sum = sum_of_warp<math::dot_term>(x, x, profiles.values.cols, -1);
  if (lane_of_warp() == 0) square[row] = sum;
}

// A warp per predicted row.
__global__ __launch_bounds__(kBlock) void measure_own(Ranking ranking, double* own) {
  const std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  if (i >= ranking.panel.predicted.values.rows) return;
  const double distance = ranking.exact(i, ranking.match[i], ranking.excluded_of(i));
  if (lane_of_warp() == 0) own[i] = distance;
}

// A block per predicted row of the part; `sums` holds `splits` addends of each pair.
__global__ __launch_bounds__(kBlock) void place_pairs(Ranking ranking, Part part,
                                                      const double* sums, std::int64_t splits,
                                                      Undecided undecided) {
  CUPEL_SHARED(Tally, shared, kBlock);
  const std::int64_t row = blockIdx.x;
  const std::int64_t i = part.row + row;
  const std::int64_t match = ranking.match[i];
  const std::int64_t excluded = ranking.excluded_of(i);
  const double own = ranking.own[i];
  const ProfileDistance distance = ranking.exact.distance;
  math::ProfilePanel panel = ranking.panel;
  panel.scale = *ranking.exact.scale;

  Tally tally{0, 0, 0};
  for (std::int64_t col = threadIdx.x; col < part.cols; col += kBlock) {
    const std::int64_t j = part.col + col;
    const std::int64_t pair = row * part.cols + col;
    const auto estimate = [&] {
      double sum = 0.0;
      for (std::int64_t k = 0; k < splits; ++k) sum += sums[k * part.rows * part.cols + pair];
      return distance == ProfileDistance::kL1   ? panel.l1(sum, i, j, excluded)
             : distance == ProfileDistance::kL2 ? panel.l2(sum, i, j, excluded)
                                                : panel.cosine(sum, i, j, excluded);
    };
    const math::Place place =
        j == match ? math::Place::kEqual
                   : panel.place(i, j, excluded, own, distance == ProfileDistance::kL2, estimate);
    tally.count(place, j < match);
    if (place == math::Place::kUndecided) {
      undecided.pairs[atomicAdd(undecided.size, 1U)] = static_cast<std::uint32_t>(pair);
    }
  }
  tally = block_fold<kBlock>(tally, shared, [](const Tally& a, const Tally& b) {
    return Tally{a.nearer + b.nearer, a.equal + b.equal, a.equal_before + b.equal_before};
  });
  if (threadIdx.x == 0) tally.add_to(ranking, i);
}

// A warp per undecided pair, all warps striding over the list. Neighbours in the list mostly share
// their predicted row.
__global__ __launch_bounds__(kBlock) void decide_pairs(Ranking ranking, Part part,
                                                       Undecided undecided) {
  const std::int64_t size = *undecided.size;
  for (std::int64_t k = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
       k < size; k += static_cast<std::int64_t>(gridDim.x) * kWarps) {
    const std::int64_t i = part.row + undecided.pairs[k] / part.cols;
    const std::int64_t j = part.col + undecided.pairs[k] % part.cols;
    const double distance = ranking.exact(i, j, ranking.excluded_of(i));
    if (lane_of_warp() != 0) continue;
    Tally tally{0, 0, 0};
    tally.count(math::place_exact(distance, ranking.own[i]), j < ranking.match[i]);
    tally.add_to(ranking, i);
  }
}

constexpr std::int64_t round_up(std::int64_t n, std::int64_t to) { return (n + to - 1) / to * to; }

// As many whole tiles of rows as fit, at least one.
std::int64_t rows_that_fit(std::int64_t bytes, std::int64_t row_bytes, std::int64_t rows) {
  return std::min(rows, std::max(bytes / row_bytes / kTileRows, std::int64_t{1}) * kTileRows);
}

// Products of `depth` roundings in any order (Higham's gamma), of unit profiles that carry a few
// of their own.
math::SumError product_error(std::int64_t depth) {
  return {0.0, 1.01 * 0x1p-53 * (2.0 * static_cast<double>(depth) + 64.0)};
}

}  // namespace

ProfileRanks CudaBackend::profile_ranks(MatrixView<const double> predicted,
                                        MatrixView<const double> real,
                                        std::span<const std::int32_t> match,
                                        std::span<const std::int32_t> excluded,
                                        ProfileDistance distance) {
  const auto in_range = [&](std::int32_t row) { return row >= 0 && row < real.rows; };
  if (predicted.cols != real.cols || static_cast<std::int64_t>(match.size()) != predicted.rows ||
      !std::ranges::all_of(match, in_range)) {
    throw Error(ErrorKind::kInternal, "profile_ranks: profiles and matches do not fit together");
  }
  const auto zero_counts = [&] {
    auto counts = make_device_matrix<std::int32_t>(*memory_, predicted.rows, 1);
    CUPEL_CUDA(cudaMemsetAsync(counts.view().data, 0,
                               static_cast<std::size_t>(predicted.rows) * sizeof(std::int32_t),
                               stream_.get()));
    return counts;
  };
  ProfileRanks ranks{zero_counts(), zero_counts(), zero_counts()};
  if (predicted.rows == 0) return ranks;

  const bool l1 = distance == ProfileDistance::kL1;
  const std::int64_t depth = round_up(std::max<std::int64_t>(real.cols, 1), kTileSlab);
  const auto predicted_rows = profile_rows(*memory_, stream_, predicted);
  const auto real_rows = profile_rows(*memory_, stream_, real);
  const math::Profiles a{predicted, predicted_rows.data()};
  const math::Profiles b{real, real_rows.data()};
  const auto scale = panel_scale(*memory_, stream_, a, b);
  const auto matches = to_device(match);
  const auto holes = to_device(excluded);
  auto own = make_device_buffer<double>(*memory_, predicted.rows);

  const auto squares = [&](const math::Profiles& side) {
    const bool asked = distance == ProfileDistance::kCosine;
    auto square = make_device_buffer<math::DoubleDouble>(*memory_, asked ? side.values.rows : 0);
    if (asked) {
      launch(stream_, square_rows, blocks_for(side.values.rows, kWarps, INT32_MAX), kBlock, 0, side,
             square.data());
    }
    return square;
  };
  const auto predicted_square = squares(a);
  const auto real_square = squares(b);

  const Ranking ranking{{a, b, 1.0, l1 ? tile_error() : product_error(depth)},
                        {a, b, distance, scale.data(), predicted_square.data(), real_square.data()},
                        matches.data(),
                        excluded.empty() ? nullptr : holes.data(),
                        own.data(),
                        ranks.nearer.view().data,
                        ranks.equal.view().data,
                        ranks.equal_before.view().data};
  launch(stream_, measure_own, blocks_for(predicted.rows, kWarps, INT32_MAX), kBlock, 0, ranking,
         own.data());

  int processors = 0;
  CUPEL_CUDA(
      cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, stream_.ordinal()));
  // A quarter of what is left for each side and for what lies between them.
  const std::int64_t room = std::max<std::int64_t>(memory_->limit() - memory_->in_use(), 0) / 4;
  const auto value_bytes = static_cast<std::int64_t>(l1 ? sizeof(float) : sizeof(double));
  const auto packed_rows = [&](std::int64_t rows) {
    return rows_that_fit(std::min(kMostPacked, room), depth * value_bytes, rows);
  };
  const std::int64_t most_pairs = std::min(kMostPairs, room / kPairBytes);
  const std::int64_t part_cols = rows_that_fit(most_pairs, kTileRows, packed_rows(real.rows));
  const std::int64_t part_rows = rows_that_fit(most_pairs, part_cols, packed_rows(predicted.rows));
  const std::int64_t most_splits = std::max<std::int64_t>(most_pairs / (part_rows * part_cols), 1);
  auto pairs = make_device_buffer<std::uint32_t>(*memory_, part_rows * part_cols);
  auto listed = make_device_buffer<unsigned>(*memory_, 1);
  const Undecided undecided{pairs.data(), listed.data()};

  // add_up(part, packed predicted rows, packed real rows, splits, sums)
  const auto rank_parts = [&]<typename T>(T /*of packed values*/, auto add_up) {
    auto packed_a = make_device_buffer<T>(*memory_, part_rows * depth);
    auto packed_b = make_device_buffer<T>(*memory_, part_cols * depth);
    for (std::int64_t col = 0; col < real.rows; col += part_cols) {
      const std::int64_t cols = std::min(part_cols, real.rows - col);
      pack_profiles(stream_, b, col, cols, depth, scale.data(), packed_b.data());
      for (std::int64_t row = 0; row < predicted.rows; row += part_rows) {
        const Part part{row, std::min(part_rows, predicted.rows - row), col, cols};
        pack_profiles(stream_, a, row, part.rows, depth, scale.data(), packed_a.data());
        const std::int64_t tiles =
            round_up(part.rows, kTileRows) / kTileRows * (round_up(cols, kTileRows) / kTileRows);
        const std::int64_t splits = l1 ? tile_splits(tiles, depth, processors, most_splits) : 1;
        auto sums = make_device_buffer<double>(*memory_, splits * part.rows * cols);
        add_up(part, packed_a.data(), packed_b.data(), splits, sums.data());
        CUPEL_CUDA(cudaMemsetAsync(undecided.size, 0, sizeof(unsigned), stream_.get()));
        launch(stream_, place_pairs, static_cast<unsigned>(part.rows), kBlock, 0, ranking, part,
               sums.data(), splits, undecided);
        launch(stream_, decide_pairs, static_cast<unsigned>(processors * kBlocksPerProcessor),
               kBlock, 0, ranking, part, undecided);
      }
    }
  };
  if (l1) {
    rank_parts(float{}, [&](const Part& part, const float* x, const float* y, std::int64_t splits,
                            double* sums) {
      tile_sums(stream_, x, part.rows, y, part.cols, depth, splits, sums);
    });
  } else {
    rank_parts(double{}, [&](const Part& part, const double* x, const double* y, std::int64_t,
                             double* sums) {
      const double one = 1.0;
      const double zero = 0.0;
      const auto k = static_cast<int>(depth);
      const auto cols = static_cast<int>(part.cols);
      CUPEL_CUDA(cublasDgemm(blas_->get(), CUBLAS_OP_T, CUBLAS_OP_N, cols,
                             static_cast<int>(part.rows), k, &one, y, k, x, k, &zero, sums, cols));
    });
  }
  return ranks;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
