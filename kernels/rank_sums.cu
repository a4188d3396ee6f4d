#include <algorithm>
#include <array>
#include <vector>

#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/error.hpp"
#include "rank_reference.hpp"
#include "sort_in_block.hpp"
#include "sorted_genes.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 512;
constexpr int kWarps = kBlock / kWarp;
constexpr int kRowThreads = 16;                              // read one row's part of a tile
constexpr std::int64_t kLeftShared = std::int64_t{8} << 10;  // for arrays of fixed size

// How wide a tile is: so many genes that a group's keys mostly fit shared memory at once when its
// cells express a third of the genes. Larger groups go gene by gene through device memory.
struct TileWidth {
  std::int64_t most_cells;
  int genes;
};
constexpr std::array<TileWidth, 4> kTileWidths{{{64, 512}, {256, 256}, {1024, 128}, {4096, 32}}};

// Where the entries of one row lie that belong to a tile.
struct RowPart {
  std::int32_t first;  // within the row
  std::int32_t length;
};

struct KeySums {
  std::int64_t two_u = 0;
  math::Uint128 ties = 0;
  std::int64_t zeros = 0;  // keys that are stored and zero
};

__device__ KeySums warp_sums(const KeySums& sums) {
  const bool zeros = __any_sync(kFullWarp, sums.zeros != 0) != 0;  // hardly ever
  return {warp_sum(sums.two_u), warp_sum(sums.ties), zeros ? warp_sum(sums.zeros) : 0};
}
__device__ KeySums block_sums(const KeySums& sums) {
  return {block_sum<kBlock>(sums.two_u), block_sum<kBlock>(sums.ties),
          block_sum<kBlock>(sums.zeros)};
}

// Adds keys `first`, `first` + `step`, ... of one gene of one group; all n keys ascend.
template <typename Key>
__device__ KeySums sum_keys(const ControlTables<Key>& control, const ControlGene<Key>& gene,
                            std::int64_t at, const Key* keys, std::int64_t n, std::int64_t first,
                            std::int64_t step) {
  const std::int64_t control_zeros = control.n_cells - gene.n_keys;
  KeySums sums;
  for (std::int64_t k = first; k < n; k += step) {
    const Key key = keys[k];
    if (key == 0) {
      ++sums.zeros;
      continue;
    }
    const ControlPlace place = control.find(gene, at, key);
    sums.two_u += 2 * (place.below + (key > 0 ? control_zeros : 0)) + place.equal;
    // A run grows from t to t + 1 tied values: its term grows by 3 t (t + 1).
    std::uint64_t tied = place.equal;
    if (k > 0 && keys[k - 1] == key) {
      tied += static_cast<std::uint64_t>(k - first_not_below(keys, k, key));
    }
    sums.ties += 3 * tied * (tied + 1);
  }
  return sums;
}

// What the zeros add, and the control's own ties.
template <typename Key>
__device__ void write_sums(const ControlTables<Key>& control, const ControlGene<Key>& gene,
                           std::int64_t n_cells, std::int64_t n_keys, const KeySums& sums,
                           std::int64_t& two_u, double& ties) {
  const std::int64_t zeros = n_cells - n_keys + sums.zeros;
  const std::int64_t control_zeros = control.n_cells - gene.n_keys;
  two_u = sums.two_u + zeros * (2 * std::int64_t{gene.n_negative} + control_zeros);
  ties = math::to_double(sums.ties + gene.ties +
                         math::tie_term(static_cast<std::uint64_t>(zeros + control_zeros)));
}

// The first of n genes that is not below `id`.
template <typename Gene>
__device__ std::int32_t first_entry(const Gene* genes, std::int32_t n, std::int32_t id) {
  std::int32_t begin = 0;
  while (begin < n) {
    const std::int32_t middle = (begin + n) / 2;
    if (static_cast<std::int64_t>(genes[middle]) < id) {
      begin = middle + 1;
    } else {
      n = middle;
    }
  }
  return begin;
}

