#include "uncertainty/kendall.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

// Every pair, one by one.
double slow_tau(const std::vector<double>& x, const std::vector<double>& y) {
  double agreement = 0.0;
  double differ_x = 0.0;
  double differ_y = 0.0;
  const auto sign = [](double a, double b) { return a > b ? 1.0 : a < b ? -1.0 : 0.0; };
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (std::isnan(x[i] + y[i]) || std::isnan(x[j] + y[j])) continue;
      const double a = sign(x[i], x[j]);
      const double b = sign(y[i], y[j]);
      agreement += a * b;
      differ_x += a * a;
      differ_y += b * b;
    }
  }
  return agreement / std::sqrt(differ_x * differ_y);
}

TEST(KendallTauB, IsThatOfAllPairs) {
  std::mt19937_64 rng(2);
  for (const int n : {2, 3, 4, 5, 8, 17, 64, 257}) {
    for (const std::uint64_t values : {2U, 5U, 1000U}) {  // many ties to few
      std::vector<double> x;
      std::vector<double> y;
      for (int i = 0; i < n; ++i) {
        x.push_back(static_cast<double>(rng() % values));
        y.push_back(static_cast<double>(rng() % values) + 0.5 * x.back());
        if (n > 8 && rng() % 10 == 0) (rng() % 2 == 0 ? x : y).back() = kNaN;
      }
      const Score tau = kendall_tau_b(x, y);
      const double expected = slow_tau(x, y);
      if (std::isnan(expected)) {
        EXPECT_FALSE(tau.defined()) << n;
      } else {
        EXPECT_NEAR(tau.value, expected, 1e-14) << n << " " << values;
      }
    }
  }
}

TEST(KendallTauB, IsExactlyOneForEqualOrders) {
  const std::vector<double> x{3.0, -kInfinity, 1e300, 3.0, kInfinity, 0.1, -7.0};
  const std::vector<double> y{3.5, -100.0, 1e3, 3.5, 1e9, 0.2, -7.0};
  EXPECT_EQ(kendall_tau_b(x, y).value, 1.0);
  std::vector<double> reversed;
  for (const double value : y) reversed.push_back(-value);
  EXPECT_EQ(kendall_tau_b(x, reversed).value, -1.0);
}

TEST(KendallTauB, SaysWhyItIsUndefined) {
  const std::vector<double> two{1.0, 2.0};
  for (const auto& [x, y] : {std::pair{std::vector<double>{}, std::vector<double>{}},
                             {std::vector<double>{1.0}, std::vector<double>{1.0}},
                             {std::vector<double>{1.0, kNaN}, two}}) {
    const Score tau = kendall_tau_b(x, y);
    EXPECT_TRUE(std::isnan(tau.value));
    EXPECT_EQ(tau.undefined_because, "fewer than two predictions have both values");
  }
  const std::vector<double> constant{4.0, 4.0};
  EXPECT_EQ(kendall_tau_b(constant, two).undefined_because,
            "a metric does not vary over the predictions");
  EXPECT_FALSE(kendall_tau_b(two, constant).defined());
}

// Figure 5a of VCBench: macro means of eleven models on Norman, and the agreement of its metrics
// (vcbench-and-turbine.md 3, row 50). DEPrec, DEOverlap, PDCorr and LFCSpear are better higher, the
// E-distance and the Sinkhorn distance lower.
TEST(MetricAgreement, ReproducesAPublishedTable) {
  const std::vector<double> precision{.59, .58, .58, .59, .57, .56, .54, .51, .50, .41, .42};
  const std::vector<double> overlap{.44, .43, .42, .44, .42, .41, .38, .36, .34, .27, .28};
  const std::vector<double> delta{.65, .63, .65, .63, .63, .62, .57, .57, .58, .44, .41};
  const std::vector<double> spearman{.45, .45, .42, .39, .42, .36, .33, .31, .29, .16, .27};
  const std::vector<double> energy{2.1, 5.2, 4.8, 5.2, 5.2, 3.3, 5.1, 4.8, 5.1, 1.4, 6.3};
  const std::vector<double> sinkhorn{32.0, 37.4, 37.3, 37.5, 37.5, 38.4,
                                     36.8, 37.5, 38.2, 52.7, 43.9};
  std::vector<std::int32_t> prediction(11);
  for (int i = 0; i < 11; ++i) prediction[static_cast<std::size_t>(i)] = i;
  const std::vector<std::int32_t> context(11, 0);
  const Resamples resamples(11, 200, 1);
  const auto agreement = [&](const auto& x, Better bx, const auto& y, Better by) {
    return metric_agreement({x, y, bx, by, prediction, context}, 1, resamples);
  };
  constexpr auto kUp = Better::kHigher;
  constexpr auto kDown = Better::kLower;
  EXPECT_NEAR(agreement(precision, kUp, overlap, kUp).pooled.value, 0.981, 5e-4);
  EXPECT_NEAR(agreement(delta, kUp, spearman, kUp).pooled.value, 0.777, 5e-4);
  EXPECT_NEAR(agreement(delta, kUp, sinkhorn, kDown).pooled.value, 0.549, 5e-4);
  EXPECT_NEAR(agreement(energy, kDown, precision, kUp).pooled.value, -0.039, 5e-4);
  const auto both = agreement(energy, kDown, sinkhorn, kDown);
  EXPECT_NEAR(both.pooled.value, slow_tau(energy, sinkhorn), 1e-14);
  EXPECT_EQ(both.within.value, both.pooled.value) << "one context";
  EXPECT_LT(both.pooled_interval.low, both.pooled.value);
  EXPECT_GT(both.pooled_interval.high, both.pooled.value);
}

