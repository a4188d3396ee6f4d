#include "cupel/math/jackknife.hpp"

#include <algorithm>
#include <utility>

#include "cuda_backend.hpp"
#include "group_rows.hpp"
#include "lane_sum.hpp"
#include "launch.hpp"
#include "row_slices.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kGroupBlock = 128;
constexpr int kWarps = 2;  // of a block that adds cells: 18 KiB of shared memory each
constexpr int kBlock = kWarps * kWarp;
constexpr int kTileGenes = 256;
constexpr int kOwnGenes = kTileGenes / kWarp;  // per thread
constexpr int kFinishBlock = 256;
constexpr int kSums = 6;  // of math::JackknifeSums, and of w and w^2 over the cells that are far
constexpr std::int64_t kTableBytes = std::int64_t{128} << 20;  // of all groups of one round
constexpr std::int64_t kMostTables = 256;
constexpr std::int64_t kFewestTables = 32;

struct GroupFacts {
  math::JackknifeGroup group;
  double near_cells;
  math::JackknifeSeries series;
};

// A warp per group.
__global__ void __launch_bounds__(kGroupBlock)
    describe_groups(const double* totals, const std::int64_t* start, std::int64_t groups,
                    MatrixView<const double> stored_sums, double target_sum, GroupFacts* facts) {
  const std::int64_t group = blockIdx.x * (kGroupBlock / kWarp) + threadIdx.x / kWarp;
  if (group >= groups) return;
  const double* sums = stored_sums.row(group);
  const double all = lane_sum(stored_sums.cols, [&](std::int64_t gene) { return sums[gene]; });
  const auto whole =
      math::jackknife_group(static_cast<double>(start[group + 1] - start[group]), all, target_sum);
  double power[math::kJackknifePowers] = {};
  for (std::int64_t row = start[group] + threadIdx.x % kWarp; row < start[group + 1];
       row += kWarp) {
    const double delta = math::jackknife_delta(whole, totals[row]);
    if (!math::jackknife_is_near(delta)) continue;
    double term = 1.0;
    for (double& sum : power) {
      sum += term;
      term *= delta;
    }
  }
  for (double& sum : power) sum = add_lanes<kWarp>(sum);
  if (threadIdx.x % kWarp == 0) {
    facts[group] = {whole, power[0], math::jackknife_series_of(power)};
  }
}

// What a warp keeps of its tile in shared memory.
struct Tile {
  double mean[kTileGenes];  // math::JackknifeGene
  double slope[kTileGenes];
  double tilt[kTileGenes];
  double share[kTileGenes];
  double cells[kTileGenes];  // math::JackknifeSums
  double beyond[kTileGenes];
  double beyond_squared[kTileGenes];
  double series[kTileGenes];
  double counts[kTileGenes];  // of a cell that is far; zero between such cells
};

struct TileRow {
  RowSlice slice;
  double total;
};

__device__ double small_or_any_log1p(double x) {
  return x <= 1.0 / 16.0 && x >= -1.0 / 16.0 ? math::log1p_small(x) : math::log1p(x);
}

