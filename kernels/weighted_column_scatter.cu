#include "block_sums.hpp"
#include "cuda_backend.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kColumns = 32;  // of a block: one warp reads neighbouring columns of a row
constexpr int kLanes = 8;     // rows side by side; lane l takes rows l, l + kLanes, ...
constexpr int kBlock = 256;

// Sum over the lanes of this thread's column, in their order; every lane gets it.
__device__ inline double lane_sum(double value, double* shared) {
  shared[threadIdx.y * kColumns + threadIdx.x] = value;
  __syncthreads();
  double sum = 0.0;
  for (int lane = 0; lane < kLanes; ++lane) sum += shared[lane * kColumns + threadIdx.x];
  __syncthreads();
  return sum;
}

// Blocks of kColumns × kLanes threads. Per column sum w x^2 - (sum w x)^2 / sum w over the rows
// that do not leave it out, taken about the weighted mean, where it does not cancel; 0 from fewer
// than two rows.
__global__ __launch_bounds__(kColumns* kLanes) void scatter_of_columns(MatrixView<const double> x,
                                                                       const double* weight,
                                                                       const std::int32_t* excluded,
                                                                       double* scatter) {
  CUPEL_SHARED(double, shared, kColumns* kLanes);
  const std::int64_t col = static_cast<std::int64_t>(blockIdx.x) * kColumns + threadIdx.x;
  const bool inside = col < x.cols;
  const auto for_each_scored = [&](auto use) {
    if (!inside) return;
#pragma unroll 4
    for (std::int64_t row = threadIdx.y; row < x.rows; row += kLanes) {
      if (excluded[row] != col) use(x(row, col), weight[row]);
    }
  };

  double rows = 0.0;
  double weights = 0.0;
  double mean = 0.0;
  for_each_scored([&](double value, double w) {
    rows += 1.0;
    weights += w;
    mean += w * value;
  });
  rows = lane_sum(rows, shared);
  weights = lane_sum(weights, shared);
  mean = lane_sum(mean, shared) / weights;

  double first = 0.0;
  double second = 0.0;
  for_each_scored([&](double value, double w) {
    const double offset = value - mean;
    first += w * offset;
    second += w * offset * offset;
  });
  first = lane_sum(first, shared);
  second = lane_sum(second, shared);
  if (!inside || threadIdx.y != 0) return;
  const double of_column = second - first * first / weights;
  scatter[col] = rows < 2.0 || of_column < 0.0 ? 0.0 : of_column;  // a NaN stays one
}

// One block.
__global__ __launch_bounds__(kBlock) void add_columns(const double* scatter, std::int64_t n,
                                                      double* total) {
  CUPEL_SHARED(double, shared, kBlock);
  const double sum = block_sum_of<kBlock>(n, shared, [&](std::int64_t k) { return scatter[k]; });
  if (threadIdx.x == 0) *total = sum;
}

}  // namespace

Matrix<double> CudaBackend::weighted_column_scatter(MatrixView<const double> x,
                                                    std::span<const double> weight,
                                                    std::span<const std::int32_t> excluded) {
  const auto weights = to_device(weight);
  const auto holes = to_device(excluded);
  auto scatter = make_device_buffer<double>(*memory_, x.cols);
  auto total = make_device_matrix<double>(*memory_, 1, 1);
  launch(stream_, scatter_of_columns, blocks_for(x.cols, kColumns, INT32_MAX),
         dim3(kColumns, kLanes), 0, x, weights.data(), holes.data(), scatter.data());
  launch(stream_, add_columns, 1, kBlock, 0, scatter.data(), x.cols, total.view().data);
  return total;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
