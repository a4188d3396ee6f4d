// What every metric must do, whatever it measures.
#include <fmt/format.h>

#include <cmath>

#include "parallel/parallel.hpp"
#include "stats/aggregate.hpp"
#include "support/de_case.hpp"
#include "support/profile_case.hpp"
#include "support/test_device.hpp"

namespace cupel::test {
namespace {

constexpr std::int64_t kTargets = 9;
constexpr std::int64_t kGenes = 83;

std::vector<std::string> labels() {
  std::vector<std::string> names;
  for (int p = 0; p < kTargets; ++p) names.push_back(fmt::format("p{}", p));
  return names;
}

// Every third gene is called, in both directions; the numbers of calls differ between targets.
DeTable random_table(std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal(0.0, 1.5);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::vector<std::string> features;
  for (int g = 0; g < kGenes; ++g) features.push_back(fmt::format("g{}", (g * 37) % 100));
  std::vector<DeRow> rows;
  for (int p = 0; p < kTargets; ++p) {
    for (const std::string& feature : features) {
      const bool called = uniform(rng) < 0.25 + 0.04 * p;
      const double q = called ? 0.05 * uniform(rng) : 0.05 + 0.95 * uniform(rng);
      rows.push_back({fmt::format("p{}", p), feature, normal(rng), q / 2.0, q});
    }
  }
  return make_table(labels(), features, rows);
}

ProfileCase::Input random_profiles(std::uint64_t truth, std::uint64_t prediction) {
  ProfileCase::Input input;
  input.perturbations = labels();
  input.real = random_matrix(kTargets, kGenes, truth);
  input.pred = random_matrix(kTargets, kGenes, prediction);
  for (double& value : input.real.values) value = std::abs(value) + 0.1;
  for (double& value : input.pred.values) value = std::abs(value) + 0.1;
  input.real_control = zeros(1, kGenes);
  for (std::int64_t p = 0; p < kTargets; ++p) {
    input.own_gene.push_back(p == 4 ? -1 : static_cast<std::int32_t>(p * 3));
    input.real_correction.push_back(0.5 + 0.1 * static_cast<double>(p));
    input.pred_correction.push_back(0.9 - 0.1 * static_cast<double>(p));
  }
  input.control_correction = 0.2;
  input.real_energy = random_matrix(1, kTargets, truth).values;
  input.pred_energy = random_matrix(1, kTargets, prediction).values;
  return input;
}

// Everything a metric may ask for.
struct Both {
  explicit Both(Backend& backend, std::uint64_t prediction)
      : profiles(backend, random_profiles(1, prediction)),
        calls(random_table(1), random_table(prediction)) {}
  [[nodiscard]] Case as_case() const {
    Case c = profiles.as_case();
    c.de = &calls.comparison();
    return c;
  }
  ProfileCase profiles;
  DeCase calls;
};

class EveryMetric : public ::testing::TestWithParam<const Metric*> {
 protected:
  // Of each perturbation, or of the one aggregate that a derived metric has.
  [[nodiscard]] static std::vector<Score> scores(const Case& c, Backend& backend) {
    const Metric& metric = *GetParam();
    if (metric.compute != nullptr) return metric.compute(c, metric, backend);
    const Metric& above = find_metric(metric.numerator);
    const Metric& below = find_metric(metric.denominator);
    return {ratio_of_sums(above.compute(c, above, backend), below.compute(c, below, backend))};
  }
};

TEST_P(EveryMetric, GivesTheTruthItsPerfectValue) {
  const auto backend = make_test_backend();
  const Both truth(*backend, 1);
  const Metric& metric = *GetParam();
  for (const Score& score : scores(truth.as_case(), *backend)) {
    ASSERT_TRUE(score.defined());
    EXPECT_GE(score.value, metric.low);
    EXPECT_LE(score.value, metric.high);
    if (metric.compute == nullptr) {
      // The truth's own noise is taken off it twice, so it does better than a perfect prediction
      // measured anew; its score is clipped.
      EXPECT_LE(score.value, metric.perfect);
    } else if (!std::isnan(metric.perfect)) {
      EXPECT_DOUBLE_EQ(score.value, metric.perfect);  // direction_yield rounds (1 - q) / d
    }
  }
}

TEST_P(EveryMetric, StaysWithinItsRangeAndDoesNotLikeNoise) {
  const auto backend = make_test_backend();
  const Both noise(*backend, 2);
  const Metric& metric = *GetParam();
  const auto values = scores(noise.as_case(), *backend);
  EXPECT_EQ(std::ssize(values), metric.compute == nullptr ? 1 : kTargets);
  for (const Score& score : values) {
    ASSERT_TRUE(score.defined());
    EXPECT_GE(score.value, metric.low);
    EXPECT_LE(score.value, metric.high);
    if (metric.better == Better::kHigher && metric.scoring != ScoringClass::kOpen &&
        metric.scoring != ScoringClass::kSigned && metric.name.find("pds") != 0) {
      EXPECT_LT(score.value, metric.perfect);
    }
    if (metric.better == Better::kLower) {
      EXPECT_GT(score.value, metric.perfect);
    }
  }
}

TEST_P(EveryMetric, GivesTheSameBitsTwiceAndForAnyNumberOfThreads) {
  const auto values = with_thread_counts([] {
    const auto backend = make_test_backend();
    const Both noise(*backend, 3);
    std::vector<double> result;
    for (const auto& run : {scores(noise.as_case(), *backend), scores(noise.as_case(), *backend)}) {
      for (const Score& score : run) result.push_back(score.value);
    }
    return result;
  });
  const auto half = values[0].size() / 2;
  EXPECT_TRUE(same_bits(std::vector(values[0].begin(), values[0].begin() + static_cast<long>(half)),
                        std::vector(values[0].begin() + static_cast<long>(half), values[0].end())));
  EXPECT_TRUE(same_bits(values[0], values[1]));
  EXPECT_TRUE(same_bits(values[0], values[2]));
}

TEST_P(EveryMetric, IsTheSameOnADevice) {
  const auto cpu = make_backend("cpu");
  static const auto device = make_backend_on_cpu();
  const Both there(*device, 3);
  const Both here(*cpu, 3);
  const auto actual = scores(there.as_case(), *device);
  const auto expected = scores(here.as_case(), *cpu);
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t p = 0; p < actual.size(); ++p) {
    // sums of 83 terms in another order
    EXPECT_NEAR(actual[p].value, expected[p].value, 1e-12 * std::abs(expected[p].value)) << p;
    EXPECT_EQ(actual[p].undefined_because, expected[p].undefined_because);
  }
}

// Nothing called, nothing varies, one gene: whatever has no value says why.
TEST_P(EveryMetric, SaysWhyAScoreIsUndefined) {
  const auto backend = make_test_backend();
  ProfileCase::Input flat;
  flat.perturbations = {"a", "b"};
  flat.real = zeros(2, 1);
  flat.pred = zeros(2, 1);
  flat.real_control = zeros(1, 1);
  flat.own_gene = {0, -1};
  flat.real_correction = {0.0, 0.0};
  flat.pred_correction = {0.0, 0.0};
  flat.conventions.pds.exclusion = GeneExclusion::kNone;
  const ProfileCase profiles(*backend, flat);
  const std::vector<DeRow> rows{{"a", "g", 0.0, 1.0, 1.0}, {"b", "g", 0.0, 1.0, 1.0}};
  const DeCase calls(make_table({"a", "b"}, {"g"}, rows), make_table({"a", "b"}, {"g"}, rows));
  Case c = profiles.as_case();
  c.de = &calls.comparison();
  for (const Score& score : scores(c, *backend)) {
    EXPECT_TRUE(!std::isnan(score.value) || !score.undefined_because.empty());
    EXPECT_TRUE(!score.absent || std::isnan(score.value));
  }
}

std::vector<const Metric*> every_metric() {
  std::vector<const Metric*> metrics;
  for (const Metric& metric : all_metrics()) metrics.push_back(&metric);
  return metrics;
}

INSTANTIATE_TEST_SUITE_P(All, EveryMetric, ::testing::ValuesIn(every_metric()),
                         [](const auto& metric) { return std::string(metric.param->name); });

}  // namespace
}  // namespace cupel::test
