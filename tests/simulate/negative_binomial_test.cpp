#include "simulate/negative_binomial.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "simulate/random.hpp"

namespace cupel::simulate {
namespace {

// From the definition: Poisson with a gamma rate of shape 1/phi and mean mu.
long double slow_mass(long double mu, std::uint32_t count) {
  const long double shape = 1.0L / static_cast<long double>(kDispersion);
  const long double k = count;
  return std::exp(std::lgamma(k + shape) - std::lgamma(shape) - std::lgamma(k + 1.0L) +
                  shape * std::log(shape / (shape + mu)) + k * std::log(mu / (shape + mu)));
}

// The count whose step of the distribution holds 1 - u, u the top 32 bits of number i of the stream
// and a half.
struct Slow {
  std::uint32_t count;
  bool at_an_edge;  // where rounding may decide
};
Slow slow_count(std::uint64_t key, std::uint64_t i, double mu) {
  const std::uint64_t bits = mix(key + (i + 1) * kStep) >> 32;
  const long double u = 1.0L - (static_cast<long double>(bits) + 0.5L) * 0x1p-32L;
  long double above = 1.0L;  // P(X >= count)
  for (std::uint32_t count = 0;; ++count) {
    above -= slow_mass(mu, count);
    if (std::abs(u - above) < 1e-11L) return {count, true};
    if (u >= above) return {count, false};
  }
}

TEST(DrawCounts, MatchesTheSlowReferenceInEveryLane) {
  // Small, mixed and large means; a lane far from its neighbours; a gene that is not expressed.
  const std::vector<double> means{1e-6, 0.001, 0.01, 0.02, 0.1,  0.2, 0.5,   0.9,
                                  1.0,  1.5,   2.0,  0.0,  12.0, 3.0, 0.001, 3.5,
                                  20.0, 25.0,  40.0, 60.0, 90.0, 150, 400.0, 2500.0};
  constexpr double kScale = 0.75;
  std::vector<std::uint32_t> counts(means.size());
  int edges = 0;
  for (std::uint64_t cell = 0; cell < 300; ++cell) {
    const std::uint64_t key = mix(cell);
    draw_counts(key, kScale, means, counts);
    for (std::size_t i = 0; i < means.size(); ++i) {
      if (means[i] == 0.0) {
        EXPECT_EQ(counts[i], 0U);
        continue;
      }
      const Slow slow = slow_count(key, i, means[i] * kScale);
      edges += slow.at_an_edge ? 1 : 0;
      if (slow.at_an_edge) continue;
      EXPECT_EQ(counts[i], slow.count) << "mean " << means[i];
    }
  }
  EXPECT_LE(edges, 2);
}

class DrawCountsOfMean : public ::testing::TestWithParam<double> {};

TEST_P(DrawCountsOfMean, HasTheMeanVarianceAndZerosOfGammaPoisson) {
  const double mu = GetParam();
  constexpr std::size_t kDraws = 1 << 19;
  const std::vector<double> profile(1024, mu);
  std::vector<std::uint32_t> counts(profile.size());
  double sum = 0;
  double squares = 0;
  double zeros = 0;
  for (std::uint64_t cell = 0; cell < kDraws / profile.size(); ++cell) {
    draw_counts(stream_key(7, Purpose::kCounts, {0, static_cast<std::int64_t>(cell)}), 1.0, profile,
                counts);
    for (const auto count : counts) {
      sum += count;
      squares += (count - mu) * (count - mu);
      zeros += count == 0 ? 1 : 0;
    }
  }
  const double n = kDraws;
  const double variance = mu + kDispersion * mu * mu;
  const double p_zero = static_cast<double>(slow_mass(mu, 0));
  // Five standard errors each. The fourth central moment of a negative binomial of shape r:
  // variance^2 (3 + 6/r) + variance.
  const double fourth = variance * variance * (3.0 + 6.0 * kDispersion) + variance;
  EXPECT_NEAR(sum / n, mu, 5 * std::sqrt(variance / n));
  EXPECT_NEAR(squares / n, variance, 5 * std::sqrt((fourth - variance * variance) / n));
  EXPECT_NEAR(zeros / n, p_zero, 5 * std::sqrt(p_zero * (1 - p_zero) / n) + 1.0 / n);
}

INSTANTIATE_TEST_SUITE_P(Means, DrawCountsOfMean,
                         ::testing::Values(0.003, 0.05, 0.3, 1.0, 4.0, 15.0, 80.0, 1000.0));

TEST(DrawCounts, GenesAndCellsAreIndependent) {
  constexpr double kMean = 2.0;
  constexpr std::size_t kGenes = 512;
  constexpr std::size_t kCells = 2000;
  const double variance = kMean + kDispersion * kMean * kMean;
  const std::vector<double> profile(kGenes, kMean);
  std::vector<std::uint32_t> counts(kGenes);
  std::vector<double> last;
  double neighbours = 0;
  double far = 0;
  double cells = 0;
  for (std::size_t cell = 0; cell < kCells; ++cell) {
    draw_counts(stream_key(1, Purpose::kCounts, {0, static_cast<std::int64_t>(cell)}), 1.0, profile,
                counts);
    std::vector<double> z;
    for (const auto count : counts) z.push_back((count - kMean) / std::sqrt(variance));
    for (std::size_t i = 0; i + kLanes < kGenes; ++i) {
      neighbours += z[i] * z[i + 1];
      far += z[i] * z[i + kLanes];
    }
    for (std::size_t i = 0; i < last.size(); ++i) cells += z[i] * last[i];
    last = z;
  }
  const double limit = 5 / std::sqrt(static_cast<double>(kGenes * kCells));  // standard errors
  const auto pairs = static_cast<double>(kCells * (kGenes - kLanes));
  EXPECT_NEAR(neighbours / pairs, 0.0, limit);
  EXPECT_NEAR(far / pairs, 0.0, limit);
  EXPECT_NEAR(cells / static_cast<double>((kCells - 1) * kGenes), 0.0, limit);
}

}  // namespace
}  // namespace cupel::simulate
