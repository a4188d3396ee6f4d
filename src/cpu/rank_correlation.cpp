#include <algorithm>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/radix_sort.hpp"
#include "cpu/set_columns.hpp"
#include "cupel/math/rank_correlation.hpp"
#include "cupel/math/value_order.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

struct RankedItem {
  std::uint64_t key;
  std::size_t place;  // in the set
};

// Twice the mean rank of each item, by its place in the set.
void rank_items(std::vector<RankedItem>& items, std::vector<RankedItem>& scratch,
                std::vector<std::int64_t>& twice_rank) {
  constexpr std::size_t kShortDigitsPay = 64;
  constexpr std::size_t kLongDigitsPay = 2000;
  const auto key_of = [](const RankedItem& item) { return item.key; };
  scratch.resize(items.size());
  if (items.size() < kShortDigitsPay) {
    std::ranges::sort(items, {}, key_of);
  } else if (items.size() < kLongDigitsPay) {
    radix_sort<8>(std::span(items), std::span(scratch), key_of);
  } else {
    radix_sort(std::span(items), std::span(scratch), key_of);
  }
  twice_rank.resize(items.size());
  for (std::size_t begin = 0, end = 0; begin < items.size(); begin = end) {
    while (end < items.size() && items[end].key == items[begin].key) ++end;
    const auto rank =
        math::twice_mean_rank(static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
    for (std::size_t at = begin; at < end; ++at) twice_rank[items[at].place] = rank;
  }
}

// Ranks the values of one side after the other.
struct RowRanker {
  std::vector<RankedItem> items;
  std::vector<RankedItem> scratch;
  std::vector<std::int64_t> rank_a;
  std::vector<std::int64_t> rank_b;

  void rank(const double* values, const std::uint64_t* among, std::int64_t columns,
            const ValueOrder& order, std::vector<std::int64_t>& twice_rank) {
    items.clear();
    for_each_column(among, columns, [&](std::int64_t column) {
      items.push_back({math::order_key(values[column], order), items.size()});
    });
    rank_items(items, scratch, twice_rank);
  }

  double correlate() const {
    math::RankProducts products;
    const auto n = std::ssize(rank_a);
    for (std::size_t i = 0; i < rank_a.size(); ++i) products.add(rank_a[i], rank_b[i], n);
    return products.correlation(n);
  }
};

}  // namespace

// rows × columns, twice → rows × 1
Matrix<double> CpuBackend::rank_correlation(MatrixView<const double> a, MatrixView<const double> b,
                                            MatrixView<const std::uint64_t> among, bool float32) {
  constexpr std::int64_t kRowsPerChunk = 8;
  auto result = make_host_matrix<double>(a.rows, 1);
  double* out = result.view().data;
  const ValueOrder order{.float32 = float32};
  for_each_chunk(a.rows, kRowsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    RowRanker row_ranker;
    for (std::int64_t row = begin; row < end; ++row) {
      row_ranker.rank(a.row(row), among.row(row), a.cols, order, row_ranker.rank_a);
      row_ranker.rank(b.row(row), among.row(row), b.cols, order, row_ranker.rank_b);
      out[row] = row_ranker.correlate();
    }
  });
  return result;
}

}  // namespace cupel