// Eight contexts that differ in level under both metrics; inside each the metrics are unrelated.
TEST(MetricAgreement, WithinContextsDoesNotSeeTheContextsLevel) {
  std::mt19937_64 rng(4);
  std::normal_distribution<double> normal;
  std::vector<double> x;
  std::vector<double> y;
  std::vector<std::int32_t> prediction;
  std::vector<std::int32_t> context;
  for (std::int32_t c = 0; c < 8; ++c) {
    for (std::int32_t p = 0; p < 12; ++p) {
      x.push_back(10.0 * c + normal(rng));
      y.push_back(10.0 * c + normal(rng));
      prediction.push_back(p);
      context.push_back(c);
    }
  }
  x[5] = kNaN;
  const auto result = metric_agreement(
      {x, y, Better::kHigher, Better::kHigher, prediction, context}, 9, Resamples(12, 300, 1));
  EXPECT_NEAR(result.pooled.value, slow_tau(x, y), 1e-14);
  EXPECT_GT(result.pooled_interval.low, 0.8);
  EXPECT_EQ(result.n, 95);
  EXPECT_EQ(result.contexts, 8);
  double sum = 0.0;
  for (std::size_t c = 0; c < 8; ++c) {
    const auto first = static_cast<std::ptrdiff_t>(12 * c);
    const double tau = slow_tau({x.begin() + first, x.begin() + first + 12},
                                {y.begin() + first, y.begin() + first + 12});
    EXPECT_NEAR(result.by_context[c].tau.value, tau, 1e-14);
    EXPECT_EQ(result.by_context[c].n, c == 0 ? 11 : 12);
    sum += tau;
  }
  EXPECT_NEAR(result.within.value, sum / 8.0, 1e-14);
  EXPECT_NEAR(result.within.value, 0.0, 0.25);
  EXPECT_LT(result.within_interval.low, 0.1);
  EXPECT_FALSE(result.by_context[8].tau.defined()) << "a context without rows";
}

// With a single draw the ends of the interval are that draw's tau.
TEST(MetricAgreement, ResamplesPredictionsWithAllTheirContexts) {
  std::mt19937_64 rng(4);
  std::vector<double> x;
  std::vector<double> y;
  std::vector<std::int32_t> prediction;
  std::vector<std::int32_t> context;
  for (std::int32_t c = 0; c < 3; ++c) {
    for (std::int32_t p = 0; p < 7; ++p) {
      x.push_back(static_cast<double>(rng() % 6));
      y.push_back(static_cast<double>(rng() % 6));
      prediction.push_back(p);
      context.push_back(c);
    }
  }
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const Resamples one(7, 1, seed);
    std::vector<double> drawn_x;
    std::vector<double> drawn_y;
    double taus = 0.0;
    for (std::int32_t c = 0; c < 3; ++c) {
      std::vector<double> here_x;
      std::vector<double> here_y;
      for (std::size_t row = 0; row < x.size(); ++row) {
        if (context[row] != c) continue;
        const auto times = one.counts(0)[static_cast<std::size_t>(prediction[row])];
        here_x.insert(here_x.end(), times, x[row]);
        here_y.insert(here_y.end(), times, y[row]);
      }
      taus += slow_tau(here_x, here_y) / 3.0;
      drawn_x.insert(drawn_x.end(), here_x.begin(), here_x.end());
      drawn_y.insert(drawn_y.end(), here_y.begin(), here_y.end());
    }
    const auto result =
        metric_agreement({x, y, Better::kHigher, Better::kLower, prediction, context}, 3, one);
    EXPECT_NEAR(result.pooled_interval.low, -slow_tau(drawn_x, drawn_y), 1e-14);
    EXPECT_NEAR(result.within_interval.high, -taus, 1e-14);
  }
}

