#include "cupel/math/rank_correlation.hpp"

#include <vector>

#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/math/value_order.hpp"
#include "launch.hpp"
#include "set_columns.hpp"
#include "sorted_rows.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// Keys of both sides and as they are sorted, with their places; ranks; and as much as keys and
// places again for CUB.
constexpr std::int64_t kBytesPerValue = 8 + 8 + 4 + (8 + 4) + 4 + (8 + 4);

// A block per row: keys of the set's columns, one after the other, each with its place among them.
__global__ void __launch_bounds__(kBlock)
    gather_both_sides(MatrixView<const double> a, MatrixView<const double> b,
                      MatrixView<const std::uint64_t> among, ValueOrder order,
                      std::uint64_t* keys_a, std::uint64_t* keys_b, std::int32_t* places,
                      std::int64_t* end) {
  const std::int64_t row = blockIdx.x;
  const std::int64_t first = row * a.cols;
  const std::int64_t n =
      for_each_column<kBlock>(among.row(row), a.cols, [&](std::int64_t column, std::int64_t place) {
        keys_a[first + place] = math::order_key(a(row, column), order);
        keys_b[first + place] = math::order_key(b(row, column), order);
        places[first + place] = static_cast<std::int32_t>(place);
      });
  if (threadIdx.x == 0) end[row] = first + n;
}

// Calls use(place, twice its mean rank) for the sorted keys of this block's row; returns how many
// there are.
template <typename Use>
__device__ std::int64_t for_each_rank(const RowKeys& sorted, std::int64_t columns,
                                      const std::int64_t* end, const Use& use) {
  const std::int64_t first = blockIdx.x * columns;
  const std::int64_t n = end[blockIdx.x] - first;
  const std::uint64_t* keys = sorted.keys + first;
  for (std::int64_t i = threadIdx.x; i < n; i += kBlock) {
    use(sorted.with[first + i],
        math::twice_mean_rank(keys_below(keys, n, keys[i]), keys_up_to(keys, n, keys[i])));
  }
  return n;
}

// A block per row.
__global__ void __launch_bounds__(kBlock)
    rank_one_side(RowKeys sorted, std::int64_t columns, const std::int64_t* end,
                  std::int32_t* twice_rank) {
  std::int32_t* ranks = twice_rank + blockIdx.x * columns;
  for_each_rank(sorted, columns, end, [&](std::int32_t place, std::int64_t rank) {
    ranks[place] = static_cast<std::int32_t>(rank);
  });
}

// A block per row: ranks of the other side, and how they go with the one's.
__global__ void __launch_bounds__(kBlock)
    correlate_ranks(RowKeys sorted, std::int64_t columns, const std::int64_t* end,
                    const std::int32_t* twice_rank, double* out) {
  const std::int32_t* ranks = twice_rank + blockIdx.x * columns;
  const std::int64_t n = end[blockIdx.x] - blockIdx.x * columns;
  math::RankProducts products;
  for_each_rank(sorted, columns, end, [&](std::int32_t place, std::int64_t rank) {
    products.add(ranks[place], rank, n);
  });
  products.ab = block_sum<kBlock>(products.ab);
  products.aa = block_sum<kBlock>(products.aa);
  products.bb = block_sum<kBlock>(products.bb);
  if (threadIdx.x == 0) out[blockIdx.x] = products.correlation(n);
}

}  // namespace

Matrix<double> CudaBackend::rank_correlation(MatrixView<const double> a, MatrixView<const double> b,
                                             MatrixView<const std::uint64_t> among, bool float32) {
  auto out = make_device_matrix<double>(*memory_, a.rows, 1);
  if (a.rows == 0) return out;
  const std::int64_t columns = a.cols;
  const std::int64_t most =
      columns == 0 ? a.rows : rows_at_a_time(*memory_, a.rows, columns, kBytesPerValue);
  std::vector<std::int64_t> row_begin;
  for (std::int64_t row = 0; row < most; ++row) row_begin.push_back(row * columns);
  const auto begin = to_device(std::span<const std::int64_t>(row_begin));
  auto end = make_device_buffer<std::int64_t>(*memory_, most);
  auto keys_a = make_device_buffer<std::uint64_t>(*memory_, most * columns);
  auto keys_b = make_device_buffer<std::uint64_t>(*memory_, most * columns);
  auto places = make_device_buffer<std::int32_t>(*memory_, most * columns);
  auto sorted_keys = make_device_buffer<std::uint64_t>(*memory_, most * columns);
  auto sorted_places = make_device_buffer<std::int32_t>(*memory_, most * columns);
  auto twice_rank = make_device_buffer<std::int32_t>(*memory_, most * columns);
  const RowKeys sorted{sorted_keys.data(), sorted_places.data()};

  for (std::int64_t row = 0; row < a.rows; row += most) {
    const std::int64_t rows = std::min(most, a.rows - row);
    const auto blocks = static_cast<unsigned>(rows);
    const auto part = [&]<typename T>(MatrixView<T> matrix) {
      return MatrixView<T>{matrix.row(row), rows, matrix.cols, matrix.space};
    };
    launch(stream_, gather_both_sides, blocks, kBlock, 0, part(a), part(b), part(among),
           ValueOrder{.float32 = float32}, keys_a.data(), keys_b.data(), places.data(), end.data());
    sort_rows(*memory_, stream_, {keys_a.data(), places.data()}, sorted, rows, columns,
              begin.data(), end.data());
    launch(stream_, rank_one_side, blocks, kBlock, 0, sorted, columns, end.data(),
           twice_rank.data());
    sort_rows(*memory_, stream_, {keys_b.data(), places.data()}, sorted, rows, columns,
              begin.data(), end.data());
    launch(stream_, correlate_ranks, blocks, kBlock, 0, sorted, columns, end.data(),
           twice_rank.data(), out.view().row(row));
  }
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