// Calls use(cell, entry, gene) for every entry of a tile: how its row's values become keys, its
// place among all entries, and the gene counted from the tile's first. kRowThreads threads read a
// row.
template <typename Key, typename Cells, typename Use>
__device__ void for_each_entry(const Cells& cells, const KeySource<Key>& source,
                               const RowPart* parts, std::int64_t first_gene, const Use& use) {
  const int thread = static_cast<int>(threadIdx.x);
  for (int row = thread / kRowThreads; row < cells.rows; row += kBlock / kRowThreads) {
    const math::CellKeys<Key> cell = source.rows[row];
    const std::int64_t begin = cells.row_begin[row] + parts[row].first;
    for (int k = thread % kRowThreads; k < parts[row].length; k += kRowThreads) {
      const std::int32_t place = source.place[cells.genes[begin + k]];
      if (place >= 0) use(cell, begin + k, static_cast<int>(place - first_gene));
    }
  }
}

// A block per group and tile of `width` tested genes, groups first, so that blocks that run
// together share the control's tables in cache. The tile's keys are counted by gene, written gene
// by gene into shared memory, as many genes at a time as it has room for, and sorted and looked up
// there: up to kWarpSorts keys by a warp, more by the block. `most_keys` is at least a group's
// cells, so one gene always fits.
template <typename Key>
__global__ void __launch_bounds__(kBlock, 2)
    rank_tiles(KeySource<Key> source, ControlTables<Key> control, const std::int32_t* groups,
               std::int64_t n_groups, const std::int64_t* group_start, int width, int most_keys,
               MatrixView<std::int64_t> two_u, MatrixView<double> ties) {
  CUPEL_DYNAMIC_SHARED(Key, keys);
  auto* parts = reinterpret_cast<RowPart*>(keys + most_keys);
  CUPEL_SHARED(int, begin, kBlock + 1);  // of each gene's keys
  CUPEL_SHARED(int, next, kBlock);       // first how many there are, then where the next one goes
  const int thread = static_cast<int>(threadIdx.x);
  const std::int64_t group = groups[blockIdx.x % n_groups];
  const std::int64_t first = blockIdx.x / n_groups * width;
  const int n_genes = static_cast<int>(min(std::int64_t{width}, source.n_tested - first));
  const std::int64_t first_row = group_start[group];
  const int n_cells = static_cast<int>(group_start[group + 1] - first_row);

  source.cells.row_begin += first_row;
  source.cells.row_length += first_row;
  source.cells.rows = n_cells;
  source.rows += first_row;
  if (thread < n_genes) next[thread] = 0;
  visit_on_device(source.cells, [&](const auto& cells) {
    for (int row = thread; row < n_cells; row += kBlock) {
      const auto* genes = cells.genes + cells.row_begin[row];
      const std::int32_t from = first_entry(genes, cells.row_length[row], source.ids[first]);
      const std::int32_t length = first_entry(genes + from, cells.row_length[row] - from,
                                              source.ids[first + n_genes - 1] + 1);
      parts[row] = {from, length};
    }
  });
  __syncthreads();
  visit_on_device(source.cells, [&](const auto& cells) {
    for_each_entry(cells, source, parts, first,
                   [&](const auto&, std::int64_t, int gene) { atomicAdd(next + gene, 1); });
  });
  __syncthreads();
  int total = 0;
  const int before = block_sum_before<kBlock>(thread < n_genes ? next[thread] : 0, total);
  if (thread < n_genes) begin[thread] = before;
  if (thread == 0) begin[n_genes] = total;
  __syncthreads();

  for (int from = 0; from < n_genes;) {
    const int to = from + __syncthreads_count(thread >= from && thread < n_genes &&
                                              begin[thread + 1] - begin[from] <= most_keys);
    if (thread >= from && thread < to) next[thread] = begin[thread] - begin[from];
    __syncthreads();
    visit_on_device(source.cells, [&](const auto& cells) {
      for_each_entry(cells, source, parts, first,
                     [&](const auto& cell, std::int64_t entry, int gene) {
                       if (gene < from || gene >= to) return;
                       keys[atomicAdd(next + gene, 1)] = cell.of(cells.values[entry]);
                     });
    });
    __syncthreads();

    for (int gene = from + thread / kWarp; gene < to; gene += kWarps) {
      const int n_keys = begin[gene + 1] - begin[gene];
      if (n_keys > kWarpSorts) continue;
      Key* own = keys + (begin[gene] - begin[from]);
      if (n_keys > 1) sort_by_warp(own, n_keys);
      const std::int64_t at = first + gene;
      const ControlGene<Key> facts = control.genes[at];
      KeySums sums = sum_keys(control, facts, at, own, n_keys, thread % kWarp, kWarp);
      if (n_keys > 1) sums = warp_sums(sums);
      if (thread % kWarp == 0) {
        write_sums(control, facts, n_cells, n_keys, sums, two_u(group, at), ties(group, at));
      }
    }
    for (int gene = from; gene < to && n_cells > kWarpSorts; ++gene) {
      const int n_keys = begin[gene + 1] - begin[gene];
      if (n_keys <= kWarpSorts) continue;
      Key* own = keys + (begin[gene] - begin[from]);
      sort_by_block<kBlock>(own, n_keys);
      const std::int64_t at = first + gene;
      const ControlGene<Key> facts = control.genes[at];
      KeySums sums = sum_keys(control, facts, at, own, n_keys, thread, kBlock);
      sums = block_sums(sums);
      if (thread == 0) {
        write_sums(control, facts, n_cells, n_keys, sums, two_u(group, at), ties(group, at));
      }
    }
    from = to;
  }
}

