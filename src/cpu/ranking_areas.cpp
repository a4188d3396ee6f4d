#include "cupel/math/ranking_areas.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/radix_sort.hpp"
#include "cpu/set_columns.hpp"
#include "cupel/math/value_order.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

struct ScoredColumn {
  std::uint64_t key;  // the surest first
  bool positive;
};

void sort_by_score(std::vector<ScoredColumn>& items, std::vector<ScoredColumn>& scratch) {
  constexpr std::size_t kRadixPays = 2000;
  if (items.size() < kRadixPays) {
    std::ranges::sort(items, {}, &ScoredColumn::key);
    return;
  }
  scratch.resize(items.size());
  radix_sort(std::span(items), std::span(scratch),
             [](const ScoredColumn& item) { return item.key; });
}

// Precision-recall, then ROC.
void add_up_areas(std::vector<ScoredColumn>& items, std::vector<ScoredColumn>& scratch,
                  double* areas) {
  const std::int64_t positives = std::ranges::count(items, true, &ScoredColumn::positive);
  const std::int64_t negatives = std::ssize(items) - positives;
  if (positives == 0 || negatives == 0) {
    areas[0] = areas[1] = std::nan("");
    return;
  }
  sort_by_score(items, scratch);
  double precision = 0.0;
  std::int64_t twice_roc = 0;
  math::RankingThreshold threshold{};
  for (auto at = items.begin(); at != items.end();) {
    threshold.place_before = threshold.place;
    threshold.hits_before = threshold.hits;
    const std::uint64_t key = at->key;
    for (; at != items.end() && at->key == key; ++at) {
      ++threshold.place;
      threshold.hits += at->positive ? 1 : 0;
    }
    precision += threshold.precision();
    twice_roc += threshold.twice_roc();
  }
  areas[0] = math::precision_recall_area(precision, positives);
  areas[1] = math::roc_area(twice_roc, positives, negatives);
}

}  // namespace

// rows × columns → rows × 2
Matrix<double> CpuBackend::ranking_areas(MatrixView<const double> score,
                                         MatrixView<const std::uint64_t> positive,
                                         MatrixView<const std::uint64_t> among) {
  auto result = make_host_matrix<double>(score.rows, 2);
  const auto out = result.view();
  constexpr ValueOrder kSurestFirst{.largest_first = true};
  for_each_chunk(score.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    std::vector<ScoredColumn> items;
    std::vector<ScoredColumn> scratch;
    for (std::int64_t row = begin; row < end; ++row) {
      items.clear();
      items.reserve(static_cast<std::size_t>(score.cols));
      for_each_column(among.row(row), score.cols, [&](std::int64_t column) {
        items.push_back({math::order_key(score(row, column), kSurestFirst),
                         math::has_column(positive.row(row), column)});
      });
      add_up_areas(items, scratch, out.row(row));
    }
  });
  return result;
}

}  // namespace cupel
