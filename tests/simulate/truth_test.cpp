#include "simulate/truth.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "cupel/error.hpp"
#include "parallel/parallel.hpp"
#include "simulate/cell_sampler.hpp"
#include "simulate/random.hpp"
#include "simulate/response.hpp"

namespace cupel::simulate {
namespace {

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / n;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / n;
  double ab = 0;
  double aa = 0;
  double bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - mean_a) * (b[i] - mean_b);
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return ab / std::sqrt(aa * bb);
}

std::vector<double> dense_effects(const Truth& truth, std::int32_t context, std::int32_t p) {
  std::vector<double> dense(truth.genes.size());
  for (const Effect& effect : truth.effects[truth.index(context, p)]) {
    dense[static_cast<std::size_t>(effect.gene)] = static_cast<double>(effect.log_fold_change);
  }
  return dense;
}

TEST(FindPreset, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  try {
    std::ignore = find_preset("huge");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_STREQ(error.what(), "no preset named 'huge'; known: tiny, h1-2025, vcc2026, k562-gw");
  }
}

TEST(MakeTruth, PlantsDistinctGenesAroundAKnockedDownTarget) {
  const Preset& preset = find_preset("vcc2026");
  const Truth truth = make_truth(preset, 1, 5);
  ASSERT_EQ(truth.n_perturbations(), 300);
  EXPECT_TRUE(std::ranges::is_sorted(truth.perturbations));
  EXPECT_EQ(std::set(truth.perturbations.begin(), truth.perturbations.end()).size(), 300U);
  double sum = 0;
  double squares = 0;
  double n = 0;
  for (std::int32_t p = 0; p < 300; ++p) {
    const auto& effects = truth.effects[truth.index(0, p)];
    ASSERT_EQ(effects.size(), 600U);
    const std::int32_t target = truth.target_gene[static_cast<std::size_t>(p)];
    EXPECT_EQ(truth.genes[static_cast<std::size_t>(target)],
              truth.perturbations[static_cast<std::size_t>(p)]);
    EXPECT_GE(truth.baseline[0][static_cast<std::size_t>(target)] * truth.depth, 1.0);
    std::set<std::int32_t> genes;
    for (const Effect& effect : effects) {
      genes.insert(effect.gene);
      const auto change = static_cast<double>(effect.log_fold_change);
      if (effect.gene == target) {
        EXPECT_GE(change, -2.5);
        EXPECT_LE(change, -1.5);
        continue;
      }
      sum += change;
      squares += change * change;
      n += 1;
    }
    EXPECT_EQ(genes.size(), 600U);
    EXPECT_TRUE(genes.contains(target));
  }
  // Five standard errors of a mean and a variance of N(0, 0.7).
  EXPECT_NEAR(sum / n, 0.0, 5 * 0.7 / std::sqrt(n));
  EXPECT_NEAR(squares / n, 0.49, 5 * 0.49 * std::sqrt(2.0 / n));
}

