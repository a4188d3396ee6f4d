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

using ScoreKeys = std::vector<std::uint64_t>;  // the surest the smallest

void sort_scores(ScoreKeys& keys, ScoreKeys& scratch) {
  constexpr std::size_t kShortDigitsPay = 64;
  constexpr std::size_t kLongDigitsPay = 2000;
  const auto key_of = [](std::uint64_t key) { return key; };
  scratch.resize(keys.size());
  if (keys.size() < kShortDigitsPay) {
    std::ranges::sort(keys);
  } else if (keys.size() < kLongDigitsPay) {
    radix_sort<8>(std::span(keys), std::span(scratch), key_of);
  } else {
    radix_sort(std::span(keys), std::span(scratch), key_of);
  }
}

// Columns of one row after the other.
struct ScoredColumns {
  ScoreKeys positive;
  ScoreKeys negative;
  ScoreKeys scratch;

  // Precision-recall, then ROC.
  void add_up(double* areas) {
    if (positive.empty() || negative.empty()) {
      areas[0] = areas[1] = std::nan("");
      return;
    }
    sort_scores(positive, scratch);
    sort_scores(negative, scratch);
    double precision = 0.0;
    std::int64_t twice_roc = 0;
    math::RankingThreshold threshold{};
    auto hit = positive.begin();
    auto false_hit = negative.begin();
    while (hit != positive.end() || false_hit != negative.end()) {
      const std::uint64_t key = hit == positive.end()         ? *false_hit
                                : false_hit == negative.end() ? *hit
                                                              : std::min(*hit, *false_hit);
      while (hit != positive.end() && *hit == key) ++hit;
      while (false_hit != negative.end() && *false_hit == key) ++false_hit;
      threshold.place_before = threshold.place;
      threshold.hits_before = threshold.hits;
      threshold.hits = hit - positive.begin();
      threshold.place = threshold.hits + (false_hit - negative.begin());
      precision += threshold.precision();
      twice_roc += threshold.twice_roc();
    }
    areas[0] = math::precision_recall_area(precision, std::ssize(positive));
    areas[1] = math::roc_area(twice_roc, std::ssize(positive), std::ssize(negative));
  }
};

}  // namespace

// rows × columns → rows × 2
Matrix<double> CpuBackend::ranking_areas(MatrixView<const double> score,
                                         MatrixView<const std::uint64_t> positive,
                                         MatrixView<const std::uint64_t> among) {
  auto result = make_host_matrix<double>(score.rows, 2);
  const auto out = result.view();
  constexpr ValueOrder kSurestFirst{.largest_first = true};
  for_each_chunk(score.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    ScoredColumns columns;
    for (std::int64_t row = begin; row < end; ++row) {
      columns.positive.clear();
      columns.negative.clear();
      columns.negative.reserve(static_cast<std::size_t>(score.cols));
      for_each_column(among.row(row), score.cols, [&](std::int64_t column) {
        auto& keys =
            math::has_column(positive.row(row), column) ? columns.positive : columns.negative;
        keys.push_back(math::order_key(score(row, column), kSurestFirst));
      });
      columns.add_up(out.row(row));
    }
  });
  return result;
}

}  // namespace cupel
