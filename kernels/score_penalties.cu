#include <algorithm>
#include <vector>

#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/error.hpp"
#include "cupel/math/effect_scores.hpp"
#include "elementwise.hpp"
#include "products.hpp"

// Each row at each penalty is one row of a tall matrix, which goes through the device in parts: a
// kernel filters the rows, cuBLAS multiplies all of a part at once, and a warp per row scores it.
// Of rows that are left out in groups a part holds whole settings: two more kernels look at the
// groups before the rows are scored.
namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr int kWarps = kBlock / kWarp;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 30;  // of a part's matrices

enum class Rows : std::uint8_t { kHeldOut, kLeftOutAlone, kLeftOutInGroups };

// The path where the device has it.
struct Path {
  Rows kind;
  std::int64_t m, n, bases, rank, genes;
  const double* values;
  MatrixView<const double> coordinates;
  MatrixView<const double> base_truth;
  MatrixView<const double> half_inner;
  MatrixView<const double> base_inner;
  const double* base_products;
  const double* sum;
  const double* base_sum;
  const std::int32_t* row;
  MatrixView<const double> products;
  const double* true_sum;
  const std::int32_t* sets;  // null: all true effects are one
  MatrixView<const double> vectors;
  const double* reach;
};

// Rows [begin, begin + rows) of the tall matrix: row i at penalty s is row s · m + i.
struct Part {
  std::int64_t begin, rows;
  const double* penalties;
  MatrixView<double> x;           // rows × rank
  MatrixView<double> half_inner;  // rows × rank: x · half_inner
  MatrixView<double> reached;     // rows × n: x · truth
};

// Rows that are left out together, and entries: pairs of such rows, group after group.
struct Groups {
  std::int64_t count, entries;
  const std::int64_t* start;     // count + 1
  const std::int32_t* group_of;  // m
  const std::int64_t* entry;     // count: the first of each
  const std::int32_t* a;         // entries: the rows of each pair
  const std::int32_t* b;
  const double* root;  // m
  double* factor;      // settings of a part × entries: A, then what residuals are multiplied by
  double* square;      // settings of a part × entries: products of residuals
  double* sum;         // settings of a part × m: sums of residuals
  double* column;      // settings of a part × m: scratch
};

__device__ inline double filter_of(const Path& path, std::int64_t k, double penalty) {
  return math::penalty_filter(path.values[k], penalty);
}