// A block per gene of a part of one group's keys, which are sorted and not zero.
template <typename Key>
__global__ void __launch_bounds__(kBlock)
    rank_sorted(ControlTables<Key> control, const Key* keys, const std::int64_t* begin,
                std::int64_t first_gene, std::int64_t n_cells, std::int64_t* two_u, double* ties) {
  const std::int64_t at = first_gene + blockIdx.x;
  const std::int64_t n_keys = begin[blockIdx.x + 1] - begin[blockIdx.x];
  const ControlGene<Key> gene = control.genes[at];
  KeySums sums = sum_keys(control, gene, at, keys + begin[blockIdx.x], n_keys, threadIdx.x, kBlock);
  sums = block_sums(sums);
  if (threadIdx.x == 0) write_sums(control, gene, n_cells, n_keys, sums, two_u[at], ties[at]);
}

// One call's work.
template <typename Key>
class Ranking {
 public:
  Ranking(Backend& backend, DeviceMemory& memory, const KeySource<Key>& source,
          const ControlTables<Key>& control, std::span<const std::int64_t> group_start,
          const std::int64_t* device_start, RankSums& sums)
      : backend_(backend),
        memory_(memory),
        source_(source),
        control_(control),
        start_(group_start),
        device_start_(device_start),
        sums_(sums) {
    int shared = 0;
    CUPEL_CUDA(cudaDeviceGetAttribute(&shared, cudaDevAttrMaxSharedMemoryPerBlockOptin,
                                      memory.stream().ordinal()));
    shared_ = shared / 2 - kLeftShared;  // so that two blocks run on a multiprocessor
  }

  [[nodiscard]] std::int64_t cells(std::int64_t group) const {
    const auto at = static_cast<std::size_t>(group);
    return start_[at + 1] - start_[at];
  }

