#include <algorithm>
#include <cub/cub.cuh>
#include <limits>
#include <vector>

#include "cuda_backend.hpp"
#include "cupel/math/rank_key.hpp"
#include "cupel/math/ranks.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr int kWarps = kBlock / kWarp;
constexpr std::int64_t kNan =
    std::numeric_limits<std::int64_t>::max();  // the key, after all others

// Keys and columns in and out, and as much again for CUB.
constexpr std::int64_t kMostBytes = std::int64_t{2} << 30;
constexpr std::int64_t kBytesPerValue = 3 * (8 + 4);

// A thread per element of rows × cols, blocks striding over all. NaN is done here.
__global__ void order_by_p(const double* p, std::int64_t size, std::int64_t cols,
                           std::int64_t* keys, std::int32_t* columns, double* adjusted) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < size;
       i += stride) {
    const bool nan = p[i] != p[i];
    keys[i] = nan ? kNan : math::rank_key(p[i]);
    columns[i] = static_cast<std::int32_t>(i % cols);
    if (nan) adjusted[i] = p[i];
  }
}

__device__ double lower(double a, double b) { return b < a ? b : a; }

// A block per row walks from the largest p to the smallest, kBlock at a time, each thread with the
// lowest candidate from its own place on. The order among equal p does not show: the running
// minimum gives them all the last one's value.
__global__ void __launch_bounds__(kBlock)
    adjust_rows(const std::int64_t* keys, const std::int32_t* columns, std::int64_t cols,
                double* adjusted) {
  CUPEL_SHARED(double, warp_lowest, kWarps);
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * cols;

  std::int64_t n = 0;  // without the NaN at the end
  for (std::int64_t end = cols; n < end;) {
    const std::int64_t middle = (n + end) / 2;
    if (keys[row + middle] < kNan) {
      n = middle + 1;
    } else {
      end = middle;
    }
  }

  double carried = 1.0;  // the lowest of the pieces before
  for (std::int64_t end = n; end > 0; end -= kBlock) {
    const std::int64_t i = end - kBlock + threadIdx.x;
    double lowest = 1.0;
    if (i >= 0) lowest = lower(lowest, math::bh_candidate(math::value_of(keys[row + i]), i + 1, n));
    for (int distance = 1; distance < kWarp; distance *= 2) {  // beyond the warp comes one's own
      lowest = lower(lowest, __shfl_down_sync(kFullWarp, lowest, static_cast<unsigned>(distance)));
    }
    if (lane == 0) warp_lowest[warp] = lowest;
    __syncthreads();
    lowest = lower(carried, lowest);
    for (int k = 0; k < kWarps; ++k) {
      if (k > warp) lowest = lower(lowest, warp_lowest[k]);
      carried = lower(carried, warp_lowest[k]);
    }
    if (i >= 0) adjusted[row + columns[row + i]] = lowest > 0.0 ? lowest : 0.0;
    __syncthreads();  // before the next piece's minima
  }
}

}  // namespace

Matrix<double> CudaBackend::adjust_p_values(MatrixView<const double> p) {
  auto adjusted = make_device_matrix<double>(*memory_, p.rows, p.cols);
  if (p.size() == 0) return adjusted;
  const std::int64_t bytes = std::min(kMostBytes, (memory_->limit() - memory_->in_use()) / 2);
  const std::int64_t most = std::clamp(bytes / (kBytesPerValue * p.cols), std::int64_t{1}, p.rows);
  std::vector<std::int64_t> row_begin;
  for (std::int64_t row = 0; row <= most; ++row) row_begin.push_back(row * p.cols);
  const auto begin = to_device(std::span<const std::int64_t>(row_begin));
  auto keys = make_device_buffer<std::int64_t>(*memory_, most * p.cols);
  auto sorted = make_device_buffer<std::int64_t>(*memory_, most * p.cols);
  auto columns = make_device_buffer<std::int32_t>(*memory_, most * p.cols);
  auto sorted_columns = make_device_buffer<std::int32_t>(*memory_, most * p.cols);

  for (std::int64_t row = 0; row < p.rows; row += most) {
    const std::int64_t rows = std::min(most, p.rows - row);
    const std::int64_t size = rows * p.cols;
    double* out = adjusted.view().row(row);
    launch(stream_, order_by_p, blocks_for(size, kBlock), kBlock, 0, p.row(row), size, p.cols,
           keys.data(), columns.data(), out);
    std::size_t scratch_bytes = 0;
    const auto sort = [&](void* scratch) {
      CUPEL_CUDA(cub::DeviceSegmentedSort::StableSortPairs(
          scratch, scratch_bytes, static_cast<const std::int64_t*>(keys.data()), sorted.data(),
          static_cast<const std::int32_t*>(columns.data()), sorted_columns.data(), size, rows,
          begin.data(), begin.data() + 1, stream_.get()));
    };
    sort(nullptr);
    auto scratch =
        make_device_buffer<std::byte>(*memory_, static_cast<std::int64_t>(scratch_bytes));
    sort(scratch.data());
    launch(stream_, adjust_rows, static_cast<unsigned>(rows), kBlock, 0, sorted.data(),
           sorted_columns.data(), p.cols, out);
  }
  return adjusted;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
