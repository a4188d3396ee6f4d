#include "uncertainty/bootstrap.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

MatrixView<const double> view(const Dense& dense) {
  return {dense.values.data(), dense.rows, dense.cols, Space::kHost};
}

std::vector<double> column(const Dense& dense, std::int64_t col) {
  std::vector<double> values;
  for (std::int64_t row = 0; row < dense.rows; ++row) values.push_back(dense(row, col));
  return values;
}

// The sample that a draw stands for: each value as often as it was drawn.
std::vector<double> sample(const std::vector<double>& values,
                           std::span<const std::uint8_t> counts) {
  std::vector<double> drawn;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isnan(values[i])) drawn.insert(drawn.end(), counts[i], values[i]);
  }
  return drawn;
}

double slow_mean(const std::vector<double>& values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());  // 0 / 0 of none
}

double slow_median(std::vector<double> values) {
  if (values.empty()) return kNaN;
  std::ranges::sort(values);
  const auto n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2.0;
}

TEST(Resamples, AreDrawsWithReplacement) {
  const std::int64_t n = 40;
  const Resamples resamples(n, 5000, 3);
  double squares = 0.0;
  std::vector<double> seen(n, 0.0);
  for (std::int64_t draw = 0; draw < resamples.draws(); ++draw) {
    int total = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      const int count = resamples.counts(draw)[static_cast<std::size_t>(i)];
      total += count;
      squares += (count - 1.0) * (count - 1.0);
      seen[static_cast<std::size_t>(i)] += count;
    }
    EXPECT_EQ(total, n);
  }
  const double cells = static_cast<double>(n * resamples.draws());
  EXPECT_NEAR(squares / cells, 1.0 - 1.0 / static_cast<double>(n), 0.02);  // binomial variance
  for (const double times : seen) EXPECT_NEAR(times / 5000.0, 1.0, 5.0 / std::sqrt(5000.0));
}

TEST(Resamples, DrawKDependsOnSeedSeriesAndKAlone) {
  const Resamples few(30, 10, 7, 1);
  const Resamples many(30, 1000, 7, 1);
  const Resamples other_seed(30, 10, 8, 1);
  const Resamples other_series(30, 10, 7, 2);
  int differing_seed = 0;
  int differing_series = 0;
  for (std::int64_t draw = 0; draw < 10; ++draw) {
    EXPECT_TRUE(std::ranges::equal(few.counts(draw), many.counts(draw)));
    differing_seed += !std::ranges::equal(few.counts(draw), other_seed.counts(draw));
    differing_series += !std::ranges::equal(few.counts(draw), other_series.counts(draw));
  }
  EXPECT_EQ(differing_seed, 10);
  EXPECT_EQ(differing_series, 10);
}

Dense with_gaps(std::int64_t rows, std::int64_t cols) {
  Dense values = random_matrix(rows, cols, 5);
  std::mt19937_64 rng(6);
  for (std::int64_t col = 1; col < cols; col += 2) {
    for (std::int64_t row = 0; row < rows; ++row) {
      if (rng() % 3 == 0) values(row, col) = kNaN;
    }
  }
  if (cols > 5) {
    for (std::int64_t row = 0; row < rows; ++row) values(row, 5) = kNaN;
  }
  return values;
}

TEST(Resamples, MeansAreThoseOfTheDrawnSamples) {
  for (const auto& [rows, cols] : {std::pair{1, 1}, {2, 3}, {3, 7}, {50, 9}, {301, 54}}) {
    const Dense values = with_gaps(rows, cols);
    const Resamples resamples(rows, 200, 11);
    const auto means = resamples.means(view(values));
    for (std::int64_t draw = 0; draw < 200; ++draw) {
      for (std::int64_t col = 0; col < cols; ++col) {
        const double expected = slow_mean(sample(column(values, col), resamples.counts(draw)));
        const double actual = means.view()(draw, col);
        if (std::isnan(expected)) {
          EXPECT_TRUE(std::isnan(actual)) << rows << " " << draw << " " << col;
        } else {
          EXPECT_NEAR(actual, expected, 1e-13) << rows << " " << draw << " " << col;
        }
      }
    }
  }
}