TEST(MakeTruth, TargetsThatAreNotMeasuredHaveNamesOfTheirOwn) {
  const Truth truth = make_truth(find_preset("k562-gw"), 1, 1);
  ASSERT_EQ(truth.n_perturbations(), 9'865);
  EXPECT_EQ(std::ranges::count(truth.target_gene, -1), 9'865 - 8'248);
  const std::set<std::string> measured(truth.genes.begin(), truth.genes.end());
  for (std::size_t p = 0; p < truth.perturbations.size(); ++p) {
    EXPECT_EQ(measured.contains(truth.perturbations[p]), truth.target_gene[p] >= 0);
  }
  EXPECT_TRUE(std::ranges::is_sorted(truth.perturbations));
}

TEST(MakeTruth, ContextsAreRelatedButNotTheSame) {
  const Truth truth = make_truth(find_preset("h1-2025"), 2, 3);
  std::vector<std::vector<double>> logs(2);
  for (std::size_t context = 0; context < 2; ++context) {
    EXPECT_NEAR(std::reduce(truth.baseline[context].begin(), truth.baseline[context].end()), 1.0,
                1e-9);
    for (const double share : truth.baseline[context]) logs[context].push_back(std::log(share));
  }
  EXPECT_NEAR(correlation(logs[0], logs[1]), 0.8, 0.02);
  EXPECT_NEAR(correlation(dense_effects(truth, 0, 7), dense_effects(truth, 1, 7)), 0.8, 0.05);
  EXPECT_NEAR(correlation(dense_effects(truth, 0, 7), dense_effects(truth, 0, 8)), 0.0, 0.1);
}

TEST(MakeTruth, DependsOnTheSeedAloneAndNotOnThreads) {
  const Preset& preset = find_preset("tiny");
  const auto effects_of = [&](std::uint64_t seed, int threads) {
    const ThreadLimit limit(threads);
    return dense_effects(make_truth(preset, 2, seed), 1, 39);
  };
  EXPECT_EQ(effects_of(1, 1), effects_of(1, 7));
  EXPECT_NE(effects_of(1, 1), effects_of(2, 1));
}

struct Shares {
  const char* preset;
  double density;
};

class Screens : public ::testing::TestWithParam<Shares> {};

// What real screens of that shape show (specification of performance, section 4): the share of
// nonzeros, and of ones and small counts among them.
TEST_P(Screens, AreAsDenseAsTheRealOnes) {
  Preset preset = find_preset(GetParam().preset);
  preset.n_perturbations = 1;
  double stored = 0;
  double ones = 0;
  double small = 0;
  double large = 0;
  double possible = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Truth truth = make_truth(preset, 1, seed);
    const DrawOrder order(truth.baseline[0]);
    CellSampler sampler(order, truth.baseline[0]);
    std::vector<std::int32_t> genes;
    std::vector<float> values;
    for (std::int64_t cell = 0; cell < 60; ++cell) {
      Random library(stream_key(seed, Purpose::kLibrary, {cell}));
      sampler.draw(stream_key(seed, Purpose::kCounts, {cell}),
                   truth.depth * std::exp(0.4 * library.normal()), genes, values);
      possible += preset.n_genes;
    }
    stored += static_cast<double>(values.size());
    for (const float value : values) {
      ones += value == 1.0F ? 1 : 0;
      small += value <= 15.0F ? 1 : 0;
      large += value > 255.0F ? 1 : 0;
    }
  }
  EXPECT_NEAR(stored / possible, GetParam().density, 0.012);
  if (std::string(GetParam().preset) != "vcc2026") return;
  EXPECT_NEAR(ones / stored, 0.490, 0.01);
  EXPECT_NEAR(small / stored, 0.966, 0.005);
  EXPECT_NEAR(large / stored, 0.00026, 0.0002);
}