// A warp per piece and tile of genes, which walks the piece's rows one after the other. Of a near
// cell it adds what the genes held add, each by another thread; of a far one every gene, each
// thread its own. Table k is that of piece k: kSums rows of genes.
template <typename Gene, typename Value>
__global__ void __launch_bounds__(kBlock)
    add_cells(TypedCells<Gene, Value> cells, const double* totals, const RowPiece* pieces,
              unsigned tile_blocks, MatrixView<const double> stored_sums, const GroupFacts* facts,
              MatrixView<double> tables) {
  CUPEL_SHARED(Tile, tiles, kWarps);
  CUPEL_SHARED(TileRow, rows_of_warps, kBlock);
  const int warp = static_cast<int>(threadIdx.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const std::int64_t first_gene =
      (static_cast<std::int64_t>(blockIdx.x % tile_blocks) * kWarps + warp) * kTileGenes;
  const std::int64_t n_genes = min(cells.n_genes - first_gene, std::int64_t{kTileGenes});
  if (n_genes <= 0) return;
  const std::int64_t table = blockIdx.x / tile_blocks;
  const RowPiece piece = pieces[table];
  const auto group = facts[piece.group].group;
  if (!math::jackknife_applies(group)) return;  // nobody looks at its table
  const bool any_far = facts[piece.group].near_cells < group.n;
  const double* stored = stored_sums.row(piece.group) + first_gene;
  Tile& tile = tiles[warp];
  TileRow* rows = rows_of_warps + warp * kWarp;

  const double centre_scale = math::jackknife_centre_scale(group);
  double centre[kOwnGenes] = {};  // of genes lane, lane + kWarp, ...
  double far_first[kOwnGenes] = {};
  double far_second[kOwnGenes] = {};
  for (int own = 0; own < kOwnGenes; ++own) {
    const int gene = lane + own * kWarp;
    const double sum = gene < n_genes ? stored[gene] : 0.0;
    const auto facts_of_gene = math::jackknife_gene(group, sum);
    tile.mean[gene] = facts_of_gene.mean;
    tile.slope[gene] = facts_of_gene.slope;
    tile.tilt[gene] = facts_of_gene.tilt;
    tile.share[gene] = facts_of_gene.share;
    tile.cells[gene] = 0.0;
    tile.beyond[gene] = 0.0;
    tile.beyond_squared[gene] = 0.0;
    tile.series[gene] = 0.0;
    tile.counts[gene] = 0.0;
    if (any_far) centre[own] = math::log1p(sum * centre_scale);
  }

  for (std::int64_t first_row = piece.begin; first_row < piece.end; first_row += kWarp) {
    const auto n = static_cast<int>(min(piece.end - first_row, std::int64_t{kWarp}));
    if (lane < n) {
      const std::int64_t row = first_row + lane;
      rows[lane] = {row_slice(cells, row, first_gene, first_gene + n_genes), totals[row]};
    }
    __syncwarp();
    for (int r = 0; r < n; ++r) {
      const RowSlice slice = rows[r].slice;
      const double delta = math::jackknife_delta(group, rows[r].total);
      const bool is_near = math::jackknife_is_near(delta);
      for (std::int32_t k = lane; k < slice.length; k += kWarp) {
        const auto gene = static_cast<std::int64_t>(cells.genes[slice.begin + k]) - first_gene;
        const auto count = static_cast<double>(cells.values[slice.begin + k]);
        if (!is_near) {
          tile.counts[gene] = count;
          continue;
        }
        const double w = small_or_any_log1p(math::jackknife_argument(
            {tile.mean[gene], tile.slope[gene], tile.tilt[gene], tile.share[gene]}, count, delta));
        const double e = math::log1p_near(tile.share[gene] * delta);
        tile.cells[gene] += 1.0;
        tile.beyond[gene] += w - e;
        tile.beyond_squared[gene] += (w - e) * (w + e);
        tile.series[gene] += e;
      }
      __syncwarp();  // the next genes may fall to other threads
      if (is_near) continue;
      const double scale = math::jackknife_far_scale(group, rows[r].total);
      for (int own = 0; own < kOwnGenes; ++own) {
        const int gene = lane + own * kWarp;
        if (gene >= n_genes) break;
        const double w = math::log1p((stored[gene] - tile.counts[gene]) * scale) - centre[own];
        tile.counts[gene] = 0.0;
        far_first[own] += w;
        far_second[own] += w * w;
      }
      __syncwarp();  // other threads may set the counts of the next cell
    }
  }

  double* out = tables.row(table) + first_gene;
  for (int own = 0; own < kOwnGenes; ++own) {
    const int gene = lane + own * kWarp;
    if (gene >= n_genes) break;
    out[gene] = tile.cells[gene];
    out[cells.n_genes + gene] = tile.beyond[gene];
    out[2 * cells.n_genes + gene] = tile.beyond_squared[gene];
    out[3 * cells.n_genes + gene] = tile.series[gene];
    out[4 * cells.n_genes + gene] = far_first[own];
    out[5 * cells.n_genes + gene] = far_second[own];
  }
}

// A block per table: the scatter of w over all cells, summed over genes; piece k tells whose table
// k is.
__global__ void __launch_bounds__(kFinishBlock)
    finish_groups(const RowPiece* pieces, MatrixView<const double> tables,
                  MatrixView<const double> stored_sums, const GroupFacts* facts,
                  double* corrections) {
  CUPEL_SHARED(double, sums_of_warps, kFinishBlock / kWarp);
  const std::int64_t group = pieces[blockIdx.x].group;
  const GroupFacts& of_group = facts[group];
  if (!math::jackknife_applies(of_group.group)) {
    if (threadIdx.x == 0) corrections[group] = 0.0;
    return;
  }
  const std::int64_t n_genes = stored_sums.cols;
  const double* table = tables.row(blockIdx.x);
  double scatter = 0.0;
  for (std::int64_t gene = threadIdx.x; gene < n_genes; gene += kFinishBlock) {
    const auto sum = [&](int which) { return table[which * n_genes + gene]; };
    double first = sum(4);
    double second = sum(5);
    math::jackknife_near(math::jackknife_gene(of_group.group, stored_sums(group, gene)),
                         {sum(0), sum(1), sum(2), sum(3)}, of_group.series, of_group.near_cells,
                         first, second);
    scatter += second - first * first / of_group.group.n;
  }
  scatter = add_lanes<kWarp>(scatter);
  if (threadIdx.x % kWarp == 0) sums_of_warps[threadIdx.x / kWarp] = scatter;
  __syncthreads();
  if (threadIdx.x != 0) return;
  double all = 0.0;
  for (int warp = 0; warp < kFinishBlock / kWarp; ++warp) all += sums_of_warps[warp];
  corrections[group] = math::jackknife_correction(of_group.group, all);
}

}  // namespace