TEST(Resamples, GiveTheSameBitsForAnyThreadsAndBesideAnyColumns) {
  const Dense values = with_gaps(100, 11);
  const auto all = with_thread_counts([&] {
    const auto means = Resamples(100, 300, 2).means(view(values));
    return std::vector<double>(means.view().data, means.view().data + means.view().size());
  });
  EXPECT_TRUE(same_bits(all[0], all[1]));
  EXPECT_TRUE(same_bits(all[0], all[2]));
  for (std::int64_t col = 0; col < 11; ++col) {
    const Dense alone{100, 1, column(values, col)};
    const auto means = Resamples(100, 300, 2).means(view(alone));
    std::vector<double> beside;
    for (std::size_t draw = 0; draw < 300; ++draw) {
      beside.push_back(all[0][draw * 11 + static_cast<std::size_t>(col)]);
    }
    EXPECT_TRUE(same_bits(beside, {means.view().data, means.view().data + 300})) << col;
  }
}

TEST(Resamples, LeaveAColumnThatDoesNotVaryAsItIs) {
  Dense values = zeros(33, 2);
  for (std::int64_t row = 0; row < 33; ++row) {
    values(row, 0) = 0.1;
    values(row, 1) = row % 4 == 0 ? kNaN : 1.0 / 3.0;
  }
  const auto means = Resamples(33, 500, 2).means(view(values));
  for (std::int64_t draw = 0; draw < 500; ++draw) {
    EXPECT_EQ(means.view()(draw, 0), 0.1);
    EXPECT_EQ(means.view()(draw, 1), 1.0 / 3.0);
  }
}

TEST(Resamples, KeepAnInfiniteValueInfinite) {
  const Dense values{4, 1, {kInfinity, 1.0, 2.0, 4.0}};
  const Resamples resamples(4, 100, 2);
  const auto means = resamples.means(view(values));
  for (std::int64_t draw = 0; draw < 100; ++draw) {
    const double expected = slow_mean(sample(column(values, 0), resamples.counts(draw)));
    EXPECT_EQ(means.view()(draw, 0), expected) << draw;
  }
}

TEST(Resamples, RatiosAndMediansAreThoseOfTheDrawnSamples) {
  const Dense values = with_gaps(31, 4);
  Dense weights = random_matrix(31, 1, 9);
  for (double& weight : weights.values) weight = std::abs(weight);
  weights(4, 0) = kNaN;
  const Resamples resamples(31, 300, 5);
  for (std::int64_t col = 0; col < 4; ++col) {
    const auto numerator = column(values, col);
    const auto ratios = resamples.ratios(numerator, weights.values);
    const auto medians = resamples.medians(numerator);
    for (std::int64_t draw = 0; draw < 300; ++draw) {
      double above = 0.0;
      double below = 0.0;
      for (std::size_t row = 0; row < 31; ++row) {
        if (std::isnan(numerator[row] + weights.values[row])) continue;
        above += resamples.counts(draw)[row] * numerator[row];
        below += resamples.counts(draw)[row] * weights.values[row];
      }
      const auto at = static_cast<std::size_t>(draw);
      EXPECT_NEAR(ratios[at], above / below, 1e-13);
      EXPECT_EQ(medians[at], slow_median(sample(numerator, resamples.counts(draw))));
    }
  }
  const std::vector<double> nothing(31, kNaN);
  EXPECT_TRUE(std::isnan(resamples.ratios(nothing, weights.values)[0]));
  EXPECT_TRUE(std::isnan(resamples.ratios(weights.values, std::vector<double>(31, 0.0))[0]));
  EXPECT_TRUE(std::isnan(resamples.medians(nothing)[0]));
}

