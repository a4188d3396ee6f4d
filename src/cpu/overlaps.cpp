#include <bit>

#include "cpu/cpu_backend.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

CUPEL_MULTIVERSION std::int32_t count_both(const std::uint64_t* a, const std::uint64_t* b,
                                           std::int64_t words) {
  std::int32_t both = 0;
  for (std::int64_t k = 0; k < words; ++k) both += std::popcount(a[k] & b[k]);
  return both;
}

}  // namespace

// rows × words, twice → rows × 1
Matrix<std::int32_t> CpuBackend::overlaps(MatrixView<const std::uint64_t> a,
                                          MatrixView<const std::uint64_t> b) {
  constexpr std::int64_t kRowsPerChunk = 256;
  auto result = make_host_matrix<std::int32_t>(a.rows, 1);
  std::int32_t* out = result.view().data;
  for_each_chunk(a.rows, kRowsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      out[row] = count_both(a.row(row), b.row(row), a.cols);
    }
  });
  return result;
}

}  // namespace cupel
