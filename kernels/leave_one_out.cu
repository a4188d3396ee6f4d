#include <algorithm>

#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/error.hpp"
#include "cupel/math/effect_scores.hpp"
#include "elementwise.hpp"
#include "products.hpp"

// Each row at each penalty is one row of a tall matrix, which goes through the device in parts: a
// kernel filters the rows, cuBLAS multiplies all of a part at once, and a warp per row scores it.
// A last kernel takes the means in the rows' order.
namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr int kWarps = kBlock / kWarp;
constexpr int kMeanBlock = 64;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;  // of a part's matrices

// The path where the device has it.
struct Path {
  std::int64_t n, rank, genes;
  const double* values;
  MatrixView<const double> vectors;
  MatrixView<const double> scaled;
  MatrixView<const double> perp_targets;
  MatrixView<const double> perp_inner;
  const double* sum_with;
  MatrixView<const double> of_row;
  MatrixView<const double> products;
  const std::int32_t* sets;  // null: all rows are one
};

// Rows [begin, begin + rows) of the tall matrix: row i at penalty s is row s · n + i.
struct Part {
  std::int64_t begin, rows;
  const double* penalties;
  MatrixView<double> filtered;    // rows × rank
  MatrixView<double> half_inner;  // rows × rank: filtered · lower
  MatrixView<double> reached;     // rows × n: filtered · with_targets
};

// On element_grid(rows, rank).
__global__ __launch_bounds__(kElementBlock) void filter_rows(Path path, Part part) {
  for_each_element(part.rows, path.rank, [&](std::int64_t row, std::int64_t k) {
    const std::int64_t i = (part.begin + row) % path.n;
    const double penalty = part.penalties[(part.begin + row) / path.n];
    part.filtered(row, k) = path.scaled(i, k) * math::penalty_filter(path.values[k], penalty);
  });
}

// Squares of the true effects, and math::cosine_scale of them. Blocks of kBlock threads.
__global__ __launch_bounds__(kBlock) void look_at_truth(MatrixView<const double> products,
                                                        double* square, double* scale) {
  const std::int64_t j = static_cast<std::int64_t>(blockIdx.x) * kBlock + threadIdx.x;
  if (j >= products.rows) return;
  square[j] = products(j, j);
  scale[j] = math::cosine_scale(square[j]);
}

// A warp per row of the part. Scores lie as settings × 5 × n.
__global__ __launch_bounds__(kBlock) void score_rows(Path path, Part part, const double* square,
                                                     const double* scale, double* scores) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  if (row >= part.rows) return;  // all of a warp
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t n = path.n;
  const std::int64_t setting = (part.begin + row) / n;
  const std::int64_t i = (part.begin + row) % n;
  const double penalty = part.penalties[setting];

  double reach = 0.0;
  double cross = 0.0;
  double half = 0.0;
  double sum = 0.0;
#pragma unroll 4
  for (std::int64_t k = lane; k < path.rank; k += kWarp) {
    const double x = part.filtered(row, k);
    const double u = path.vectors(i, k);
    reach += u * u * math::penalty_filter(path.values[k], penalty);
    cross += x * path.perp_inner(i, k);
    half += x * part.half_inner(row, k);
    sum += x * path.sum_with[k];
  }
  reach = warp_sum(reach);
  cross = warp_sum(cross);
  half = warp_sum(half);
  sum = warp_sum(sum);

  const double factor = math::left_out_factor(path.of_row(1, i) + reach);
  const double* truth = path.products.row(i);
  const double* perp = path.perp_targets.row(i);
  const double* reached = part.reached.row(row);
  const auto with = [&](std::int64_t j) {
    return math::left_out_product(truth[j], perp[j], reached[j], factor);
  };
  const double with_own = with(i);
  const double l2_limit = math::l2_key(with_own, square[i]);
  const double cosine_limit = math::cosine_key(with_own, scale[i]);
  const bool one_set = path.sets == nullptr;
  const std::int32_t set = one_set ? 0 : path.sets[i];
  std::int32_t candidates = 0;
  std::int32_t l2_nearer = 0;
  std::int32_t l2_equal = 0;
  std::int32_t cosine_nearer = 0;
  std::int32_t cosine_equal = 0;
#pragma unroll 4
  for (std::int64_t j = lane; j < n; j += kWarp) {
    if (!one_set && path.sets[j] != set) continue;
    const double with_j = with(j);
    const double l2 = math::l2_key(with_j, square[j]);
    const double cosine = math::cosine_key(with_j, scale[j]);
    ++candidates;
    l2_nearer += l2 < l2_limit ? 1 : 0;
    l2_equal += l2 == l2_limit ? 1 : 0;
    cosine_nearer += cosine < cosine_limit ? 1 : 0;
    cosine_equal += cosine == cosine_limit ? 1 : 0;
  }
  candidates = warp_sum(candidates);
  l2_nearer = warp_sum(l2_nearer);
  l2_equal = warp_sum(l2_equal);
  cosine_nearer = warp_sum(cosine_nearer);
  cosine_equal = warp_sum(cosine_equal);
  if (lane != 0) return;

  const math::TrueEffect y{square[i], path.of_row(3, i)};
  math::PredictedEffect p{};
  p.with_own = with_own;
  p.squared_error = math::left_out_square(path.of_row(0, i) + 2.0 * cross + 2.0 * half, factor);
  p.squared_norm = math::left_out_norm(with_own, y.square, p.squared_error);
  p.sum = y.sum - factor * (path.of_row(2, i) + sum);
  const math::EffectScores of_row = math::effect_scores(
      p, y, path.genes, {static_cast<double>(l2_nearer), static_cast<double>(l2_equal)},
      {static_cast<double>(cosine_nearer), static_cast<double>(cosine_equal)}, candidates);
  double* to = scores + setting * math::kEffectScores * n + i;
  to[0 * n] = of_row.mse;
  to[1 * n] = of_row.pearson;
  to[2 * n] = of_row.cosine;
  to[3 * n] = of_row.pds_l2;
  to[4 * n] = of_row.pds_cosine;
}