TEST(SortedQuantile, LiesOnTheLineBetweenNeighbours) {
  const std::vector<double> sorted{1.0, 2.0, 4.0, 8.0};
  EXPECT_EQ(sorted_quantile(sorted, 0.0), 1.0);
  EXPECT_EQ(sorted_quantile(sorted, 0.5), 3.0);
  EXPECT_EQ(sorted_quantile(sorted, 1.0), 8.0);
  EXPECT_NEAR(sorted_quantile(sorted, 0.9), 6.8, 1e-15);
  EXPECT_TRUE(std::isnan(sorted_quantile({}, 0.5)));
}

// The textbook's formula, from the resampled means themselves.
TEST(BootstrapInterval, IsBiasCorrectedAndAccelerated) {
  std::mt19937_64 rng(4);
  std::exponential_distribution<double> skewed;
  Dense values = zeros(25, 1);
  for (double& value : values.values) value = skewed(rng);
  const Resamples resamples(25, 4000, 1);
  const auto means = resamples.means(view(values));
  const std::span<const double> draws(means.view().data, 4000);
  const double mean = slow_mean(values.values);

  std::vector<double> influence;
  double squares = 0.0;
  double cubes = 0.0;
  for (std::size_t leave = 0; leave < 25; ++leave) {  // by jackknife
    double sum = 0.0;
    for (std::size_t i = 0; i < 25; ++i) sum += i == leave ? 0.0 : values.values[i];
    const double pull = mean - sum / 24.0;
    influence.push_back(7.0 * pull);  // a common factor is of no consequence
    squares += pull * pull;
    cubes += pull * pull * pull;
  }
  const double a = cubes / (6.0 * std::pow(squares, 1.5));
  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const auto below = std::ranges::count_if(draws, [&](double draw) { return draw < mean; });
  double z0 = 0.0;  // by bisection
  for (double step = 1.0; step > 1e-12; step /= 2.0) {
    z0 += phi(z0) < static_cast<double>(below) / 4000.0 ? step : -step;
  }
  std::vector<double> sorted(draws.begin(), draws.end());
  std::ranges::sort(sorted);
  const auto end = [&](double z) {
    return sorted_quantile(sorted, phi(z0 + (z0 + z) / (1.0 - a * (z0 + z))));
  };
  const auto plain = bootstrap_interval(draws, mean, influence, {0.95, IntervalKind::kBca});
  EXPECT_NEAR(plain.low, end(-1.959963984540054), 1e-9);
  EXPECT_NEAR(plain.high, end(1.959963984540054), 1e-9);
  const auto wide = bootstrap_interval(draws, mean, influence);
  const double z = 2.0638985616280205 * std::sqrt(25.0 / 24.0);  // t of 24
  EXPECT_NEAR(wide.low, end(-z), 1e-9);
  EXPECT_NEAR(wide.high, end(z), 1e-9);
  const auto percentile =
      bootstrap_interval(draws, mean, influence, {0.9, IntervalKind::kPercentile});
  EXPECT_EQ(percentile.low, sorted_quantile(sorted, 0.05));
  EXPECT_EQ(percentile.high, sorted_quantile(sorted, 0.95));
}

// Scores of few distinct values: draws equal to the estimate lie on neither side of it.
TEST(BootstrapInterval, CountsHalfOfTheDrawsThatEqualTheEstimate) {
  const std::vector<double> draws{-1.0, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0};
  const std::vector<double> influence{-1.0, 1.0};
  const auto corrected = bootstrap_interval(draws, 0.0, influence, {0.5, IntervalKind::kBca});
  const auto plain = percentile_interval(draws, 0.5);
  EXPECT_NEAR(corrected.low, plain.low, 1e-12);
  EXPECT_NEAR(corrected.high, plain.high, 1e-12);
  EXPECT_EQ(bootstrap_interval(draws, 9.0, influence).undefined_because,
            "the resamples lie on one side of the estimate");
}

