#include "cupel/math/ranking_areas.hpp"

#include <vector>

#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/math/float_bits.hpp"
#include "cupel/math/value_order.hpp"
#include "launch.hpp"
#include "set_columns.hpp"
#include "sorted_rows.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// Keys and whether they are positive, in and out, and as much again for CUB.
constexpr std::int64_t kBytesPerValue = 3 * (8 + 4);

// A block per row: keys of the set's columns, one after the other, the surest the smallest.
__global__ void __launch_bounds__(kBlock)
    gather_scores(MatrixView<const double> score, MatrixView<const std::uint64_t> positive,
                  MatrixView<const std::uint64_t> among, RowKeys out, std::int64_t* end) {
  const std::int64_t row = blockIdx.x;
  const std::int64_t first = row * score.cols;
  const std::int64_t n = for_each_column<kBlock>(
      among.row(row), score.cols, [&](std::int64_t column, std::int64_t place) {
        out.keys[first + place] =
            math::order_key(score(row, column), ValueOrder{.largest_first = true});
        out.with[first + place] = math::has_column(positive.row(row), column) ? 1 : 0;
      });
  if (threadIdx.x == 0) end[row] = first + n;
}

// A block per row: the number of positives down to each place, then what each threshold adds.
// `hits` is scratch as long as the keys.
__global__ void __launch_bounds__(kBlock)
    add_thresholds(RowKeys sorted, std::int64_t columns, const std::int64_t* end,
                   std::int32_t* hits_of_all, MatrixView<double> out) {
  const std::int64_t first = blockIdx.x * columns;
  const std::int64_t n = end[blockIdx.x] - first;
  const std::uint64_t* keys = sorted.keys + first;
  std::int32_t* hits = hits_of_all + first;
  std::int64_t positives = 0;
  for (std::int64_t begin = 0; begin < n; begin += kBlock) {
    const std::int64_t i = begin + threadIdx.x;
    const bool is_hit = i < n && sorted.with[first + i] != 0;
    int in_piece = 0;
    const int before = yes_before<kBlock>(is_hit, in_piece);
    if (i < n) hits[i] = static_cast<std::int32_t>(positives + before + (is_hit ? 1 : 0));
    positives += in_piece;
  }
  __syncthreads();  // other threads' hits are looked up

  double precision = 0.0;
  std::int64_t twice_roc = 0;
  for (std::int64_t i = threadIdx.x; i < n; i += kBlock) {
    if (i + 1 < n && keys[i + 1] == keys[i]) continue;  // not the threshold's last
    const std::int64_t before = keys_below(keys, i, keys[i]);
    const math::RankingThreshold threshold{before, before > 0 ? hits[before - 1] : 0, i + 1,
                                           hits[i]};
    precision += threshold.precision();
    twice_roc += threshold.twice_roc();
  }
  precision = block_sum<kBlock>(precision);
  twice_roc = block_sum<kBlock>(twice_roc);
  if (threadIdx.x != 0) return;
  const std::int64_t negatives = n - positives;
  const bool is_defined = positives > 0 && negatives > 0;
  out(blockIdx.x, 0) =
      is_defined ? math::precision_recall_area(precision, positives) : math::quiet_nan();
  out(blockIdx.x, 1) =
      is_defined ? math::roc_area(twice_roc, positives, negatives) : math::quiet_nan();
}

}  // namespace

Matrix<double> CudaBackend::ranking_areas(MatrixView<const double> score,
                                          MatrixView<const std::uint64_t> positive,
                                          MatrixView<const std::uint64_t> among) {
  auto out = make_device_matrix<double>(*memory_, score.rows, 2);
  if (score.rows == 0) return out;
  const std::int64_t columns = score.cols;
  const std::int64_t most =
      columns == 0 ? score.rows : rows_at_a_time(*memory_, score.rows, columns, kBytesPerValue);
  std::vector<std::int64_t> row_begin;
  for (std::int64_t row = 0; row < most; ++row) row_begin.push_back(row * columns);
  const auto begin = to_device(std::span<const std::int64_t>(row_begin));
  auto end = make_device_buffer<std::int64_t>(*memory_, most);
  auto keys = make_device_buffer<std::uint64_t>(*memory_, most * columns);
  auto is_positive = make_device_buffer<std::int32_t>(*memory_, most * columns);
  auto sorted_keys = make_device_buffer<std::uint64_t>(*memory_, most * columns);
  auto sorted_positive = make_device_buffer<std::int32_t>(*memory_, most * columns);
  const RowKeys gathered{keys.data(), is_positive.data()};
  const RowKeys sorted{sorted_keys.data(), sorted_positive.data()};

  for (std::int64_t row = 0; row < score.rows; row += most) {
    const std::int64_t rows = std::min(most, score.rows - row);
    const auto blocks = static_cast<unsigned>(rows);
    const auto part = [&]<typename T>(MatrixView<T> matrix) {
      return MatrixView<T>{matrix.row(row), rows, matrix.cols, matrix.space};
    };
    launch(stream_, gather_scores, blocks, kBlock, 0, part(score), part(positive), part(among),
           gathered, end.data());
    sort_rows(*memory_, stream_, gathered, sorted, rows, columns, begin.data(), end.data());
    launch(stream_, add_thresholds, blocks, kBlock, 0, sorted, columns, end.data(),
           is_positive.data(), part(out.view()));  // done with: scratch
  }
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
