#include "sorted_genes.hpp"

#include <algorithm>
#include <cub/cub.cuh>

#include "block_sums.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr int kScanBlock = 1024;
constexpr std::int64_t kMostBlocks = 4096;                  // more than run at once
constexpr std::int64_t kMostBytes = std::int64_t{2} << 30;  // of scratch for the keys of a part
constexpr std::int64_t kCopies = 3;  // of each key: as written, sorted, and what CUB needs

// Calls use(gene, key) for every key of genes [first, last) that is not zero. A warp per row, warps
// striding over rows.
template <typename Key, typename Use>
__device__ void for_each_key(const KeySource<Key>& source, std::int64_t first, std::int64_t last,
                             const Use& use) {
  constexpr int kWarps = kBlock / kWarp;
  visit_on_device(source.cells, [&](const auto& cells) {
    for (std::int64_t row = std::int64_t{blockIdx.x} * kWarps + threadIdx.x / kWarp;
         row < cells.rows; row += std::int64_t{gridDim.x} * kWarps) {
      const math::CellKeys<Key> cell = source.rows[row];
      const std::int64_t begin = cells.row_begin[row];
      for (auto k = static_cast<std::int32_t>(threadIdx.x % kWarp); k < cells.row_length[row];
           k += kWarp) {
        const std::int64_t gene = source.place[cells.genes[begin + k]];
        if (gene < first || gene >= last) continue;  // -1 where it is not tested
        const Key key = cell.of(cells.values[begin + k]);
        if (key != 0) use(gene, key);
      }
    }
  });
}

template <typename Key>
__global__ void count_keys(KeySource<Key> source, std::int32_t* counts) {
  for_each_key(source, 0, source.n_tested,
               [&](std::int64_t gene, Key) { atomicAdd(counts + gene, 1); });
}

// `next` holds zeros: how many keys of each gene have been written.
template <typename Key>
__global__ void write_keys(KeySource<Key> source, std::int64_t first, std::int64_t last,
                           const std::int64_t* begin, std::int32_t* next, Key* keys) {
  for_each_key(source, first, last, [&](std::int64_t gene, Key key) {
    const std::int64_t at = gene - first;
    keys[begin[at] + atomicAdd(next + at, 1)] = key;
  });
}

// begin[k] = the sum of counts before k, for k up to n. One block.
__global__ void __launch_bounds__(kScanBlock)
    add_up_counts(const std::int32_t* counts, std::int64_t n, std::int64_t* begin) {
  std::int64_t sum = 0;
  for (std::int64_t first = 0; first < n; first += kScanBlock) {
    const std::int64_t k = first + threadIdx.x;
    const std::int64_t count = k < n ? counts[k] : 0;
    std::int64_t total = 0;
    const std::int64_t before = block_sum_before<kScanBlock>(count, total);
    if (k < n) begin[k] = sum + before;
    sum += total;
  }
  if (threadIdx.x == 0) begin[n] = sum;
}

void clear(const Stream& stream, Buffer<std::int32_t>& buffer) {
  CUPEL_CUDA(cudaMemsetAsync(buffer.data(), 0,
                             static_cast<std::size_t>(buffer.size()) * sizeof(std::int32_t),
                             stream.get()));
}

}  // namespace

template <typename Key>
SortedGenes<Key>::SortedGenes(Backend& backend, DeviceMemory& memory, const KeySource<Key>& source)
    : memory_(memory),
      source_(source),
      counts_(make_device_buffer<std::int32_t>(memory, source.n_tested)),
      device_begin_(make_device_buffer<std::int64_t>(memory, source.n_tested + 1)),
      begin_(static_cast<std::size_t>(source.n_tested + 1)) {
  clear(memory.stream(), counts_);
  launch(memory.stream(), count_keys<Key>,
         blocks_for(source.cells.rows * kWarp, kBlock, kMostBlocks), kBlock, 0, source,
         counts_.data());
  add_up(0, source.n_tested, device_begin_);
  backend.download(
      MatrixView<const std::int64_t>{device_begin_.data(), 1, source.n_tested + 1, Space::kDevice},
      begin_);
}

template <typename Key>
void SortedGenes<Key>::add_up(std::int64_t first, std::int64_t last, Buffer<std::int64_t>& begin) {
  launch(memory_.stream(), add_up_counts, 1, kScanBlock, 0, counts_.data() + first, last - first,
         begin.data());
}

template <typename Key>
typename SortedGenes<Key>::Part SortedGenes<Key>::part(std::int64_t first) {
  const auto keys_before = [&](std::int64_t gene) {
    return begin_[static_cast<std::size_t>(gene)];
  };
  const std::int64_t bytes = std::min(kMostBytes, (memory_.limit() - memory_.in_use()) / 2);
  const std::int64_t most = bytes / (kCopies * static_cast<std::int64_t>(sizeof(Key)));
  std::int64_t last = first + 1;
  while (last < source_.n_tested && keys_before(last + 1) - keys_before(first) <= most) ++last;
  const std::int64_t n = keys_before(last) - keys_before(first);

  const Stream& stream = memory_.stream();
  Part part{first, last, make_device_buffer<Key>(memory_, n),
            make_device_buffer<std::int64_t>(memory_, last - first + 1)};
  add_up(first, last, part.begin);
  if (n == 0) return part;
  auto unsorted = make_device_buffer<Key>(memory_, n);
  auto next = make_device_buffer<std::int32_t>(memory_, last - first);
  clear(stream, next);
  launch(stream, write_keys<Key>, blocks_for(source_.cells.rows * kWarp, kBlock, kMostBlocks),
         kBlock, 0, source_, first, last, part.begin.data(), next.data(), unsorted.data());

  std::size_t scratch_bytes = 0;
  const auto sort = [&](void* scratch) {
    CUPEL_CUDA(cub::DeviceSegmentedSort::SortKeys(
        scratch, scratch_bytes, static_cast<const Key*>(unsorted.data()), part.keys.data(), n,
        part.size(), part.begin.data(), part.begin.data() + 1, stream.get()));
  };
  sort(nullptr);
  auto scratch = make_device_buffer<std::byte>(memory_, static_cast<std::int64_t>(scratch_bytes));
  sort(scratch.data());
  return part;
}

template class SortedGenes<std::int32_t>;
template class SortedGenes<std::int64_t>;

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
