#include "quality/calibration.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "quality/correlation.hpp"
#include "quality/duplicates.hpp"
#include "quality/pointwise_error.hpp"
#include "quality/reasons.hpp"
#include "quality/views.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

TEST(DynamicRangeFraction, IsOneForAPerfectPositiveControl) {
  EXPECT_NEAR(dynamic_range_fraction(1.0, 0.3, 1.0, Better::kHigher).value, 1.0, 2e-6);
  EXPECT_NEAR(dynamic_range_fraction(0.0, 0.5, 0.0, Better::kLower).value, 1.0, 2.1e-6);
  EXPECT_EQ(dynamic_range_fraction(0.3, 0.3, 1.0, Better::kHigher).value, 0.0);
  EXPECT_EQ(dynamic_range_fraction(-9.0, 0.3, 1.0, Better::kHigher).value, -1.0) << "clipped";
}

TEST(DynamicRangeFraction, SaysWhyThereIsNone) {
  for (const double missing : {kNaN, kInfinity}) {
    EXPECT_EQ(dynamic_range_fraction(missing, 0.3, 1.0, Better::kHigher).undefined_because,
              reasons::kNoControl);
    EXPECT_EQ(dynamic_range_fraction(0.3, missing, 1.0, Better::kHigher).undefined_because,
              reasons::kNoControl);
  }
  EXPECT_EQ(dynamic_range_fraction(0.3, 1.0, 1.0, Better::kHigher).undefined_because,
            reasons::kBeyondPerfect);
  EXPECT_EQ(dynamic_range_fraction(0.3, -0.1, 0.0, Better::kLower).undefined_because,
            reasons::kBeyondPerfect);
  EXPECT_EQ(dynamic_range_fraction(0.3, 0.1, 1.0, Better::kNeither).undefined_because,
            reasons::kNoDirection);
}

std::vector<Score> fractions(const std::vector<double>& values) {
  std::vector<Score> scores;
  for (const double value : values) {
    scores.push_back(std::isnan(value) ? Score::undefined("none") : Score::of(value));
  }
  return scores;
}

TEST(SummariseRange, NeedsTenPerturbationsAndAnIntervalAboveZero) {
  std::vector<double> values{.5, .6, .4, .5, .7, .5, .6, .4, .3, kNaN};
  const auto few = summarise_range(fractions(values), Resamples(10, 500, 1));
  EXPECT_EQ(few.median.undefined_because, reasons::kTooFewValid);
  EXPECT_TRUE(std::isnan(few.median.value));
  EXPECT_TRUE(std::isnan(few.mean));
  EXPECT_FALSE(few.usable);
  EXPECT_EQ(few.undefined, 1);
  values.push_back(0.5);
  const auto enough = summarise_range(fractions(values), Resamples(11, 500, 1));
  EXPECT_EQ(enough.median.value, 0.5);
  EXPECT_NEAR(enough.mean, 0.5, 1e-15);
  EXPECT_TRUE(enough.usable);
  for (std::size_t i = 0; i < 5; ++i) values[i] = -values[i];
  EXPECT_FALSE(summarise_range(fractions(values), Resamples(11, 500, 1)).usable);
}

TEST(BoundDiscrimination, CountsATieAsNotBeaten) {
  const std::vector<double> positive{0.5, 0.5, 0.5};
  const std::vector<double> negative{0.5, 0.4, 0.6};
  EXPECT_EQ(positive_wins(positive, negative, Better::kHigher), (std::vector<double>{0, 1, 0}));
  EXPECT_EQ(positive_wins(positive, negative, Better::kLower), (std::vector<double>{0, 0, 1}));
  EXPECT_EQ(bound_discrimination(positive, positive, Better::kHigher).share.value, 0.0);
  EXPECT_EQ(bound_discrimination(positive, positive, Better::kLower).share.value, 0.0);
}

TEST(BoundDiscrimination, SaysWhyThereIsNone) {
  const std::vector<double> missing{kNaN, kNaN};
  const auto result = bound_discrimination(missing, missing, Better::kHigher);
  EXPECT_EQ(result.share.value, 0.0) << "missing values are losses";
  EXPECT_FALSE(result.share_where_defined.defined());
  EXPECT_FALSE(bound_discrimination({}, {}, Better::kHigher).share.defined());
  const std::vector<double> any{1.0};
  EXPECT_EQ(bound_discrimination(any, any, Better::kNeither).share.undefined_because,
            reasons::kNoDirection);
}

// A planted screen of profiles, halves and a mean of all; how well does a metric tell a duplicate
// from the mean?
struct Planted {
  Dense truth, duplicate, mean;
};
Planted planted(double specific, std::int64_t perturbations, std::int64_t genes) {
  std::mt19937_64 rng(5);
  std::normal_distribution<double> normal;
  Planted screen{zeros(perturbations, genes), zeros(perturbations, genes),
                 zeros(perturbations, genes)};
  for (std::int64_t p = 0; p < perturbations; ++p) {
    for (std::int64_t g = 0; g < genes; ++g) {
      const double shared = std::sin(static_cast<double>(g));
      const double own = specific * normal(rng);
      screen.truth(p, g) = shared + own + normal(rng);
      screen.duplicate(p, g) = shared + own + normal(rng);
      // As noisy as the duplicate (the "sparse mean"), so that without an own effect the two are
      // exchangeable.
      screen.mean(p, g) = shared + normal(rng);
    }
  }
  return screen;
}