Matrix<double> CudaBackend::jackknife(CellsView cells, MatrixView<const double> totals,
                                      std::span<const std::int64_t> group_start,
                                      MatrixView<const double> stored_sums,
                                      double bulk_target_sum) {
  const auto groups = static_cast<std::int64_t>(group_start.size()) - 1;
  const std::int64_t table_size = kSums * cells.n_genes;
  auto result = make_device_matrix<double>(*memory_, groups, 1);
  double* out = result.view().data;

  const auto start = to_device(group_start);
  auto facts = make_device_buffer<GroupFacts>(*memory_, groups);
  launch(stream_, describe_groups, blocks_for(groups * kWarp, kGroupBlock, INT32_MAX), kGroupBlock,
         0, totals.data, start.data(), groups, stored_sums, bulk_target_sum, facts.data());

  const std::int64_t tiles = (cells.n_genes + kTileGenes - 1) / kTileGenes;
  const auto tile_blocks = static_cast<unsigned>((tiles + kWarps - 1) / kWarps);
  const auto add = [&](const Buffer<RowPiece>& pieces, MatrixView<double> tables) {
    const unsigned blocks = static_cast<unsigned>(pieces.size()) * tile_blocks;
    visit(cells, [&]<typename Gene, typename Value>(const TypedCells<Gene, Value>& typed) {
      launch(stream_, add_cells<Gene, Value>, blocks, kBlock, 0, typed, totals.data, pieces.data(),
             tile_blocks, stored_sums, facts.data(), tables);
    });
  };
  const auto finish = [&](const Buffer<RowPiece>& pieces, MatrixView<const double> tables,
                          std::int64_t n) {
    launch(stream_, finish_groups, static_cast<unsigned>(n), kFinishBlock, 0, pieces.data(), tables,
           stored_sums, facts.data(), out);
  };

  const GroupPieces pieces = cut_groups(group_start);
  const auto table_bytes =
      std::max<std::int64_t>(table_size, 1) * static_cast<std::int64_t>(sizeof(double));
  const std::int64_t most = std::clamp(kTableBytes / table_bytes, kFewestTables, kMostTables);
  std::int64_t n_tables = std::min(static_cast<std::int64_t>(pieces.whole.size()), most);
  for (const auto& group : pieces.split) {
    n_tables = std::max(n_tables, std::min(static_cast<std::int64_t>(group.size()), kPiecesAtOnce));
  }
  auto tables = make_device_matrix<double>(*memory_, n_tables, table_size);

  in_rounds(pieces.whole, most, [&](std::span<const RowPiece> some, std::int64_t) {
    const auto on_device = to_device(some);
    add(on_device, tables.view());
    finish(on_device, std::as_const(tables).view(), on_device.size());
  });
  auto sums = make_device_matrix<double>(*memory_, pieces.split.empty() ? 0 : 1, table_size);
  for (const auto& group : pieces.split) {
    in_rounds(group, kPiecesAtOnce, [&](std::span<const RowPiece> some, std::int64_t first) {
      const auto on_device = to_device(some);
      add(on_device, tables.view());
      add_tables(stream_, std::as_const(tables).view(), on_device.size(), sums.view().data,
                 first == 0);
    });
    finish(to_device(std::span(group).first(1)), std::as_const(sums).view(), 1);
  }
  return result;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
