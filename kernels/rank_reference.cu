#include "rank_reference.hpp"

#include <vector>

#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/error.hpp"
#include "sorted_genes.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr std::int64_t kMostBlocks = 4096;  // more than run at once
constexpr std::int64_t kFewKeys = 512;      // of a gene, on average: then a warp takes each

// A thread per row.
template <typename Key>
__global__ void prepare_rows(math::RankRule rule, const double* totals, std::int64_t rows,
                             math::CellKeys<Key>* out) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t row = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
       row < rows; row += stride) {
    out[row] = math::CellKeys<Key>(rule, totals[row]);
  }
}

// Where gene `at` has its table, whose buckets are at most half as many as its keys, or two.
__device__ std::int64_t starts_at(std::int64_t keys_at, std::int64_t at) {
  return keys_at / 2 + 2 * at;
}
constexpr std::int64_t starts_of(std::int64_t n_keys, std::int64_t n_genes) {
  return n_keys / 2 + 2 * n_genes;
}

// From the keys of a part's genes, ascending, to the distinct ones, how often each occurs, and the
// tables. A block of kThreads per gene, blocks striding over genes.
template <int kThreads, typename Key>
__global__ void __launch_bounds__(kThreads)
    fill_tables(const Key* sorted, const std::int64_t* begin, std::int64_t first_gene,
                std::int64_t n_genes, const std::int64_t* keys_at, ControlGene<Key>* genes,
                Key* keys, std::uint32_t* before, std::uint32_t* starts) {
  for (std::int64_t k = blockIdx.x; k < n_genes; k += gridDim.x) {
    const std::int64_t at = first_gene + k;
    const Key* own = sorted + begin[k];
    const std::int64_t n = begin[k + 1] - begin[k];
    if (n == 0) {
      if (threadIdx.x == 0) genes[at] = {};
      continue;
    }
    Key* distinct = keys + keys_at[at];
    std::uint32_t* smaller = before + keys_at[at] + at;
    std::int64_t n_distinct = 0;
    for (std::int64_t base = 0; base < n; base += kThreads) {
      const std::int64_t i = base + threadIdx.x;
      const bool begins = i < n && (i == 0 || own[i - 1] != own[i]);
      int total = 0;
      const int place = block_sum_before<kThreads>(begins ? 1 : 0, total);
      if (begins) {
        distinct[n_distinct + place] = own[i];
        smaller[n_distinct + place] = static_cast<std::uint32_t>(i);
      }
      n_distinct += total;
    }
    if (threadIdx.x == 0) smaller[n_distinct] = static_cast<std::uint32_t>(n);
    __syncthreads();  // all is written

    math::Uint128 ties = 0;
    for (std::int64_t d = threadIdx.x; d < n_distinct; d += kThreads) {
      ties += math::tie_term(smaller[d + 1] - smaller[d]);
    }
    ties = block_sum<kThreads>(ties);

    using Distance = std::make_unsigned_t<Key>;
    const Key lowest = distinct[0];
    const auto distance = [&](Key key) {
      return static_cast<Distance>(static_cast<Distance>(key) - static_cast<Distance>(lowest));
    };
    const Distance range = distance(distinct[n_distinct - 1]);
    // Two at least: shifting all bits out is undefined.
    const auto most = static_cast<Distance>(n_distinct < 4 ? 2 : n_distinct / 2);
    int shift = 0;
    while (range >> shift >= most) ++shift;
    const auto buckets = static_cast<std::uint32_t>(range >> shift) + 1;
    const std::int64_t table_at = starts_at(keys_at[at], at);
    if (threadIdx.x == 0) {
      genes[at] = {keys_at[at],
                   table_at,
                   ties,
                   lowest,
                   static_cast<std::uint32_t>(n_distinct),
                   static_cast<std::uint32_t>(n),
                   static_cast<std::uint32_t>(first_not_below(own, n, Key{0})),
                   buckets,
                   shift};
    }
    // starts[h]: the first distinct key whose bucket is not below h.
    for (std::uint32_t h = threadIdx.x; h <= buckets; h += kThreads) {
      std::int64_t low = 0;
      std::int64_t high = n_distinct;
      while (low < high) {
        const std::int64_t middle = (low + high) / 2;
        if (distance(distinct[middle]) >> shift < h) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      starts[table_at + h] = static_cast<std::uint32_t>(low);
    }
  }
}

template <typename Key>
OwnedTables<Key> make_tables(Backend& backend, DeviceMemory& memory, const KeySource<Key>& source) {
  SortedGenes<Key> genes(backend, memory, source);
  const std::int64_t n_keys = genes.begin().back();
  const std::int64_t n_genes = source.n_tested;
  OwnedTables<Key> tables{
      make_device_buffer<ControlGene<Key>>(memory, n_genes),
      make_device_buffer<Key>(memory, n_keys),
      make_device_buffer<std::uint32_t>(memory, n_keys + n_genes),
      make_device_buffer<std::uint32_t>(memory, starts_of(n_keys, n_genes)),
  };
  for (std::int64_t first = 0; first < n_genes;) {
    const auto part = genes.part(first);
    const bool few = part.keys.size() < kFewKeys * part.size();
    launch(memory.stream(), few ? fill_tables<kWarp, Key> : fill_tables<kBlock, Key>,
           blocks_for(part.size(), 1, kMostBlocks), few ? kWarp : kBlock, 0, part.keys.data(),
           part.begin.data(), first, part.size(), genes.device_begin(), tables.genes.data(),
           tables.keys.data(), tables.before.data(), tables.starts.data());
    first = part.last;
  }
  return tables;
}

}  // namespace

