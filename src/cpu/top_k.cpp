#include <algorithm>
#include <numeric>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/set_columns.hpp"
#include "cupel/math/value_order.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

struct TopKItem {
  std::uint64_t key;
  std::int64_t column;
  auto operator<=>(const TopKItem&) const = default;
};

// Working arrays of one row after the other.
struct TopKScratch {
  std::vector<TopKItem> items;
  std::vector<std::size_t> deepest_first;
};

// Splits off the deepest list, and each other one within the list before: linear in all.
void select_row(const double* values, const std::uint64_t* among, std::int64_t columns,
                std::span<const std::int32_t> depth, const ValueOrder& order, std::uint64_t* out,
                TopKScratch& scratch) {
  auto& items = scratch.items;
  items.clear();
  for_each_column(among, columns, [&](std::int64_t column) {
    items.push_back({math::order_key(values[column], order), column});
  });
  auto& lists = scratch.deepest_first;
  lists.resize(depth.size());
  std::iota(lists.begin(), lists.end(), std::size_t{0});
  std::ranges::sort(lists, std::greater{}, [&](std::size_t list) { return depth[list]; });

  const std::int64_t words = math::words_for(columns);
  auto end = items.end();
  for (const std::size_t list : lists) {
    std::uint64_t* set = out + static_cast<std::int64_t>(list) * words;
    if (depth[list] >= std::ssize(items)) {
      std::copy_n(among, words, set);
      continue;
    }
    const auto last = items.begin() + std::max(depth[list], 0);
    if (last != end) std::nth_element(items.begin(), last, end);
    end = last;
    std::fill_n(set, words, std::uint64_t{0});
    std::for_each(items.begin(), end, [&](const TopKItem& item) {
      set[item.column / math::kBitsOfWord] |= math::bit_of(item.column);
    });
  }
}

}  // namespace

// rows × columns → rows · lists × words
Matrix<std::uint64_t> CpuBackend::top_k(MatrixView<const double> values,
                                        MatrixView<const std::uint64_t> among,
                                        std::span<const std::int32_t> depth,
                                        const ValueOrder& order) {
  constexpr std::int64_t kRowsPerChunk = 8;
  auto result = make_host_matrix<std::uint64_t>(std::ssize(depth), among.cols);
  const auto out = result.view();
  const auto lists = values.rows == 0 ? 0 : depth.size() / static_cast<std::size_t>(values.rows);
  for_each_chunk(values.rows, kRowsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    TopKScratch scratch;
    for (std::int64_t row = begin; row < end; ++row) {
      const auto first = static_cast<std::size_t>(row) * lists;
      select_row(values.row(row), among.row(row), values.cols, depth.subspan(first, lists), order,
                 out.row(static_cast<std::int64_t>(first)), scratch);
    }
  });
  return result;
}

}  // namespace cupel