struct Verdict {
  double median_fraction;
  double bds;
};
Verdict judge(const Planted& screen, const Dense& positive) {
  std::vector<Score> drf;
  std::vector<double> pos;
  std::vector<double> neg;
  for (std::int64_t p = 0; p < screen.truth.rows; ++p) {
    pos.push_back(pearson(row(positive, p), row(screen.truth, p)).value);
    neg.push_back(pearson(row(screen.mean, p), row(screen.truth, p)).value);
    drf.push_back(dynamic_range_fraction(pos.back(), neg.back(), 1.0, Better::kHigher));
  }
  const Resamples resamples(screen.truth.rows, 200, 1);
  return {summarise_range(drf, resamples).median.value,
          bound_discrimination(pos, neg, Better::kHigher).share.value};
}

TEST(Calibration, GivesChanceToExchangeableControlsAndOneToAPerfectOne) {
  const Planted nothing = planted(0.0, 400, 100);
  const Verdict chance = judge(nothing, nothing.duplicate);
  EXPECT_NEAR(chance.median_fraction, 0.0, 0.03);
  EXPECT_NEAR(chance.bds, 0.5, 4.0 * std::sqrt(0.25 / 400.0));
  const Verdict perfect = judge(nothing, nothing.truth);
  EXPECT_NEAR(perfect.median_fraction, 1.0, 1e-5);
  EXPECT_EQ(perfect.bds, 1.0);
  const Planted strong = planted(3.0, 100, 100);
  const Verdict good = judge(strong, strong.duplicate);
  EXPECT_GT(good.median_fraction, 0.7);
  EXPECT_GT(good.bds, 0.99);
}

TEST(BetweenAnchors, ServesBothDirectionsAndIsNotClipped) {
  EXPECT_EQ(between_anchors(0.0, 0.4, 0.2, Better::kLower).value, 2.0);
  EXPECT_EQ(between_anchors(0.5, 0.25, 0.75, Better::kHigher).value, 0.5);
  EXPECT_EQ(between_anchors(0.5, 0.7, 0.7, Better::kHigher).undefined_because, reasons::kNoRoom);
  EXPECT_EQ(between_anchors(0.5, 0.2, 0.7, Better::kLower).undefined_because, reasons::kNoRoom);
  EXPECT_EQ(between_anchors(kNaN, 0.2, 0.7, Better::kHigher).undefined_because, reasons::kNoScore);
  EXPECT_EQ(between_anchors(0.5, kNaN, 0.7, Better::kHigher).undefined_because,
            reasons::kNoControl);
  EXPECT_FALSE(between_anchors(0.5, 0.2, 0.7, Better::kNeither).defined());
}

TEST(BetweenAnchors, AreSummedUpByTheirMedianBesideTheShareWithoutRoom) {
  const auto summary = summarise_anchored(fractions({0.1, 0.2, 900.0, kNaN}), Resamples(4, 200, 1));
  EXPECT_EQ(summary.median.value, 0.2);
  EXPECT_EQ(summary.undefined_share, 0.25);
}

TEST(BaselineSaturation, IsUndefinedWhereNothingHappened) {
  EXPECT_EQ(baseline_saturation(0.0, 1.0).undefined_because, reasons::kTruthIsControl);
  EXPECT_EQ(baseline_saturation(kNaN, 1.0).undefined_because, reasons::kNotANumber);
}

TEST(DistanceRatio, IsUndefinedForThePredictionOfNoChange) {
  const std::vector<double> control{1.0, 2.0};
  const std::vector<double> perturbed{2.0, 2.0};
  EXPECT_EQ(distance_ratio(perturbed, control, control).undefined_because,
            reasons::kPredictionIsControl);
  EXPECT_EQ(distance_ratio(perturbed, control, perturbed).value, 0.0);
  EXPECT_EQ(distance_ratio({}, {}, {}).undefined_because, reasons::kNoGenes);
}

// Where nothing is called, the duplicate's noise makes it worse than the mean; interpolated, it is
// the mean there and itself where there is an effect.
TEST(InterpolatedDuplicate, BeatsBothTheDuplicateAndTheMean) {
  std::mt19937_64 rng(6);
  std::normal_distribution<double> normal;
  const std::size_t genes = 2000;
  std::vector<double> truth;
  std::vector<double> duplicate;
  std::vector<double> p_adj;
  const std::vector<double> mean(genes, 0.0);
  for (std::size_t g = 0; g < genes; ++g) {
    const double effect = g < 100 ? 4.0 : 0.0;
    truth.push_back(effect + normal(rng));
    duplicate.push_back(effect + normal(rng));
    p_adj.push_back(g < 100 ? 0.001 : g % 2 == 0 ? 1.0 : kNaN);
  }
  const auto mixed = interpolated_duplicate(duplicate, mean, p_adj);
  const double error = mean_squared_error(mixed, truth).value;
  EXPECT_LT(error, mean_squared_error(duplicate, truth).value - 0.5);
  EXPECT_LT(error, mean_squared_error(mean, truth).value - 0.5);
}

}  // namespace
}  // namespace cupel::quality::test
