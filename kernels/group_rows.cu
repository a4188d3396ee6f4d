#include "group_rows.hpp"

#include <algorithm>

#include "cupel/math/row_pieces.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// A thread per column, blocks striding over all.
__global__ void __launch_bounds__(kBlock)
    add_each_column(MatrixView<const double> tables, std::int64_t n, double* sums, bool fresh) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kBlock;
  for (std::int64_t k = static_cast<std::int64_t>(blockIdx.x) * kBlock + threadIdx.x;
       k < tables.cols; k += stride) {
    double sum = fresh ? 0.0 : sums[k];
    for (std::int64_t row = 0; row < n; ++row) sum += tables(row, k);
    sums[k] = sum;
  }
}

}  // namespace

GroupPieces cut_groups(std::span<const std::int64_t> group_start) {
  GroupPieces pieces;
  for (std::size_t group = 0; group + 1 < group_start.size(); ++group) {
    const std::int64_t begin = group_start[group];
    const std::int64_t end = group_start[group + 1];
    const auto id = static_cast<std::int64_t>(group);
    if (end - begin <= math::kWholeRows) {
      pieces.whole.push_back({begin, end, id});
      continue;
    }
    auto& parts = pieces.split.emplace_back();
    for (std::int64_t row = begin; row < end; row += math::kPieceRows) {
      parts.push_back({row, std::min(row + math::kPieceRows, end), id});
    }
  }
  return pieces;
}

void add_tables(const Stream& stream, MatrixView<const double> tables, std::int64_t n, double* sums,
                bool fresh) {
  launch(stream, add_each_column, blocks_for(tables.cols, kBlock), kBlock, 0, tables, n, sums,
         fresh);
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