TEST(EstimateMeans, SaysWhyThereIsNoMeanOrInterval) {
  const Dense values{3,
                     5,
                     {kNaN, 2.0, 0.1, 1.0, 0.3,   //
                      kNaN, kNaN, 0.1, 3.0, 0.3,  //
                      kNaN, kNaN, 0.1, kNaN, 0.3}};
  const auto estimates = estimate_means(view(values), Resamples(3, 1000, 1));
  EXPECT_TRUE(std::isnan(estimates[0].value));
  EXPECT_EQ(estimates[0].undefined_because, "no perturbation has a value");
  EXPECT_FALSE(estimates[0].interval.defined());
  EXPECT_EQ(estimates[1].value, 2.0);
  EXPECT_EQ(estimates[1].n, 1);
  EXPECT_EQ(estimates[1].interval.undefined_because, "fewer than two values to resample");
  EXPECT_TRUE(std::isnan(estimates[1].interval.low));
  for (const std::size_t constant : {2U, 4U}) {
    EXPECT_TRUE(estimates[constant].interval.defined());
    EXPECT_NEAR(estimates[constant].interval.low, estimates[constant].value, 1e-15);
    EXPECT_NEAR(estimates[constant].interval.high, estimates[constant].value, 1e-15);
  }
  EXPECT_EQ(estimates[3].value, 2.0);
  EXPECT_EQ(estimates[3].n, 2);
  EXPECT_EQ(estimates[3].interval.low, 1.0);
  EXPECT_EQ(estimates[3].interval.high, 3.0);
  EXPECT_TRUE(estimate_means({nullptr, 0, 2, Space::kHost}, Resamples(0, 10, 1))[1]
                  .interval.undefined_because == "no perturbation has a value");
}

TEST(PercentileInterval, NeedsHalfOfTheDraws) {
  EXPECT_TRUE(percentile_interval(std::vector<double>{1.0, kNaN}).defined());
  EXPECT_EQ(percentile_interval(std::vector<double>{1.0, kNaN, kNaN}).undefined_because,
            "most resamples leave it undefined");
  EXPECT_FALSE(percentile_interval({}).defined());
}

TEST(EstimateRatio, OfEqualScoresIsThatScoreWhateverTheWeights) {
  const Dense weights = random_matrix(20, 1, 3);
  std::vector<double> weight;
  std::vector<double> weighted;
  for (const double w : weights.values) {
    weight.push_back(w * w);
    weighted.push_back(0.7 * weight.back());
  }
  const auto estimate = estimate_ratio(weighted, weight, Resamples(20, 500, 1));
  EXPECT_NEAR(estimate.value, 0.7, 1e-15);
  ASSERT_TRUE(estimate.interval.defined()) << estimate.interval.undefined_because;
  EXPECT_NEAR(estimate.interval.low, 0.7, 1e-14);
  EXPECT_NEAR(estimate.interval.high, 0.7, 1e-14);
  const std::vector<double> none(20, 0.0);
  EXPECT_EQ(estimate_ratio(weighted, none, Resamples(20, 5, 1)).undefined_because,
            "the weights do not add up to something positive");
}

TEST(EstimateMedian, HoldsTheMedianBetweenItsEnds) {
  const Dense values = random_matrix(51, 1, 3);
  const auto estimate = estimate_median(values.values, Resamples(51, 2000, 1));
  EXPECT_EQ(estimate.value, slow_median(values.values));
  EXPECT_LT(estimate.interval.low, estimate.value);
  EXPECT_GT(estimate.interval.high, estimate.value);
  EXPECT_FALSE(estimate_median({}, Resamples(0, 5, 1)).undefined_because.empty());
  EXPECT_FALSE(estimate_median(std::vector<double>{1.0}, Resamples(1, 5, 1)).interval.defined());
}