  // Groups of at most `most_cells` cells, through shared memory. `listed` is on the device.
  void tiles(const std::int32_t* listed, std::int64_t n_groups, std::int64_t most_cells,
             int width) {
    const std::int64_t parts = most_cells * static_cast<std::int64_t>(sizeof(RowPart));
    const std::int64_t room = (shared_ - parts) / static_cast<std::int64_t>(sizeof(Key));
    // No more than a tile can have, and no less than a gene can.
    const std::int64_t most_keys = std::max(std::min(room, most_cells * width), most_cells);
    const std::int64_t n_tiles = (source_.n_tested + width - 1) / width;
    const std::int64_t at_once =
        std::max<std::int64_t>(INT32_MAX / std::max<std::int64_t>(n_tiles, 1), 1);
    for (std::int64_t done = 0; done < n_groups; done += at_once) {
      const std::int64_t some = std::min(at_once, n_groups - done);
      launch(memory_.stream(), rank_tiles<Key>, static_cast<unsigned>(n_tiles * some), kBlock,
             static_cast<std::size_t>(most_keys) * sizeof(Key) + static_cast<std::size_t>(parts),
             source_, control_, listed + done, some, device_start_, width,
             static_cast<int>(most_keys), sums_.two_u.view(), sums_.ties.view());
    }
  }

  // One group of any size, gene by gene through device memory.
  void large(std::int64_t group) {
    const auto at = static_cast<std::size_t>(group);
    SortedGenes<Key> genes(backend_, memory_, source_.slice(start_[at], start_[at + 1]));
    for (std::int64_t first = 0; first < source_.n_tested;) {
      const auto part = genes.part(first);
      launch(memory_.stream(), rank_sorted<Key>, static_cast<unsigned>(part.size()), kBlock, 0,
             control_, part.keys.data(), part.begin.data(), first, cells(group),
             sums_.two_u.view().row(group), sums_.ties.view().row(group));
      first = part.last;
    }
  }

 private:
  Backend& backend_;
  DeviceMemory& memory_;
  KeySource<Key> source_;
  ControlTables<Key> control_;
  std::span<const std::int64_t> start_;
  const std::int64_t* device_start_;
  RankSums& sums_;
  std::int64_t shared_ = 0;
};

}  // namespace

RankSums CudaBackend::rank_sums(const RankReference& ranks, CellsView cells,
                                MatrixView<const double> totals,
                                std::span<const std::int64_t> group_start) {
  const auto& reference = dynamic_cast<const CudaRankReference&>(ranks);
  if (cells.rows > INT32_MAX - reference.n_cells()) {
    throw Error(ErrorKind::kUnsupported, "a rank test of more than 2^31 cells");
  }
  const auto n_groups = std::ssize(group_start) - 1;
  RankSums sums{make_device_matrix<std::int64_t>(*memory_, n_groups, reference.n_genes()),
                make_device_matrix<double>(*memory_, n_groups, reference.n_genes())};
  const auto start = to_device(group_start);
  const auto rank = [&]<typename Key>(const OwnedTables<Key>& tables) {
    const auto rows = cell_keys<Key>(*memory_, reference.rule, totals);
    Ranking<Key> ranking(
        *this, *memory_,
        {cells, rows.data(), reference.ids.data(), reference.place.data(), reference.n_genes()},
        tables.view(reference.n_cells()), group_start, start.data(), sums);
    std::int64_t more_than = -1;
    for (const auto [most_cells, width] : kTileWidths) {
      std::vector<std::int32_t> listed;
      std::int64_t largest = 0;
      for (std::int64_t group = 0; group < n_groups; ++group) {
        const std::int64_t n = ranking.cells(group);
        if (n <= more_than || n > most_cells) continue;
        listed.push_back(static_cast<std::int32_t>(group));
        largest = std::max(largest, n);
      }
      if (!listed.empty()) {
        const auto on_device = to_device(std::span<const std::int32_t>(listed));
        ranking.tiles(on_device.data(), std::ssize(listed), largest, width);
      }
      more_than = most_cells;
    }
    for (std::int64_t group = 0; group < n_groups; ++group) {
      if (ranking.cells(group) > more_than) ranking.large(group);
    }
  };
  if (reference.ranks_floats()) {
    rank(reference.float_tables);
  } else {
    rank(reference.double_tables);
  }
  return sums;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
