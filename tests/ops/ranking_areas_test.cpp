#include <cmath>

#include "support/column_sets.hpp"

namespace cupel::test {
namespace {

struct Areas {
  double precision_recall;
  double roc;
};

// From the definitions: for each threshold the precision over those at or above it, weighted by the
// recall it adds; and the share of pairs of a positive and a negative that are in order, ties half.
Areas slow_areas(const Dense& score, const ColumnSets& positive, const ColumnSets& among,
                 std::int64_t row) {
  const auto columns = among.columns(row);
  long double positives = 0.0L;
  for (const auto col : columns) positives += positive(row, col) ? 1.0L : 0.0L;
  const long double negatives = static_cast<long double>(columns.size()) - positives;
  long double precision = 0.0L;
  long double in_order = 0.0L;
  for (const auto hit : columns) {
    if (!positive(row, hit)) continue;
    long double above = 0.0L;
    long double hits_above = 0.0L;
    for (const auto other : columns) {
      const double difference = score(row, hit) - score(row, other);
      if (difference <= 0.0) {
        above += 1.0L;
        hits_above += positive(row, other) ? 1.0L : 0.0L;
      }
      if (!positive(row, other)) in_order += difference > 0.0 ? 1.0L : difference == 0.0 ? 0.5L : 0;
    }
    precision += hits_above / above;
  }
  if (positives == 0.0L || negatives == 0.0L) return {std::nan(""), std::nan("")};
  return {static_cast<double>(precision / positives),
          static_cast<double>(in_order / (positives * negatives))};
}

std::vector<double> fast_areas(Backend& backend, const Dense& score, const ColumnSets& positive,
                               const ColumnSets& among) {
  const auto scores = to_backend(backend, score);
  const auto positives = sets_to_backend(backend, positive);
  const auto sets = sets_to_backend(backend, among);
  const auto areas = backend.ranking_areas(scores.view(), positives.view(), sets.view());
  EXPECT_EQ(areas.rows(), score.rows);
  EXPECT_EQ(areas.cols(), 2);
  return to_host(backend, areas);
}

void expect_near_or_nan(double actual, double expected, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what;
  } else {
    EXPECT_NEAR(actual, expected, 1e-14) << what;  // a sum of up to 2,100 doubles below 1
  }
}

void expect_areas(Backend& backend, const Dense& score, const ColumnSets& positive,
                  const ColumnSets& among) {
  const auto areas = fast_areas(backend, score, positive, among);
  for (std::int64_t row = 0; row < score.rows; ++row) {
    const auto expected = slow_areas(score, positive, among, row);
    const auto at = static_cast<std::size_t>(2 * row);
    expect_near_or_nan(areas[at], expected.precision_recall, "precision " + std::to_string(row));
    expect_near_or_nan(areas[at + 1], expected.roc, "roc " + std::to_string(row));
  }
}

// From 0 on, as -log10 of p-values is, with ties within and across pieces.
Dense random_scores(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  auto scores = zeros(rows, cols);
  std::mt19937_64 rng(seed);
  std::exponential_distribution<double> exponential(0.3);
  for (double& score : scores.values) {
    const auto kind = rng() % 4;
    score = kind == 0 ? 0.0 : kind == 1 ? static_cast<double>(rng() % 6) : exponential(rng);
  }
  return scores;
}

ColumnSets random_positives(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  auto positives = no_columns(rows, cols);
  std::mt19937_64 rng(seed);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      positives(row, col) = row % 7 == 6 ? 1 : rng() % 5 == 0;
    }
  }
  return positives;
}

class RankingAreasOp : public PerShape {};

TEST_P(RankingAreasOp, MatchTheDefinitions) {
  const auto [all_rows, cols] = std::get<1>(GetParam());
  const auto rows = std::min<std::int64_t>(all_rows, 40);
  expect_areas(*backend, random_scores(rows, cols, 1), random_positives(rows, cols, 2),
               random_sets(rows, cols, 3));
}

