#include <algorithm>
#include <utility>

#include "cuda_backend.hpp"
#include "cupel/math/cell_expression.hpp"
#include "group_rows.hpp"
#include "lane_sum.hpp"
#include "launch.hpp"
#include "row_slices.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kWarps = 4;
constexpr int kBlock = kWarps * kWarp;
constexpr int kTileGenes = 256;  // of one warp; with four sums 8 KiB of shared memory
constexpr int kSquaresBlock = 64;

// Sums by group, or by piece of one group, and gene; without data where a sum is not asked for.
struct MomentTables {
  MatrixView<double> stored;
  MatrixView<double> linear;
  MatrixView<double> log;
  MatrixView<double> squares;
  bool by_group;
};

struct TileRow {
  RowSlice slice;
  math::CellExpression cell;
};

// A warp per piece and tile of genes: it walks the piece's rows one after the other, so that each
// gene's values are added in the order of the rows, by threads that each have another gene. Rows
// are looked up 32 at a time, one by each thread. Of the sums stored, linear, log and squared log
// the first kSums are taken.
template <int kSums, typename Gene, typename Value>
__global__ void __launch_bounds__(kBlock)
    sum_pieces(TypedCells<Gene, Value> cells, const double* totals, const RowPiece* pieces,
               unsigned tile_blocks, Linear how, MomentTables out) {
  constexpr int kWarpSums = kSums * kTileGenes;
  CUPEL_SHARED(double, sums_of_warps, (kWarps * kWarpSums));
  CUPEL_SHARED(TileRow, rows_of_warps, kBlock);
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t first_gene =
      (static_cast<std::int64_t>(blockIdx.x % tile_blocks) * kWarps + warp) * kTileGenes;
  const std::int64_t n_genes = min(cells.n_genes - first_gene, std::int64_t{kTileGenes});
  if (n_genes <= 0) return;
  const std::int64_t place = blockIdx.x / tile_blocks;
  const RowPiece piece = pieces[place];
  double* sums = sums_of_warps + warp * kWarpSums;
  TileRow* rows = rows_of_warps + warp * kWarp;

  for (int k = lane; k < kWarpSums; k += kWarp) sums[k] = 0.0;
  for (std::int64_t row = piece.begin; row < piece.end; row += kWarp) {
    const auto n = static_cast<int>(min(piece.end - row, std::int64_t{kWarp}));
    if (lane < n) {
      rows[lane] = {row_slice(cells, row + lane, first_gene, first_gene + n_genes),
                    math::cell_expression(how, totals[row + lane])};
    }
    __syncwarp();
    for (int r = 0; r < n; ++r) {
      const RowSlice slice = rows[r].slice;
      const math::CellExpression cell = rows[r].cell;
      for (std::int32_t k = lane; k < slice.length; k += kWarp) {
        const auto gene = static_cast<std::int64_t>(cells.genes[slice.begin + k]) - first_gene;
        const Value value = cells.values[slice.begin + k];
        sums[gene] += static_cast<double>(value);
        if constexpr (kSums >= 2) {
          const double linear = math::linear_of(cell, value);
          sums[kTileGenes + gene] += linear;
          if constexpr (kSums == 4) {
            const double log = math::log_of(cell, value, linear);
            sums[2 * kTileGenes + gene] += log;
            sums[3 * kTileGenes + gene] += log * log;
          }
        }
      }
      __syncwarp();  // the next row's genes may fall to other threads
    }
  }

  const std::int64_t table = out.by_group ? piece.group : place;
  for (std::int64_t gene = lane; gene < n_genes; gene += kWarp) {
    const auto write = [&](const MatrixView<double>& to, int which) {
      if (to.data != nullptr) to(table, first_gene + gene) = sums[which * kTileGenes + gene];
    };
    write(out.stored, 0);
    if constexpr (kSums >= 2) write(out.linear, 1);
    if constexpr (kSums == 4) {
      write(out.log, 2);
      write(out.squares, 3);
    }
  }
}

