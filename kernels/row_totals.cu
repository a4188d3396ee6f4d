#include "cuda_backend.hpp"
#include "cupel/math/expression.hpp"
#include "lane_sum.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

template <typename Value>
struct Rows {
  const Value* values;
  const std::int64_t* begin;
  const std::int32_t* length;
  std::int64_t n;
};

// A warp per row. Whole counts add up exactly in any order.
__global__ void __launch_bounds__(kBlock) add_counts(Rows<std::uint16_t> rows, double* totals) {
  const std::int64_t row = (static_cast<std::int64_t>(blockIdx.x) * kBlock + threadIdx.x) / kWarp;
  if (row >= rows.n) return;
  const std::uint16_t* counts = rows.values + rows.begin[row];
  const std::int64_t length = rows.length[row];
  unsigned long long sum = 0;
  for (std::int64_t k = threadIdx.x % kWarp; k < length; k += kWarp) sum += counts[k];
  sum = add_lanes<kWarp>(sum);
  if (threadIdx.x % kWarp == 0) totals[row] = static_cast<double>(sum);
}

// Eight threads per row, so that a warp takes four.
template <typename Value>
__global__ void __launch_bounds__(kBlock)
    add_values(Rows<Value> rows, bool lognorm, double* totals) {
  const std::int64_t row = (static_cast<std::int64_t>(blockIdx.x) * kBlock + threadIdx.x) / kLanes;
  const bool is_row = row < rows.n;  // threads beyond the last row still take part in the sums
  const Value* values = rows.values + (is_row ? rows.begin[row] : 0);
  const std::int64_t length = is_row ? rows.length[row] : 0;
  const double total =
      lognorm ? lane_sum(length,
                         [&](std::int64_t k) {
                           return math::linear_lognorm(static_cast<double>(values[k]));
                         })
              : lane_sum(length, [&](std::int64_t k) { return static_cast<double>(values[k]); });
  if (is_row && threadIdx.x % kLanes == 0) totals[row] = total;
}

}  // namespace

Matrix<double> CudaBackend::row_totals(CellsView cells, InputType input) {
  auto totals = make_device_matrix<double>(*memory_, cells.rows, 1);
  double* out = totals.view().data;
  const auto blocks = [&](int threads) {
    return static_cast<unsigned>((cells.rows * threads + kBlock - 1) / kBlock);
  };
  visit(cells, [&]<typename Gene, typename Value>(const TypedCells<Gene, Value>& typed) {
    const Rows<Value> rows{typed.values, typed.row_begin, typed.row_length, typed.rows};
    if constexpr (std::is_same_v<Value, std::uint16_t>) {
      if (input == InputType::kCounts) {
        launch(stream_, add_counts, blocks(kWarp), kBlock, 0, rows, out);
        return;
      }
    }
    launch(stream_, add_values<Value>, blocks(kLanes), kBlock, 0, rows,
           input == InputType::kLognorm, out);
  });
  return totals;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