template <typename Key>
Buffer<math::CellKeys<Key>> cell_keys(DeviceMemory& memory, const math::RankRule& rule,
                                      MatrixView<const double> totals) {
  auto rows = make_device_buffer<math::CellKeys<Key>>(memory, totals.rows);
  launch(memory.stream(), prepare_rows<Key>, blocks_for(totals.rows, kBlock, kMostBlocks), kBlock,
         0, rule, totals.data, totals.rows, rows.data());
  return rows;
}
template Buffer<math::CellKeys<std::int32_t>> cell_keys(DeviceMemory&, const math::RankRule&,
                                                        MatrixView<const double>);
template Buffer<math::CellKeys<std::int64_t>> cell_keys(DeviceMemory&, const math::RankRule&,
                                                        MatrixView<const double>);

std::unique_ptr<RankReference> CudaBackend::make_rank_reference(
    CellsView control, MatrixView<const double> totals, const Linear& linear, RankValues values,
    std::span<const std::int32_t> genes) {
  if (control.rows > INT32_MAX) {
    throw Error(ErrorKind::kUnsupported, "a control of more than 2^31 cells");
  }
  std::vector<std::int32_t> place(static_cast<std::size_t>(control.n_genes), -1);
  for (std::size_t k = 0; k < genes.size(); ++k) {
    place[static_cast<std::size_t>(genes[k])] = static_cast<std::int32_t>(k);
  }
  auto reference = std::make_unique<CudaRankReference>();
  reference->control_cells = control.rows;
  reference->rule = {linear, values};
  reference->ids = to_device(genes);
  reference->place = to_device(std::span<const std::int32_t>(place));
  const auto make = [&]<typename Key>(OwnedTables<Key>& tables) {
    const auto rows = cell_keys<Key>(*memory_, reference->rule, totals);
    tables = make_tables<Key>(*this, *memory_,
                              {control, rows.data(), reference->ids.data(), reference->place.data(),
                               reference->n_genes()});
  };
  if (reference->ranks_floats()) {
    make(reference->float_tables);
  } else {
    make(reference->double_tables);
  }
  return reference;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