// Normal draws of a known error: both ends lie t(freedom) errors away, the error being that with
// n - 1 in each stratum.
TEST(StratifiedInterval, TakesTheDegreesOfWelchAndSatterthwaite) {
  std::mt19937_64 rng(4);
  std::vector<double> influence;
  double as_drawn = 0.0;
  double unbiased = 0.0;
  double uncertain = 0.0;
  const std::vector<std::int64_t> strata{5, 40};
  for (const std::int64_t n : strata) {
    double squares = 0.0;
    for (std::int64_t i = 0; i < n; ++i) {
      const double sign = i % 2 == 0 ? 1.0 : -1.0;
      influence.push_back(sign * (n == 5 ? 0.3 : 0.02));
      squares += influence.back() * influence.back();
    }
    const auto size = static_cast<double>(n);
    as_drawn += squares;
    unbiased += squares * size / (size - 1.0);
    uncertain += squares * squares * size * size / std::pow(size - 1.0, 3.0);
  }
  std::normal_distribution<double> normal(1.0, std::sqrt(as_drawn));
  std::vector<double> draws(400'000);
  for (double& draw : draws) draw = normal(rng);
  const double freedom = unbiased * unbiased / uncertain;
  ASSERT_GT(freedom, 4.0);
  ASSERT_LT(freedom, 5.0);  // rounded down
  const auto interval = stratified_interval(draws, 1.0, influence, strata, {0.9});
  const double reach = 2.131846786326649 * std::sqrt(unbiased);  // t(4) at 95 %
  EXPECT_NEAR(interval.high - interval.low, 2.0 * reach, 0.03 * reach);
}

TEST(StratifiedInterval, OfOneStratumIsThePlainOne) {
  std::mt19937_64 rng(5);
  std::exponential_distribution<double> skewed;
  std::vector<double> values(30);
  for (double& value : values) value = skewed(rng);
  const auto draws = Resamples(30, 999, 1).means({values.data(), 30, 1, Space::kHost});
  const std::span<const double> column(draws.view().data, 999);
  const auto plain = bootstrap_interval(column, 1.0, values);
  const std::vector<std::int64_t> one{30};
  EXPECT_EQ(stratified_interval(column, 1.0, values, one).low, plain.low);
  EXPECT_EQ(stratified_interval(column, 1.0, values, one).high, plain.high);
  const std::vector<std::int64_t> small{29, 1};
  EXPECT_EQ(stratified_interval(column, 1.0, values, small).undefined_because,
            "a context has fewer than two values to resample");
}

// Quantiles are found without sorting: of few draws and of many, in both tails, with ties, rising,
// and where the draws that are looked at first mislead.
TEST(PercentileInterval, HasTheQuantilesOfTheSortedDraws) {
  std::mt19937_64 rng(6);
  std::normal_distribution<double> normal;
  for (const std::size_t n : {2U, 3U, 100U, 1023U, 1024U, 5000U, 10'000U}) {
    for (const int kind : {0, 1, 2, 3}) {
      std::vector<double> draws(n);
      for (std::size_t i = 0; i < n; ++i) {
        const double value = kind == 1 ? static_cast<double>(rng() % 7) : normal(rng);
        draws[i] = kind == 2 ? static_cast<double>(i) : kind == 3 && i % (n / 2) == 0 ? 9.0 : value;
        if (kind == 3 && n >= 1024 && i % (n / 256) == 0) draws[i] = i % 2 == 0 ? -50.0 : 50.0;
      }
      auto sorted = draws;
      std::ranges::sort(sorted);
      for (const double level : {0.1, 0.5, 0.95, 0.999, 1.0}) {
        const auto interval = percentile_interval(draws, level);
        const double tail = (1.0 - level) / 2.0;
        EXPECT_EQ(interval.low, sorted_quantile(sorted, tail)) << n << " " << kind << " " << level;
        EXPECT_EQ(interval.high, sorted_quantile(sorted, 1.0 - tail)) << n << " " << kind;
      }
    }
  }
}

}  // namespace
}  // namespace cupel::test