INSTANTIATE_TEST_SUITE_P(Presets, Screens,
                         ::testing::Values(Shares{"vcc2026", 0.320}, Shares{"h1-2025", 0.480},
                                           Shares{"k562-gw", 0.385}),
                         [](const auto& instance) {
                           std::string name = instance.param.preset;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(CellSampler, GivesEachGeneItsOwnMeanAndAscendingIds) {
  // Means in no order, and not a whole number of lanes.
  const std::vector<double> profile{5.0, 0.1, 60.0, 0.0, 1.0, 2.0, 30.0, 0.5, 0.02, 7.0, 3.0};
  const std::vector<double> baseline(profile.rbegin(), profile.rend());
  const DrawOrder order(baseline);
  CellSampler sampler(order, profile);
  constexpr int kCells = 20'000;
  std::vector<double> sum(profile.size());
  std::vector<std::int32_t> genes{99};  // what is there stays
  std::vector<float> values{7.0F};
  for (int cell = 0; cell < kCells; ++cell) {
    const std::size_t begin = genes.size();
    const std::int32_t length =
        sampler.draw(mix(static_cast<std::uint64_t>(cell)), 2.0, genes, values);
    ASSERT_EQ(genes.size(), begin + static_cast<std::size_t>(length));
    ASSERT_EQ(values.size(), genes.size());
    ASSERT_TRUE(std::is_sorted(genes.begin() + static_cast<std::ptrdiff_t>(begin), genes.end()));
    for (std::size_t i = begin; i < genes.size(); ++i) {
      ASSERT_GT(values[i], 0.0F);
      sum[static_cast<std::size_t>(genes[i])] += static_cast<double>(values[i]);
    }
  }
  EXPECT_EQ(genes[0], 99);
  for (std::size_t gene = 0; gene < profile.size(); ++gene) {
    const double mu = 2.0 * profile[gene];
    EXPECT_NEAR(sum[gene] / kCells, mu, 5 * std::sqrt((mu + 0.25 * mu * mu) / kCells)) << gene;
  }
}

TEST(DrawDerangement, LeavesNothingInPlace) {
  for (const std::int32_t n : {2, 3, 40, 300}) {
    const auto order = draw_derangement(n, 17);
    std::set<std::int32_t> seen;
    for (std::int32_t i = 0; i < n; ++i) {
      EXPECT_NE(order[static_cast<std::size_t>(i)], i);
      seen.insert(order[static_cast<std::size_t>(i)]);
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(n));
    EXPECT_EQ(*seen.begin(), 0);
    EXPECT_EQ(*seen.rbegin(), n - 1);
  }
}

class ResponseTest : public ::testing::Test {
 protected:
  std::vector<double> profile(const Response& response, std::int32_t p) const {
    std::vector<double> out(truth_.genes.size());
    expected_profile(truth_, response, 0, p, out);
    return out;
  }
  Truth truth_ = make_truth(find_preset("tiny"), 1, 1);
};

TEST_F(ResponseTest, TheTrueOneMultipliesTheBaselineByTheEffects) {
  const auto expected = dense_effects(truth_, 0, 3);
  const auto got = profile(true_response(truth_), 3);
  std::vector<double> by_hand;
  double total = 0;
  for (std::size_t gene = 0; gene < expected.size(); ++gene) {
    by_hand.push_back(truth_.baseline[0][gene] * std::exp(expected[gene]));
    total += by_hand.back();
  }
  for (std::size_t gene = 0; gene < got.size(); ++gene) {
    EXPECT_NEAR(got[gene], by_hand[gene] / total, 1e-15);
  }
  EXPECT_EQ(profile(true_response(truth_), kControl), truth_.baseline[0]);
}

TEST_F(ResponseTest, TheMeanOneIsTheSameForAllAndTheMeanOfTheTrueOnes) {
  const Response response = mean_response(truth_);
  EXPECT_EQ(profile(response, 0), profile(response, 39));
  EXPECT_EQ(profile(response, kControl), truth_.baseline[0]);
  std::vector<double> mean(truth_.genes.size());
  for (std::int32_t p = 0; p < 40; ++p) {
    const auto one = profile(true_response(truth_), p);
    for (std::size_t gene = 0; gene < mean.size(); ++gene) mean[gene] += one[gene] / 40;
  }
  const auto got = profile(response, 0);
  for (std::size_t gene = 0; gene < mean.size(); ++gene) EXPECT_NEAR(got[gene], mean[gene], 1e-15);
}

TEST_F(ResponseTest, NoChangeIsTheControl) {
  EXPECT_EQ(profile(no_response(truth_), 5), truth_.baseline[0]);
}

TEST_F(ResponseTest, TheNoisyOneConfusesThreeOfTenAndBlursTheRest) {
  const Response response = noisy_response(truth_, 1);
  int own = 0;
  for (std::int32_t p = 0; p < 40; ++p) {
    std::vector<double> answer(truth_.genes.size());
    for (const Effect& effect : response.effects[truth_.index(0, p)]) {
      answer[static_cast<std::size_t>(effect.gene)] = static_cast<double>(effect.log_fold_change);
    }
    std::int32_t nearest = 0;
    std::vector<double> r;
    for (std::int32_t q = 0; q < 40; ++q)
      r.push_back(correlation(answer, dense_effects(truth_, 0, q)));
    nearest = static_cast<std::int32_t>(std::ranges::max_element(r) - r.begin());
    own += nearest == p ? 1 : 0;
    EXPECT_GT(r[static_cast<std::size_t>(nearest)], 0.7);
    EXPECT_LT(r[static_cast<std::size_t>(nearest)], 0.99);
  }
  EXPECT_EQ(own, 28);
}

}  // namespace
}  // namespace cupel::simulate