// On element_grid(rows, rank).
__global__ __launch_bounds__(kElementBlock) void filter_rows(Path path, Part part) {
  const bool diagonal = path.half_inner.rows != path.rank;
  for_each_element(part.rows, path.rank, [&](std::int64_t row, std::int64_t k) {
    const std::int64_t i = (part.begin + row) % path.m;
    const double penalty = part.penalties[(part.begin + row) / path.m];
    const double coordinate = path.coordinates(i, k);
    const double x = path.kind == Rows::kHeldOut ? coordinate / (path.values[k] + penalty)
                                                 : coordinate * filter_of(path, k, penalty);
    part.x(row, k) = x;
    if (diagonal) part.half_inner(row, k) = x * path.half_inner(0, k);
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

// A warp per entry of A and of the residuals' products, at each setting of the part: a grid of
// entries along x, settings along y.
__global__ __launch_bounds__(kBlock) void pair_rows(Path path, Part part, Groups groups) {
  const std::int64_t entry = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  if (entry >= groups.entries) return;  // all of a warp
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t a = groups.a[entry];
  const std::int64_t b = groups.b[entry];
  const std::int64_t settings = part.rows / path.m;
  for (std::int64_t setting = blockIdx.y; setting < settings; setting += gridDim.y) {
    const double penalty = part.penalties[part.begin / path.m + setting];
    const double* xa = part.x.row(setting * path.m + a);
    const double* xb = part.x.row(setting * path.m + b);
    const double* half_a = part.half_inner.row(setting * path.m + a);
    const double* half_b = part.half_inner.row(setting * path.m + b);
    double reach = 0.0;
    double square = 0.0;
    double sum = 0.0;
#pragma unroll 4
    for (std::int64_t k = lane; k < path.rank; k += kWarp) {
      reach += path.vectors(a, k) * filter_of(path, k, penalty) * path.vectors(b, k);
      square += xa[k] * path.base_inner(b, k) + xb[k] * path.base_inner(a, k) +
                (xa[k] * half_b[k] + xb[k] * half_a[k]);
      sum += xa[k] * path.sum[k];
    }
    reach = warp_sum(reach);
    square = warp_sum(square);
    sum = warp_sum(sum);
    if (lane != 0) continue;
    groups.factor[setting * groups.entries + entry] = path.reach[entry] + reach;
    groups.square[setting * groups.entries + entry] = path.base_products[entry] + square;
    if (a == b) groups.sum[setting * path.m + a] = path.base_sum[a] + sum;
  }
}

// A block per group, at each setting along y: A becomes W^-1/2 A⁻¹ W^1/2 by elimination in place,
// or NaN where a pivot says that the group decides its own predictions.
__global__ __launch_bounds__(kBlock) void invert_groups(Path path, Groups groups,
                                                        std::int64_t settings) {
  const std::int64_t group = blockIdx.x;
  const std::int64_t start = groups.start[group];
  const std::int64_t size = groups.start[group + 1] - start;
  for (std::int64_t setting = blockIdx.y; setting < settings; setting += gridDim.y) {
    double* const a = groups.factor + setting * groups.entries + groups.entry[group];
    double* const column = groups.column + setting * path.m + start;
    bool decides = false;
    for (std::int64_t k = 0; k < size && !decides; ++k) {
      const double pivot = a[k * size + k];
      decides = !(pivot > math::kDecides);  // the same for all threads
      __syncthreads();
      if (decides) break;
      for (std::int64_t i = threadIdx.x; i < size; i += kBlock) {
        column[i] = a[i * size + k];
        a[k * size + i] = (i == k ? 1.0 : a[k * size + i]) / pivot;
      }
      __syncthreads();
      for (std::int64_t at = threadIdx.x; at < size * size; at += kBlock) {
        const std::int64_t i = at / size;
        const std::int64_t j = at % size;
        if (i != k) a[at] = (j == k ? 0.0 : a[at]) - column[i] * a[k * size + j];
      }
      __syncthreads();
    }
    for (std::int64_t at = threadIdx.x; at < size * size; at += kBlock) {
      const double ratio = groups.root[start + at % size] / groups.root[start + at / size];
      a[at] = decides ? math::quiet_nan() : a[at] * ratio;
    }
  }
}

// A warp per row of the part.
__global__ __launch_bounds__(kBlock) void score_rows(Path path, Part part, Groups groups,
                                                     const double* square, const double* scale,
                                                     double* scores) {
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  if (row >= part.rows) return;  // all of a warp
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t n = path.n;
  const std::int64_t i = (part.begin + row) % path.m;
  const std::int64_t base = i % path.bases;
  const std::int64_t own = path.row[i];
  const double penalty = part.penalties[(part.begin + row) / path.m];
  const double* truth = path.products.row(own);

  math::PredictedEffect p{};
  double factor = 0.0;     // of a row left out by itself
  std::int64_t first = i;  // of the rows that are left out together
  std::int64_t size = 1;
  const double* share = nullptr;  // of a row left out with others: of their residuals
  if (path.kind == Rows::kLeftOutInGroups) {
    const std::int64_t group = groups.group_of[i];
    const std::int64_t setting = row / path.m;
    first = groups.start[group];
    size = groups.start[group + 1] - first;
    const std::int64_t entry = setting * groups.entries + groups.entry[group];
    share = groups.factor + entry + (i - first) * size;
    double error = 0.0;
    double sum = 0.0;
    for (std::int64_t at = lane; at < size * size; at += kWarp) {
      error += share[at / size] * share[at % size] * groups.square[entry + at];
    }
    for (std::int64_t b = lane; b < size; b += kWarp) {
      sum += share[b] * groups.sum[setting * path.m + first + b];
    }
    p.squared_error = math::left_out_error(warp_sum(error), 1.0);
    p.sum = path.true_sum[own] - warp_sum(sum);
  } else {
    double reach = 0.0;
    double cross = 0.0;
    double half = 0.0;
    double sum = 0.0;
    const bool left_out = path.kind == Rows::kLeftOutAlone;
#pragma unroll 4
    for (std::int64_t k = lane; k < path.rank; k += kWarp) {
      const double x = part.x(row, k);
      cross += x * path.base_inner(base, k);
      half += x * part.half_inner(row, k);
      sum += x * path.sum[k];
      if (left_out) {
        const double u = path.vectors(i, k);
        reach += u * u * filter_of(path, k, penalty);
      }
    }
    cross = warp_sum(cross);
    half = warp_sum(half);
    p.sum = path.base_sum[base] + warp_sum(sum);
    const double of_q = path.base_products[base] + 2.0 * cross + 2.0 * half;
    if (left_out) {
      factor = math::left_out_factor(path.reach[i] + warp_sum(reach));
      p.squared_error = math::left_out_error(of_q, factor);
      p.sum = path.true_sum[own] - factor * p.sum;
    } else {
      p.squared_norm = of_q;
    }
  }

  const auto with = [&](std::int64_t j) {
    if (path.kind == Rows::kHeldOut) return path.base_truth(base, j) + part.reached(row, j);
    if (path.kind == Rows::kLeftOutAlone) {
      return math::left_out_product(truth[j], path.base_truth(i, j), part.reached(row, j), factor);
    }
    double product = truth[j];
    for (std::int64_t b = 0; b < size; ++b) {
      product = math::left_out_product(product, path.base_truth(first + b, j),
                                       part.reached(row - i + first + b, j), share[b]);
    }
    return product;
  };
  p.with_own = with(own);
  if (path.kind == Rows::kHeldOut) {
    p.squared_error = math::held_out_error(p.squared_norm, p.with_own, square[own]);
  } else {
    p.squared_norm = math::left_out_norm(p.with_own, square[own], p.squared_error);
  }

  const double l2_limit = math::l2_key(p.with_own, square[own]);
  const double cosine_limit = math::cosine_key(p.with_own, scale[own]);
  const bool one_set = path.sets == nullptr;
  const std::int32_t set = one_set ? 0 : path.sets[own];
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

  const math::EffectScores of_row = math::effect_scores(
      p, {square[own], path.true_sum[own]}, path.genes,
      {static_cast<double>(l2_nearer), static_cast<double>(l2_equal)},
      {static_cast<double>(cosine_nearer), static_cast<double>(cosine_equal)}, candidates);
  double* to = scores + (part.begin + row) * math::kEffectScores;
  to[0] = of_row.mse;
  to[1] = of_row.pearson;
  to[2] = of_row.cosine;
  to[3] = of_row.pds_l2;
  to[4] = of_row.pds_cosine;
}

// Which rows make pairs, as the host finds it from the groups' starts.
struct Pairs {
  std::vector<std::int32_t> group_of, a, b;
  std::vector<std::int64_t> entry;
};
Pairs pairs_of(std::span<const std::int64_t> start) {
  Pairs pairs;
  for (std::size_t g = 0; g + 1 < start.size(); ++g) {
    pairs.entry.push_back(static_cast<std::int64_t>(pairs.a.size()));
    for (auto a = start[g]; a < start[g + 1]; ++a) {
      pairs.group_of.push_back(static_cast<std::int32_t>(g));
      for (auto b = start[g]; b < start[g + 1]; ++b) {
        pairs.a.push_back(static_cast<std::int32_t>(a));
        pairs.b.push_back(static_cast<std::int32_t>(b));
      }
    }
  }
  return pairs;
}

Rows kind_of(const PenaltyPath& path) {
  if (path.group_start.empty()) return Rows::kHeldOut;
  return static_cast<std::int64_t>(path.group_start.size()) == path.coordinates.rows + 1
             ? Rows::kLeftOutAlone
             : Rows::kLeftOutInGroups;
}

}  // namespace

Matrix<double> CudaBackend::score_penalties(const PenaltyPath& path,
                                            std::span<const double> penalties) {
  const std::int64_t m = path.coordinates.rows;
  const std::int64_t n = path.products.rows;
  const std::int64_t rank = path.coordinates.cols;
  const auto settings = static_cast<std::int64_t>(penalties.size());
  if (static_cast<std::int64_t>(path.row.size()) != m ||
      (!path.sets.empty() && static_cast<std::int64_t>(path.sets.size()) != n)) {
    throw Error(ErrorKind::kInternal, "score_penalties: names of rows differ in number");
  }
  const Rows kind = kind_of(path);
  auto scores = make_device_matrix<double>(*memory_, settings * m, math::kEffectScores);
  const auto row = to_device(path.row);
  const auto sets = to_device(path.sets);
  const auto on_device = to_device(penalties);
  auto square = make_device_buffer<double>(*memory_, n);
  auto scale = make_device_buffer<double>(*memory_, n);
  const Path shared{kind,
                    m,
                    n,
                    path.base_truth.rows,
                    rank,
                    path.genes,
                    path.values.data,
                    path.coordinates,
                    path.base_truth,
                    path.half_inner,
                    path.base_inner,
                    path.base_products.data,
                    path.sum.data,
                    path.base_sum.data,
                    row.data(),
                    path.products,
                    path.true_sum.data,
                    path.sets.empty() ? nullptr : sets.data(),
                    path.vectors,
                    path.reach.data};
  launch(stream_, look_at_truth, blocks_for(n, kBlock, INT32_MAX), kBlock, 0, path.products,
         square.data(), scale.data());

  const bool in_groups = kind == Rows::kLeftOutInGroups;
  const Pairs pairs = in_groups ? pairs_of(path.group_start) : Pairs{};
  const auto start = to_device(path.group_start);
  const auto root = to_device(path.root);
  const auto group_of = to_device(std::span<const std::int32_t>(pairs.group_of));
  const auto entry = to_device(std::span<const std::int64_t>(pairs.entry));
  const auto pair_a = to_device(std::span<const std::int32_t>(pairs.a));
  const auto pair_b = to_device(std::span<const std::int32_t>(pairs.b));
  const auto entries = static_cast<std::int64_t>(pairs.a.size());

  // Half of what is left, to leave room for cuBLAS.
  const std::int64_t room = std::max<std::int64_t>(memory_->limit() - memory_->in_use(), 0) / 2;
  constexpr auto kBytes = static_cast<std::int64_t>(sizeof(double));
  const std::int64_t at_least = in_groups ? std::max<std::int64_t>(m, 1) : 1;  // rows of a part
  const std::int64_t bytes =
      at_least * (2 * rank + n) * kBytes + (in_groups ? 2 * (entries + m) * kBytes : 0);
  const std::int64_t parts = std::max<std::int64_t>(settings * m / at_least, 1);
  const std::int64_t most_rows =
      at_least * std::clamp<std::int64_t>(
                     std::min(kMostBytes, room) / std::max<std::int64_t>(bytes, 1), 1, parts);
  auto x = make_device_matrix<double>(*memory_, most_rows, rank);
  auto half_inner = make_device_matrix<double>(*memory_, most_rows, rank);
  auto reached = make_device_matrix<double>(*memory_, most_rows, n);
  const std::int64_t group_settings = in_groups ? most_rows / at_least : 0;
  auto factor = make_device_buffer<double>(*memory_, group_settings * entries);
  auto squares = make_device_buffer<double>(*memory_, group_settings * entries);
  auto sums = make_device_buffer<double>(*memory_, group_settings * m);
  auto column = make_device_buffer<double>(*memory_, group_settings * m);
  const Groups groups{static_cast<std::int64_t>(pairs.entry.size()),
                      entries,
                      start.data(),
                      group_of.data(),
                      entry.data(),
                      pair_a.data(),
                      pair_b.data(),
                      root.data(),
                      factor.data(),
                      squares.data(),
                      sums.data(),
                      column.data()};
  const auto first = [](Matrix<double>& of, std::int64_t rows) {
    return MatrixView<double>{of.view().data, rows, of.cols(), of.space()};
  };
  for (std::int64_t begin = 0; begin < settings * m; begin += most_rows) {
    const std::int64_t rows = std::min(most_rows, settings * m - begin);
    const Part part{begin,
                    rows,
                    on_device.data(),
                    first(x, rows),
                    first(half_inner, rows),
                    first(reached, rows)};
    launch(stream_, filter_rows, element_grid(rows, rank), kElementBlock, 0, shared, part);
    if (path.half_inner.rows == rank) {
      multiply(*blas_, stream_, part.x, path.half_inner, part.half_inner.data);
    }
    multiply(*blas_, stream_, part.x, path.truth, part.reached.data);
    if (in_groups) {
      const auto across = static_cast<unsigned>(std::min<std::int64_t>(rows / m, kElementRows));
      launch(stream_, pair_rows, dim3(blocks_for(entries, kWarps, INT32_MAX), across), kBlock, 0,
             shared, part, groups);
      launch(stream_, invert_groups, dim3(static_cast<unsigned>(groups.count), across), kBlock, 0,
             shared, groups, rows / m);
    }
    launch(stream_, score_rows, blocks_for(rows, kWarps, INT32_MAX), kBlock, 0, shared, part,
           groups, square.data(), scale.data(), scores.view().data);
  }
  return scores;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