// Eight threads per group.
__global__ void __launch_bounds__(kSquaresBlock)
    add_squares(MatrixView<const double> squares, double* sums) {
  const std::int64_t group =
      (static_cast<std::int64_t>(blockIdx.x) * kSquaresBlock + threadIdx.x) / kLanes;
  const bool is_group = group < squares.rows;  // the other threads still take part in the sums
  const double* row = squares.row(is_group ? group : 0);
  const double sum = lane_sum(squares.cols, [&](std::int64_t gene) { return row[gene]; });
  if (is_group && threadIdx.x % kLanes == 0) sums[group] = sum;
}

struct Sums {
  Sums(DeviceMemory& memory, std::int64_t tables, std::int64_t genes, const MomentRequest& request)
      : stored(make(request.stored, memory, tables, genes)),
        linear(make(request.linear, memory, tables, genes)),
        log(make(request.log, memory, tables, genes)),
        squares(make(request.log_squared, memory, tables, genes)) {}
  static Matrix<double> make(bool asked, DeviceMemory& memory, std::int64_t rows,
                             std::int64_t cols) {
    return asked ? make_device_matrix<double>(memory, rows, cols) : Matrix<double>();
  }
  MomentTables view(bool by_group) {
    return {stored.view(), linear.view(), log.view(), squares.view(), by_group};
  }

  Matrix<double> stored;
  Matrix<double> linear;
  Matrix<double> log;
  Matrix<double> squares;
};

}  // namespace

GroupMoments CudaBackend::group_moments(CellsView cells, MatrixView<const double> totals,
                                        std::span<const std::int64_t> group_start,
                                        const Linear& linear, const MomentRequest& request) {
  const auto groups = static_cast<std::int64_t>(group_start.size()) - 1;
  if (!request.stored && !request.linear && !request.log && !request.log_squared) return {};
  const GroupPieces pieces = cut_groups(group_start);
  Sums sums(*memory_, groups, cells.n_genes, request);

  const std::int64_t tiles = (cells.n_genes + kTileGenes - 1) / kTileGenes;
  const auto tile_blocks = static_cast<unsigned>((tiles + kWarps - 1) / kWarps);
  const auto sum = [&](std::span<const RowPiece> some, MomentTables to) {
    const auto on_device = to_device(some);
    const unsigned blocks = static_cast<unsigned>(some.size()) * tile_blocks;
    visit(cells, [&]<typename Gene, typename Value>(const TypedCells<Gene, Value>& typed) {
      const auto kernel = request.log || request.log_squared ? sum_pieces<4, Gene, Value>
                          : request.linear                   ? sum_pieces<2, Gene, Value>
                                                             : sum_pieces<1, Gene, Value>;
      launch(stream_, kernel, blocks, kBlock, 0, typed, totals.data, on_device.data(), tile_blocks,
             linear, to);
    });
  };

  sum(pieces.whole, sums.view(true));
  if (!pieces.split.empty()) {
    std::size_t largest = 0;
    for (const auto& group : pieces.split) largest = std::max(largest, group.size());
    Sums tables(*memory_, std::min(static_cast<std::int64_t>(largest), kPiecesAtOnce),
                cells.n_genes, request);
    for (const auto& group : pieces.split) {
      in_rounds(group, kPiecesAtOnce, [&](std::span<const RowPiece> some, std::int64_t first) {
        sum(some, tables.view(false));
        const auto add = [&](const Matrix<double>& from, Matrix<double>& to) {
          if (to.rows() == 0) return;
          add_tables(stream_, from.view(), static_cast<std::int64_t>(some.size()),
                     to.view().row(group.front().group), first == 0);
        };
        add(tables.stored, sums.stored);
        add(tables.linear, sums.linear);
        add(tables.log, sums.log);
        add(tables.squares, sums.squares);
      });
    }
  }

  GroupMoments moments{std::move(sums.stored), std::move(sums.linear), std::move(sums.log), {}};
  if (request.log_squared) {
    moments.log_squared = make_device_matrix<double>(*memory_, groups, 1);
    launch(stream_, add_squares, blocks_for(groups * kLanes, kSquaresBlock, INT32_MAX),
           kSquaresBlock, 0, std::as_const(sums.squares).view(), moments.log_squared.view().data);
  }
  return moments;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