TEST(MetricAgreement, SaysWhyThereIsNone) {
  const std::vector<double> constant{1.0, 1.0, 1.0};
  const std::vector<double> varying{1.0, 2.0, 3.0};
  const std::vector<std::int32_t> prediction{0, 1, 2};
  const std::vector<std::int32_t> context{0, 0, 0};
  const auto result =
      metric_agreement({constant, varying, Better::kHigher, Better::kHigher, prediction, context},
                       1, Resamples(3, 10, 1));
  EXPECT_FALSE(result.pooled.defined());
  EXPECT_FALSE(result.within.defined());
  EXPECT_TRUE(std::isnan(result.within.value));
  EXPECT_FALSE(result.pooled_interval.defined());
  EXPECT_FALSE(result.within_interval.defined());
}

// Leaves predictions out one by one, and takes the error, the transformation and t by the book.
TEST(MetricAgreement, HasTheIntervalOfLeavingEachPredictionOut) {
  constexpr std::int32_t kPredictions = 9;
  constexpr std::int32_t kContexts = 3;
  std::mt19937_64 rng(3);
  std::vector<double> x;
  std::vector<double> y;
  std::vector<std::int32_t> prediction;
  std::vector<std::int32_t> context;
  for (std::int32_t c = 0; c < kContexts; ++c) {
    for (std::int32_t p = 0; p < kPredictions; ++p) {
      x.push_back(static_cast<double>(rng() % 12));
      y.push_back(x.back() + static_cast<double>(rng() % 9));
      prediction.push_back(p);
      context.push_back(c);
    }
  }
  y[4] = kNaN;
  x[7] = x[7 + kPredictions] = x[7 + 2 * kPredictions] = kNaN;  // not there at all
  const auto tau_without = [&](std::int32_t out, std::int32_t of_context) {
    std::vector<double> some_x;
    std::vector<double> some_y;
    for (std::size_t row = 0; row < x.size(); ++row) {
      if (prediction[row] == out || (of_context >= 0 && context[row] != of_context)) continue;
      some_x.push_back(x[row]);
      some_y.push_back(-y[row]);
    }
    return -slow_tau(some_x, some_y);
  };
  const auto expect_interval = [&](const Interval& interval, auto statistic) {
    std::vector<double> without;
    for (std::int32_t p = 0; p < kPredictions; ++p) {
      if (p != 7) without.push_back(statistic(p));
    }
    double mean = 0.0;
    for (const double tau : without) mean += tau / 8.0;
    double squares = 0.0;
    for (const double tau : without) squares += (tau - mean) * (tau - mean);
    const double tau = statistic(-1);
    const double reach = 2.364624251592784 * std::sqrt(squares * 7.0 / 8.0) / (1.0 - tau * tau);
    EXPECT_NEAR(interval.low, std::tanh(std::atanh(tau) - reach), 1e-12);
    EXPECT_NEAR(interval.high, std::tanh(std::atanh(tau) + reach), 1e-12);
  };
  std::vector<double> turned = y;
  for (double& value : turned) value = -value;
  const AgreementRows rows{x, turned, Better::kHigher, Better::kLower, prediction, context};
  const auto found = metric_agreement(rows, kContexts, kPredictions);
  EXPECT_EQ(found.pooled.value,
            metric_agreement(rows, kContexts, Resamples(9, 10, 1)).pooled.value);
  expect_interval(found.pooled_interval, [&](std::int32_t out) { return tau_without(out, -1); });
  expect_interval(found.within_interval, [&](std::int32_t out) {
    return (tau_without(out, 0) + tau_without(out, 1) + tau_without(out, 2)) / 3.0;
  });
}

TEST(MetricAgreement, HasNoIntervalWhereNothingShowsHowItVaries) {
  const std::vector<std::int32_t> prediction{0, 1, 2, 3};
  const std::vector<std::int32_t> context(4, 0);
  const auto interval_of = [&](const std::vector<double>& x, const std::vector<double>& y) {
    return metric_agreement({x, y, Better::kHigher, Better::kHigher, prediction, context}, 1, 4)
        .pooled_interval.undefined_because;
  };
  EXPECT_EQ(interval_of({1, 2, 3, 4}, {1, 2, 3, 4}),
            "all predictions agree, so none shows how this may vary");
  EXPECT_EQ(interval_of({1, 2, kNaN, kNaN}, {2, 2.5, 3, 4}), "fewer than three predictions");
  EXPECT_EQ(interval_of({1, 1, 1, 1}, {1, 2, 3, 4}), "a metric does not vary over the predictions");
  EXPECT_EQ(interval_of({1, 1, 1, 2}, {1, 2, 3, 2}),
            "without one of the predictions there is no agreement");
}

}  // namespace
}  // namespace cupel::test
