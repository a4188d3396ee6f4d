#include <cmath>

#include "support/matrices.hpp"

namespace cupel::test {
namespace {

constexpr ProfileDistance kDistances[] = {ProfileDistance::kL1, ProfileDistance::kL2,
                                          ProfileDistance::kCosine};

struct Ranks {
  std::vector<std::int32_t> nearer, equal, equal_before;
  bool operator==(const Ranks&) const = default;
};

// The definition in long double, whose 11 extra bits separate whatever these tests make differ.
long double slow_distance(const Dense& a, std::int64_t i, const Dense& b, std::int64_t j,
                          std::int64_t excluded, ProfileDistance distance) {
  long double l1 = 0.0L;
  long double l2 = 0.0L;
  long double dot = 0.0L;
  long double aa = 0.0L;
  long double bb = 0.0L;
  for (std::int64_t k = 0; k < a.cols; ++k) {
    if (k == excluded) continue;
    const long double x = a(i, k);
    const long double y = b(j, k);
    l1 += std::fabs(x - y);
    l2 += (x - y) * (x - y);
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  if (distance == ProfileDistance::kL1) return l1;
  if (distance == ProfileDistance::kL2) return std::sqrt(l2);
  if (std::isnan(dot)) return dot;
  return aa == 0.0L || bb == 0.0L ? 1.0L : 1.0L - dot / (std::sqrt(aa) * std::sqrt(bb));
}

Ranks slow_ranks(const Dense& predicted, const Dense& real, const std::vector<std::int32_t>& match,
                 const std::vector<std::int32_t>& excluded, ProfileDistance distance) {
  Ranks ranks;
  for (std::int64_t i = 0; i < predicted.rows; ++i) {
    const auto row = static_cast<std::size_t>(i);
    const std::int64_t skip = excluded.empty() ? -1 : excluded[row];
    const auto own = slow_distance(predicted, i, real, match[row], skip, distance);
    std::int32_t nearer = 0;
    std::int32_t equal = 0;
    std::int32_t before = 0;
    for (std::int64_t j = 0; j < real.rows; ++j) {
      const auto d = slow_distance(predicted, i, real, j, skip, distance);
      const bool ties = std::isnan(own) ? std::isnan(d) : d == own;
      nearer += std::isnan(own) ? !std::isnan(d) : d < own;
      equal += ties;
      before += ties && j < match[row];
    }
    ranks.nearer.push_back(nearer);
    ranks.equal.push_back(equal);
    ranks.equal_before.push_back(before);
  }
  return ranks;
}

std::vector<std::int32_t> diagonal(std::int64_t rows, std::int64_t offset, std::int64_t n) {
  std::vector<std::int32_t> match;
  for (std::int64_t i = 0; i < rows; ++i)
    match.push_back(static_cast<std::int32_t>((i + offset) % n));
  return match;
}

// Predictions that lie near their match, so that ranks are neither all 0 nor all noise.
Dense near(const Dense& real, double noise, std::uint64_t seed) {
  auto predicted = random_matrix(real.rows, real.cols, seed);
  for (std::size_t i = 0; i < predicted.values.size(); ++i) {
    predicted.values[i] = real.values[i] + noise * predicted.values[i];
  }
  return predicted;
}

template <typename Fixture>
class Ranking : public Fixture {
 protected:
  Ranks ranks(const Dense& predicted, const Dense& real, const std::vector<std::int32_t>& match,
              const std::vector<std::int32_t>& excluded, ProfileDistance distance) {
    auto& device = *this->backend;
    const auto result =
        device.profile_ranks(to_backend(device, predicted).view(), to_backend(device, real).view(),
                             match, excluded, distance);
    return {to_host(device, result.nearer), to_host(device, result.equal),
            to_host(device, result.equal_before)};
  }
  void expect_the_definition(const Dense& predicted, const Dense& real,
                             const std::vector<std::int32_t>& match,
                             const std::vector<std::int32_t>& excluded) {
    for (const auto distance : kDistances) {
      const auto actual = ranks(predicted, real, match, excluded, distance);
      const auto expected = slow_ranks(predicted, real, match, excluded, distance);
      EXPECT_EQ(actual.nearer, expected.nearer) << static_cast<int>(distance);
      EXPECT_EQ(actual.equal, expected.equal) << static_cast<int>(distance);
      EXPECT_EQ(actual.equal_before, expected.equal_before) << static_cast<int>(distance);
    }
  }
};

class ProfileRanksOp : public Ranking<PerShape> {};

TEST_P(ProfileRanksOp, MatchTheSlowReference) {
  const auto shape = std::get<1>(GetParam());
  const std::int64_t rows = std::min<std::int64_t>(shape.rows, 257);
  // One gene has too few cosines to tell profiles apart.
  const auto real = random_matrix(rows, std::max<std::int64_t>(shape.cols, 3), 131);
  const auto predicted = near(real, 4.0, 132);
  expect_the_definition(predicted, real, diagonal(rows, 0, rows), {});
  expect_the_definition(predicted, real, diagonal(rows, 1, rows), diagonal(rows, 2, real.cols));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, ProfileRanksOp, every_shape(), shape_name);

class ProfileRanksOnce : public Ranking<PerBackend> {};

TEST_P(ProfileRanksOnce, TakeFewerPredictionsThanRealProfiles) {
  const auto real = random_matrix(130, 90, 133);
  auto predicted = near(real, 3.0, 134);
  predicted.rows = 5;
  predicted.values.resize(5 * 90);
  expect_the_definition(predicted, real, {129, 0, 64, 127, 128}, {});
}

// Real profiles that are one profile but for parts in 1e5, 1e7 and 1e9: float cannot tell them
// apart, nor can the error bound of a sum of doubles.
TEST_P(ProfileRanksOnce, SeparateWhatRoundedDistancesCannot) {
  for (const double step : {1e-5, 1e-7, 1e-9}) {
    const auto common = random_matrix(1, 700, 135);
    auto real = random_matrix(60, 700, 136);
    for (std::int64_t i = 0; i < real.rows; ++i) {
      for (std::int64_t k = 0; k < real.cols; ++k) {
        real(i, k) = common(0, k) * (1.0 + step * real(i, k));
      }
    }
    const auto predicted = near(real, 0.5, 137);
    expect_the_definition(predicted, real, diagonal(60, 0, 60), {});
    expect_the_definition(predicted, real, diagonal(60, 0, 60), diagonal(60, 640, 700));
  }
}

TEST_P(ProfileRanksOnce, TieIdenticalRealProfiles) {
  auto real = random_matrix(150, 333, 138);
  for (std::int64_t k = 0; k < real.cols; ++k) real(3, k) = real(77, k) = real(140, k);
  const auto predicted = near(real, 2.0, 139);
  expect_the_definition(predicted, real, diagonal(150, 0, 150), {});
  const auto own = ranks(predicted, real, diagonal(150, 0, 150), {}, ProfileDistance::kL1);
  EXPECT_EQ(own.equal[77], 3);
  EXPECT_EQ(own.equal_before[77], 1);
  EXPECT_EQ(own.equal_before[140], 2);
}

// Parallel profiles have the same cosine and mirrored ones the same L1 and L2 in mathematics, but
// not in any plain sum of doubles.
TEST_P(ProfileRanksOnce, TieWhatIsEqualInMathematics) {
  const auto base = random_matrix(1, 500, 140);
  auto real = zeros(4, 500);
  for (std::int64_t k = 0; k < 500; ++k) {
    real(0, k) = base(0, k);
    real(1, k) = 3.0 * std::round(base(0, k) * 1024.0) / 1024.0;
    real(2, k) = 7.0 * std::round(base(0, k) * 1024.0) / 1024.0;
    real(3, k) = base(0, 499 - k);
  }
  const auto predicted = random_matrix(1, 500, 141);
  EXPECT_EQ(ranks(predicted, real, {2}, {}, ProfileDistance::kCosine).equal[0], 2);
  auto flat = zeros(1, 500);
  for (double& value : flat.values) value = 0.1;
  EXPECT_EQ(ranks(flat, real, {3}, {}, ProfileDistance::kL1).equal[0], 2);
  EXPECT_EQ(ranks(flat, real, {0}, {}, ProfileDistance::kL2).equal[0], 2);
}

TEST_P(ProfileRanksOnce, TieEverythingForAPredictionOfZeroByCosine) {
  const auto real = random_matrix(4, 50, 142);
  const auto own = ranks(zeros(1, 50), real, {3}, {}, ProfileDistance::kCosine);
  EXPECT_EQ(own, (Ranks{{0}, {4}, {3}}));
}

TEST_P(ProfileRanksOnce, PutARealProfileOfZerosAtCosineDistanceOne) {
  const auto real = Dense{4, 2, {0, 0, 1, 0, -1, 0, 0, 1}};
  const auto own = ranks({1, 2, {1, 0}}, real, {0}, {}, ProfileDistance::kCosine);
  EXPECT_EQ(own, (Ranks{{1}, {2}, {0}}));  // the orthogonal row 3 is at 1 as well
}

TEST_P(ProfileRanksOnce, LeaveOutTheExcludedGeneWhateverItHolds) {
  auto real = random_matrix(40, 100, 143);
  auto predicted = near(real, 2.0, 144);
  const auto match = diagonal(40, 0, 40);
  const auto own_gene = diagonal(40, 7, 100);
  const double loud[] = {1e6, -1e12, std::nan(""), std::numeric_limits<double>::infinity()};
  for (std::int64_t i = 0; i < 40; ++i) {
    predicted(i, own_gene[static_cast<std::size_t>(i)]) = loud[i % 4];
    real(i, own_gene[static_cast<std::size_t>(i)]) *= 1e3;
  }
  expect_the_definition(predicted, real, match, own_gene);
}

TEST_P(ProfileRanksOnce, TakeAProfileThatIsOnlyItsExcludedGeneForZeros) {
  auto predicted = zeros(1, 10);
  predicted(0, 4) = 2.0;
  const auto own = ranks(predicted, random_matrix(6, 10, 145), {2}, {4}, ProfileDistance::kCosine);
  EXPECT_EQ(own, (Ranks{{0}, {6}, {2}}));
}

TEST_P(ProfileRanksOnce, PutNaNDistancesAfterAllOthers) {
  auto real = random_matrix(6, 20, 146);
  real(1, 3) = real(4, 5) = std::nan("");
  auto predicted = near(real, 0.5, 147);
  predicted(5, 0) = std::nan("");
  const auto match = diagonal(6, 0, 6);
  expect_the_definition(predicted, real, match, {});
  for (const auto distance : kDistances) {
    const auto own = ranks(predicted, real, match, {}, distance);
    EXPECT_EQ(own.nearer[5], 0);
    EXPECT_EQ(own.equal[5], 6);
    EXPECT_EQ(own.equal_before[5], 5);
    EXPECT_EQ(own.nearer[4], 0) << "the prediction has the NaN of its match";
  }
  predicted(1, 3) = 0.0;
  const auto own = ranks(predicted, real, match, {}, ProfileDistance::kL1);
  EXPECT_EQ(own.nearer[1], 4);
  EXPECT_EQ(own.equal[1], 2);
  EXPECT_EQ(own.equal_before[1], 0);
}

TEST_P(ProfileRanksOnce, TakeInfinitiesAsTheFarthest) {
  auto real = random_matrix(5, 20, 148);
  real(2, 3) = std::numeric_limits<double>::infinity();
  const auto predicted = near(random_matrix(5, 20, 149), 0.5, 150);
  for (const auto distance : {ProfileDistance::kL1, ProfileDistance::kL2}) {
    const auto own = ranks(predicted, real, diagonal(5, 0, 5), {}, distance);
    EXPECT_EQ(own.nearer[2], 4);
    EXPECT_EQ(own.equal[2], 1);
  }
}

TEST_P(ProfileRanksOnce, AreRightForVeryLargeAndVerySmallValues) {
  for (const double scale : {1e60, 1e-60}) {
    auto real = random_matrix(70, 150, 151);
    for (double& value : real.values) value *= scale;
    expect_the_definition(near(real, 3.0 * scale, 152), real, diagonal(70, 0, 70), {});
  }
  auto real = random_matrix(70, 150, 153);  // both in one panel
  for (std::size_t i = 0; i < real.values.size(); i += 2) real.values[i] *= 1e-40;
  expect_the_definition(near(real, 3.0, 154), real, diagonal(70, 0, 70), {});
}

// Below, at and above what a block of a device takes at once: profiles of either side, genes
// between two looks at memory, and genes added up in float.
TEST_P(ProfileRanksOnce, AreRightAtTheEdgesOfTiles) {
  struct TiledSize {
    std::int64_t predicted, real, genes;
  };
  for (const auto& size :
       {TiledSize{127, 128, 15}, TiledSize{128, 129, 16}, TiledSize{129, 127, 17}, TiledSize{2, 257, 33},
        TiledSize{257, 2, 31}, TiledSize{4, 5, 512}, TiledSize{4, 5, 513}, TiledSize{3, 130, 1025}, TiledSize{2, 9, 2100}}) {
    const auto real = random_matrix(size.real, size.genes, 161);
    auto predicted = random_matrix(size.predicted, size.genes, 162);
    const auto match = diagonal(size.predicted, 1, size.real);
    for (std::int64_t i = 0; i < size.predicted; ++i) {
      for (std::int64_t k = 0; k < size.genes; ++k) {
        predicted(i, k) = real(match[static_cast<std::size_t>(i)], k) + 4.0 * predicted(i, k);
      }
    }
    SCOPED_TRACE(std::to_string(size.predicted) + " x " + std::to_string(size.real) + " x " +
                 std::to_string(size.genes));
    expect_the_definition(predicted, real, match, {});
    auto excluded = diagonal(size.predicted, 0, size.genes);
    excluded.back() = static_cast<std::int32_t>(size.genes - 1);
    excluded.front() = size.predicted > 1 ? -1 : 0;
    expect_the_definition(predicted, real, match, excluded);
  }
}

TEST_P(ProfileRanksOnce, TieRealProfilesThatAreAllTheSame) {
  auto real = random_matrix(140, 40, 163);
  for (std::int64_t i = 1; i < real.rows; ++i) {
    for (std::int64_t k = 0; k < real.cols; ++k) real(i, k) = real(0, k);
  }
  const auto predicted = random_matrix(9, 40, 164);
  const std::vector<std::int32_t> match{0, 139, 31, 32, 33, 127, 128, 129, 64};
  for (const auto distance : kDistances) {
    const auto own = ranks(predicted, real, match, {}, distance);
    EXPECT_EQ(own.nearer, std::vector<std::int32_t>(9, 0));
    EXPECT_EQ(own.equal, std::vector<std::int32_t>(9, 140));
    EXPECT_EQ(own.equal_before, match);
  }
}

// Differences that are a small part of the values: rounding the values is most of the error.
TEST_P(ProfileRanksOnce, SeparateSmallEffectsOnAHighLevel) {
  for (const double level : {1e3, 1e7}) {
    auto real = random_matrix(20, 64, 165);
    auto predicted = near(real, 1.0, 166);
    for (double& value : real.values) value += level;
    for (double& value : predicted.values) value += level;
    expect_the_definition(predicted, real, diagonal(20, 0, 20), {});
    expect_the_definition(predicted, real, diagonal(20, 0, 20), diagonal(20, 3, 64));
  }
}

// One value throughout, such that adding it up in float, eight genes at a time, rounds the same way
// in every step once the sum is large. Against it a match that is farther, or nearer, by less than
// these roundings add up to.
TEST_P(ProfileRanksOnce, ForgiveRoundingsThatAllGoOneWay) {
  constexpr std::int64_t kGenes = 512;
  const auto added = [](float value) {
    float sum = 0.0F;
    for (std::int64_t k = 0; k < kGenes; k += 8) sum += 8.0F * value;
    return static_cast<double>(sum);
  };
  float up = 1.0F;
  float down = 1.0F;
  const auto bias = [&](float value) {
    return added(value) / (kGenes * static_cast<double>(value));
  };
  for (int k = 1; k < 4096; ++k) {
    const float value = 1.0F + static_cast<float>(k) * 0x1p-23F;
    if (bias(value) > bias(up)) up = value;
    if (bias(value) < bias(down)) down = value;
  }
  EXPECT_GT(bias(up), 1.0 + 0x1p-21) << "no value rounds as this test needs it";
  EXPECT_LT(bias(down), 1.0 - 0x1p-21) << "no value rounds as this test needs it";
  for (const float value : {up, down}) {
    auto real = zeros(2, kGenes);
    for (std::int64_t k = 0; k < kGenes; ++k) {
      real(0, k) = static_cast<double>(value) * (1.0 + (bias(value) - 1.0) / 2.0);
      real(1, k) = static_cast<double>(value);
    }
    expect_the_definition(zeros(1, kGenes), real, {0}, {});
  }
}

TEST_P(ProfileRanksOnce, TakeInfinitiesAndNaNsOfEitherSide) {
  const double infinity = std::numeric_limits<double>::infinity();
  auto real = random_matrix(40, 70, 167);
  auto predicted = near(real, 1.0, 168);
  real(2, 3) = infinity;
  real(33, 69) = -infinity;
  real(7, 0) = std::nan("");
  predicted(2, 3) = infinity;   // meets the one of its match
  predicted(4, 3) = -infinity;  // infinitely far from all
  predicted(9, 40) = std::nan("");
  for (const auto distance : {ProfileDistance::kL1, ProfileDistance::kL2}) {
    const auto own = ranks(predicted, real, diagonal(40, 0, 40), {}, distance);
    EXPECT_EQ(own, slow_ranks(predicted, real, diagonal(40, 0, 40), {}, distance));
    EXPECT_EQ(own.nearer[2], 38) << "NaN comes last";
    EXPECT_EQ(own.equal[4], 39);
  }
  const auto cosine = ranks(predicted, real, diagonal(40, 0, 40), {}, ProfileDistance::kCosine);
  EXPECT_EQ(cosine.equal[4], 40) << "all NaN";
  EXPECT_EQ(
      cosine.nearer[5],
      slow_ranks(predicted, real, diagonal(40, 0, 40), {}, ProfileDistance::kCosine).nearer[5]);
}

TEST_P(ProfileRanksOnce, AreRightAtTheEndsOfDoublesRange) {
  for (const double scale : {1e300, 0x1p-1060}) {
    auto real = random_matrix(20, 30, 169);
    auto predicted = near(real, 2.0, 170);
    for (double& value : real.values) value *= scale;
    for (double& value : predicted.values) value *= scale;
    expect_the_definition(predicted, real, diagonal(20, 0, 20), {});
  }
}

TEST_P(ProfileRanksOnce, TieEverythingWithoutGenes) {
  const auto own = ranks(zeros(2, 0), zeros(3, 0), {2, 0}, {}, ProfileDistance::kL1);
  EXPECT_EQ(own, (Ranks{{0, 0}, {3, 3}, {2, 0}}));
  const auto nobody = ranks(zeros(0, 4), zeros(3, 4), {}, {}, ProfileDistance::kCosine);
  EXPECT_EQ(nobody, (Ranks{}));
}

TEST_P(ProfileRanksOnce, RefuseMatchesThatAreNotThere) {
  EXPECT_THROW(ranks(zeros(1, 4), zeros(3, 4), {3}, {}, ProfileDistance::kL1), Error);
  EXPECT_THROW(ranks(zeros(1, 4), zeros(3, 4), {-1}, {}, ProfileDistance::kL1), Error);
  EXPECT_THROW(ranks(zeros(1, 4), zeros(3, 4), {0, 1}, {}, ProfileDistance::kL1), Error);
  EXPECT_THROW(ranks(zeros(1, 4), zeros(3, 5), {0}, {}, ProfileDistance::kL1), Error);
}

TEST_P(ProfileRanksOnce, DoNotDependOnTheNumberOfThreads) {
  const auto real = random_matrix(300, 100, 155);
  const auto predicted = near(real, 4.0, 156);
  const auto results = with_thread_counts(
      [&] { return ranks(predicted, real, diagonal(300, 0, 300), {}, ProfileDistance::kL1); });
  EXPECT_EQ(results[0], results[1]);
  EXPECT_EQ(results[0], results[2]);
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, ProfileRanksOnce, every_backend());

// A device that holds only a part of the pairs at a time, several of either side.
struct OnASmallDevice : ::testing::Test {
  std::unique_ptr<Backend> backend = make_backend_on_cpu(std::int64_t{1} << 20);
};
using ProfileRanksInParts = Ranking<OnASmallDevice>;

TEST_F(ProfileRanksInParts, AreTheSame) {
  const auto real = random_matrix(200, 60, 171);
  auto predicted = near(real, 4.0, 172);
  predicted.rows = 150;
  predicted.values.resize(150 * 60);
  expect_the_definition(predicted, real, diagonal(150, 40, 200), {});
  expect_the_definition(predicted, real, diagonal(150, 40, 200), diagonal(150, 0, 60));
}

}  // namespace
}  // namespace cupel::test
