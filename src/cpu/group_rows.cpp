#include "cpu/group_rows.hpp"

#include <algorithm>

#include "cupel/buffer.hpp"
#include "cupel/math/row_pieces.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

using math::kPieceRows;
using math::kWholeRows;

constexpr std::int64_t kPiecesAtOnce = 32;  // bounds the tables in memory
constexpr std::int64_t kSumsPerTask = 8192;
constexpr std::int64_t kLineDoubles =
    8;  // doubles in a cache line, to which every table is aligned

}  // namespace

void add_rows(std::int64_t begin, std::int64_t end, std::int64_t size, double* sums,
              const std::function<void(std::int64_t, std::int64_t, double*)>& add) {
  std::fill_n(sums, size, 0.0);
  if (end - begin <= kWholeRows) {
    add(begin, end, sums);
    return;
  }
  const std::int64_t stride = (size + kLineDoubles - 1) / kLineDoubles * kLineDoubles;
  auto tables = make_host_buffer<double>(kPiecesAtOnce * stride);
  for (std::int64_t first = begin; first < end; first += kPiecesAtOnce * kPieceRows) {
    const std::int64_t rows = std::min(kPiecesAtOnce * kPieceRows, end - first);
    for_each_chunk(rows, kPieceRows, [&](std::int64_t from, std::int64_t to) {
      double* table = tables.data() + from / kPieceRows * stride;
      std::fill_n(table, size, 0.0);
      add(first + from, first + to, table);
    });
    const std::int64_t pieces = (rows + kPieceRows - 1) / kPieceRows;
    for_each_chunk(size, kSumsPerTask, [&](std::int64_t from, std::int64_t to) {
      for (std::int64_t piece = 0; piece < pieces; ++piece) {
        const double* table = tables.data() + piece * stride;
        for (std::int64_t k = from; k < to; ++k) sums[k] += table[k];
      }
    });
  }
}

}  // namespace cupel