TEST_P(RankingAreasOp, AreTheSameBitsForAnyNumberOfThreads) {
  const auto [all_rows, cols] = std::get<1>(GetParam());
  const auto rows = std::min<std::int64_t>(all_rows, 40);
  const auto scores = random_scores(rows, cols, 4);
  const auto positives = random_positives(rows, cols, 5);
  const auto among = random_sets(rows, cols, 6);
  const auto results =
      with_thread_counts([&] { return fast_areas(*backend, scores, positives, among); });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RankingAreasOp, every_shape(), shape_name);

class RankingAreasOnce : public PerBackend {};

TEST_P(RankingAreasOnce, TakeRowsOfAnyLength) {
  for (const std::int64_t cols : {63, 64, 65, 511, 512, 513, 2100}) {
    expect_areas(*backend, random_scores(5, cols, 7), random_positives(5, cols, 8),
                 random_sets(5, cols, 9));
  }
}

// All positives above all negatives, all below, all equal; numbers that leave 32 bits.
TEST_P(RankingAreasOnce, TakeMoreColumnsThanSixteenBitsCount) {
  constexpr std::int64_t kCols = 100'000;
  auto scores = zeros(3, kCols);
  auto positives = no_columns(3, kCols);
  for (std::int64_t col = 0; col < kCols; ++col) {
    scores(0, col) = static_cast<double>(kCols - col);
    scores(1, col) = static_cast<double>(col);
    for (std::int64_t row = 0; row < 3; ++row) positives(row, col) = col < kCols / 2;
  }
  const auto areas = fast_areas(*backend, scores, positives, all_columns(3, kCols));
  EXPECT_DOUBLE_EQ(areas[0], 1.0);
  EXPECT_EQ(areas[1], 1.0);
  EXPECT_EQ(areas[3], 0.0);
  EXPECT_EQ(areas[4], 0.5);
  EXPECT_EQ(areas[5], 0.5);
}

// Scores 3, 2, 2, 1 of which the first, the third and the last are found: thresholds at 1, 3 and 4
// places with 1, 2 and 3 hits.
TEST_P(RankingAreasOnce, TakeEqualScoresAsOneThreshold) {
  const Dense scores{1, 4, {3.0, 2.0, 2.0, 1.0}};
  auto positives = all_columns(1, 4);
  positives(0, 1) = 0;
  const auto areas = fast_areas(*backend, scores, positives, all_columns(1, 4));
  EXPECT_DOUBLE_EQ(areas[0], (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0);
  EXPECT_DOUBLE_EQ(areas[1], (1.0 + 0.5 + 0.0) / 3.0);
}

TEST_P(RankingAreasOnce, AreUndefinedForOneClass) {
  const Dense scores{3, 2, {1.0, 2.0, 1.0, 2.0, 1.0, 2.0}};
  auto positives = no_columns(3, 2);
  positives(1, 0) = positives(1, 1) = positives(2, 0) = 1;
  auto among = all_columns(3, 2);
  among(2, 1) = 0;  // the only negative is not ranked
  for (const double area : fast_areas(*backend, scores, positives, among)) {
    EXPECT_TRUE(std::isnan(area));
  }
}

TEST_P(RankingAreasOnce, TakeNoRowsAndNoColumns) {
  EXPECT_TRUE(fast_areas(*backend, zeros(0, 5), no_columns(0, 5), no_columns(0, 5)).empty());
  for (const double area : fast_areas(*backend, zeros(2, 0), no_columns(2, 0), no_columns(2, 0))) {
    EXPECT_TRUE(std::isnan(area));
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RankingAreasOnce, every_backend());

// Rows go a few at a time where there is little memory.
TEST(RankingAreasInLittleMemory, GivesTheSameBits) {
  const auto scores = random_scores(41, 300, 10);
  const auto positives = random_positives(41, 300, 11);
  const auto among = random_sets(41, 300, 12);
  const auto in_memory = [&](std::int64_t limit) {
    return fast_areas(*make_backend_on_cpu(limit), scores, positives, among);
  };
  const auto plenty = in_memory(0);
  EXPECT_TRUE(same_bits(in_memory(400'000), plenty));
  EXPECT_THROW(in_memory(100'000), Error);
}

}  // namespace
}  // namespace cupel::test
