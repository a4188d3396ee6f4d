#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/math/value_order.hpp"
#include "launch.hpp"
#include "set_columns.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr int kDigitBits = 8;
constexpr int kDigits = 1 << kDigitBits;
constexpr int kKeyBits = 64;
constexpr int kWordsPerPiece = kBlock / static_cast<int>(math::kBitsOfWord);
static_assert(kDigits == kBlock, "a thread looks after one digit");

// A row's columns, as a block sees them.
struct RowOfKeys {
  const double* values;
  const std::uint64_t* among;
  std::int64_t columns;
  ValueOrder order;

  __device__ bool has(std::int64_t column) const {
    return column < columns && math::has_column(among, column);
  }
  __device__ std::uint64_t key(std::int64_t column) const {
    return math::order_key(values[column], order);
  }
};

// The last key that is taken, and how many of its columns are.
struct LastKey {
  std::uint64_t key;
  std::int32_t columns;
};

// Digit by digit from the highest: among the keys that begin as the last one does, as many as are
// still to be taken lie below or in its next digit. `depth` is above 0 and below the row's columns.
__device__ LastKey find_last_key(const RowOfKeys& row, std::int32_t depth) {
  CUPEL_SHARED(std::int32_t, with_digit, kDigits);
  CUPEL_SHARED(std::int32_t, found, 2);  // the digit, and how many keys are below it
  LastKey last{0, depth};
  for (int shift = kKeyBits - kDigitBits; shift >= 0; shift -= kDigitBits) {
    const bool is_first = shift == kKeyBits - kDigitBits;
    with_digit[threadIdx.x] = 0;
    __syncthreads();
    for (std::int64_t column = threadIdx.x; column < row.columns; column += kBlock) {
      if (!row.has(column)) continue;
      const std::uint64_t key = row.key(column);
      if (!is_first && key >> (shift + kDigitBits) != last.key) continue;
      atomicAdd(with_digit + ((key >> shift) & (kDigits - 1)), 1);
    }
    __syncthreads();
    const std::int32_t mine = with_digit[threadIdx.x];
    std::int32_t total = 0;
    const std::int32_t below = block_sum_before<kBlock>(mine, total);
    if (below < last.columns && last.columns <= below + mine) {  // one thread's digit
      found[0] = static_cast<std::int32_t>(threadIdx.x);
      found[1] = below;
    }
    __syncthreads();
    last.key = last.key << kDigitBits | static_cast<std::uint64_t>(found[0]);
    last.columns -= found[1];
  }
  return last;
}

// Bits of the columns up to the last key, a piece of kBlock columns at a time.
__device__ void take_up_to(const RowOfKeys& row, const LastKey& last, std::uint64_t* out) {
  CUPEL_SHARED(std::uint32_t, votes, kBlock / kWarp);
  const int thread = static_cast<int>(threadIdx.x);
  std::int32_t at_last = 0;  // columns of the last key in the pieces before
  for (std::int64_t begin = 0; begin < row.columns; begin += kBlock) {
    const std::int64_t column = begin + thread;
    const bool has = row.has(column);
    const std::uint64_t key = has ? row.key(column) : 0;
    const bool is_last = has && key == last.key;
    int in_piece = 0;
    const int before = yes_before<kBlock>(is_last, in_piece);
    const bool taken = has && (is_last ? at_last + before < last.columns : key < last.key);
    at_last += in_piece;
    const unsigned vote = __ballot_sync(kFullWarp, taken ? 1 : 0);
    if (thread % kWarp == 0) votes[thread / kWarp] = vote;
    __syncthreads();  // the next piece's votes come after barriers of its count
    const std::int64_t word = begin / math::kBitsOfWord + thread;
    if (thread < kWordsPerPiece && word < math::words_for(row.columns)) {
      out[word] = static_cast<std::uint64_t>(votes[2 * thread + 1]) << kWarp | votes[2 * thread];
    }
  }
}

// A block per list of depth[list] columns, of row list / lists.
__global__ void __launch_bounds__(kBlock)
    select_columns(MatrixView<const double> values, MatrixView<const std::uint64_t> among,
                   const std::int32_t* depth, std::int64_t lists, ValueOrder order,
                   MatrixView<std::uint64_t> out) {
  const std::int64_t list = blockIdx.x;
  const std::int64_t at = list / lists;
  const RowOfKeys row{values.row(at), among.row(at), values.cols, order};
  std::uint64_t* set = out.row(list);

  std::int32_t columns = 0;
  for (std::int64_t word = threadIdx.x; word < among.cols; word += kBlock) {
    columns += __popcll(row.among[word]);
  }
  columns = block_sum<kBlock>(columns);
  if (depth[list] <= 0 || depth[list] >= columns) {
    for (std::int64_t word = threadIdx.x; word < among.cols; word += kBlock) {
      set[word] = depth[list] <= 0 ? 0 : row.among[word];
    }
    return;
  }
  take_up_to(row, find_last_key(row, depth[list]), set);
}

}  // namespace

Matrix<std::uint64_t> CudaBackend::top_k(MatrixView<const double> values,
                                         MatrixView<const std::uint64_t> among,
                                         std::span<const std::int32_t> depth,
                                         const ValueOrder& order) {
  const auto rows = static_cast<std::int64_t>(depth.size());
  auto out = make_device_matrix<std::uint64_t>(*memory_, rows, among.cols);
  if (out.view().size() == 0) return out;
  const auto depths = to_device(depth);
  launch(stream_, select_columns, static_cast<unsigned>(rows), kBlock, 0, values, among,
         depths.data(), rows / values.rows, order, out.view());
  return out;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
