#pragma once
#include <span>
#include <vector>

#include "device_memory.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Rows [begin, end), all of one group.
struct RowPiece {
  std::int64_t begin;
  std::int64_t end;
  std::int64_t group;
};

// Groups of up to math::kWholeRows rows in one piece each; larger ones cut as on the CPU.
struct GroupPieces {
  std::vector<RowPiece> whole;
  std::vector<std::vector<RowPiece>> split;  // one list per large group
};
[[nodiscard]] GroupPieces cut_groups(std::span<const std::int64_t> group_start);

// Pieces of one large group at a time; bounds the tables in memory.
inline constexpr std::int64_t kPiecesAtOnce = 32;

// Calls use(pieces, first) for at most `most` pieces at a time; `first` is how many came before.
template <typename Use>
void in_rounds(std::span<const RowPiece> pieces, std::int64_t most, const Use& use) {
  const auto n = static_cast<std::int64_t>(pieces.size());
  for (std::int64_t first = 0; first < n; first += most) {
    const std::int64_t some = n - first < most ? n - first : most;
    use(pieces.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(some)), first);
  }
}

// sums[k] = sum over the first `n` rows of tables(row, k), from the first row to the last; on top
// of what `sums` holds, or, if `fresh`, of nothing.
void add_tables(const Stream& stream, MatrixView<const double> tables, std::int64_t n, double* sums,
                bool fresh);

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