// A thread per mean, which takes its rows one after the other: the order of the CPU.
__global__ __launch_bounds__(kMeanBlock) void mean_over_rows(const double* scores, std::int64_t n,
                                                             std::int64_t means, double* mean,
                                                             std::int32_t* missing) {
  const std::int64_t k = static_cast<std::int64_t>(blockIdx.x) * kMeanBlock + threadIdx.x;
  if (k >= means) return;
  math::DefinedMean of_rows;
#pragma unroll 8
  for (std::int64_t i = 0; i < n; ++i) of_rows.add(scores[k * n + i]);
  mean[k] = of_rows.mean();
  missing[k] = static_cast<std::int32_t>(n - of_rows.defined);
}

}  // namespace

LeaveOneOutMeans CudaBackend::leave_one_out(const RidgePath& path,
                                            std::span<const double> penalties) {
  const std::int64_t n = path.products.rows();
  const std::int64_t rank = path.scaled.cols();
  const auto settings = static_cast<std::int64_t>(penalties.size());
  const std::int64_t means = settings * math::kEffectScores;
  LeaveOneOutMeans result{
      make_device_matrix<double>(*memory_, settings, math::kEffectScores),
      make_device_matrix<std::int32_t>(*memory_, settings, math::kEffectScores)};
  if (!path.sets.empty() && static_cast<std::int64_t>(path.sets.size()) != n) {
    throw Error(ErrorKind::kInternal, "leave_one_out: not a set for each row");
  }
  const auto sets = to_device(std::span<const std::int32_t>(path.sets));
  const auto on_device = to_device(penalties);
  auto square = make_device_buffer<double>(*memory_, n);
  auto scale = make_device_buffer<double>(*memory_, n);
  auto scores = make_device_buffer<double>(*memory_, means * n);
  const Path shared{n,
                    rank,
                    path.genes,
                    path.values.view().data,
                    path.vectors.view(),
                    path.scaled.view(),
                    path.perp_targets.view(),
                    path.perp_inner.view(),
                    path.sum_with.view().data,
                    path.of_row.view(),
                    path.products.view(),
                    path.sets.empty() ? nullptr : sets.data()};
  launch(stream_, look_at_truth, blocks_for(n, kBlock, INT32_MAX), kBlock, 0, path.products.view(),
         square.data(), scale.data());

  // Half of what is left, to leave room for cuBLAS.
  const std::int64_t room = std::max<std::int64_t>(memory_->limit() - memory_->in_use(), 0) / 2;
  const std::int64_t row_bytes = (2 * rank + n) * static_cast<std::int64_t>(sizeof(double));
  const std::int64_t most_rows =
      std::clamp<std::int64_t>(std::min(kMostBytes, room) / std::max<std::int64_t>(row_bytes, 1), 1,
                               std::max<std::int64_t>(settings * n, 1));
  auto filtered = make_device_matrix<double>(*memory_, most_rows, rank);
  auto half_inner = make_device_matrix<double>(*memory_, most_rows, rank);
  auto reached = make_device_matrix<double>(*memory_, most_rows, n);
  const auto first = [](Matrix<double>& of, std::int64_t rows) {
    return MatrixView<double>{of.view().data, rows, of.cols(), of.space()};
  };
  for (std::int64_t begin = 0; begin < settings * n; begin += most_rows) {
    const std::int64_t rows = std::min(most_rows, settings * n - begin);
    const Part part{begin,
                    rows,
                    on_device.data(),
                    first(filtered, rows),
                    first(half_inner, rows),
                    first(reached, rows)};
    launch(stream_, filter_rows, element_grid(rows, rank), kElementBlock, 0, shared, part);
    multiply(*blas_, stream_, part.filtered, path.lower.view(), part.half_inner.data);
    multiply(*blas_, stream_, part.filtered, path.with_targets.view(), part.reached.data);
    launch(stream_, score_rows, blocks_for(rows, kWarps, INT32_MAX), kBlock, 0, shared, part,
           square.data(), scale.data(), scores.data());
  }
  launch(stream_, mean_over_rows, blocks_for(means, kMeanBlock, INT32_MAX), kMeanBlock, 0,
         scores.data(), n, means, result.mean.view().data, result.missing.view().data);
  return result;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
