#include "stats/pseudobulk_summary.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/memory_screen.hpp"
#include "support/test_device.hpp"

namespace cupel::test {
namespace {

// Three rows of four genes; the order of labels is not the file's.
class Pseudobulk : public ::testing::Test {
 protected:
  const std::vector<std::int64_t> rows{2, 0};
  const std::vector<std::string> labels{"A", "B"};
  Conventions c;
  PseudobulkSpace space = PseudobulkSpace::kAuto;
  std::int64_t memory = 1 << 20;
  std::string warning;
  std::uint64_t fingerprint = 0;

  std::vector<double> read(const std::vector<double>& values) {
    MemoryScreen screen({3, 4, values}, {});
    const auto backend = make_test_backend();
    Console console(true);
    const auto profiles =
        read_pseudobulk(screen, rows, labels, c, space, memory, *backend, console);
    warning = profiles.warning;
    fingerprint = profiles.fingerprint;
    EXPECT_EQ(profiles.bulk.rows(), 2);
    std::vector<double> bulk(static_cast<std::size_t>(2 * profiles.bulk.cols()));
    backend->download(profiles.bulk.view(), bulk);
    return bulk;
  }
  // As the definition has it: log1p of the row scaled to the target sum.
  [[nodiscard]] std::vector<double> normalised(const std::vector<double>& values) const {
    std::vector<double> expected;
    for (const auto row : rows) {
      const auto first = static_cast<std::size_t>(row * 4);
      double total = 0.0;
      for (std::size_t i = first; i < first + 4; ++i) total += values[i];
      for (std::size_t i = first; i < first + 4; ++i) {
        const double scaled = values[i] / total * c.expression.bulk_target_sum;
        expected.push_back(total > 0.0 ? std::log1p(scaled) : 0.0);
      }
    }
    return expected;
  }
  void expect_near(const std::vector<double>& a, const std::vector<double>& b) const {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12) << i;
  }
};

TEST_F(Pseudobulk, OfWholeNumbersIsNormalisedAsSumsOfCounts) {
  const std::vector<double> sums{100, 0, 20, 3, 1, 1, 1, 1, 0, 5000, 0, 70000};
  expect_near(read(sums), normalised(sums));
  EXPECT_EQ(space, PseudobulkSpace::kCounts);
  EXPECT_EQ(warning, "");
}

TEST_F(Pseudobulk, OfMeansBeyondAnyProfileIsNormalisedToo) {
  const std::vector<double> means{100.5, 0, 0.25, 3, 1, 1, 1, 1, 0, 2.5, 0, 0.125};
  expect_near(read(means), normalised(means));
  EXPECT_EQ(space, PseudobulkSpace::kCounts);
}

TEST_F(Pseudobulk, OfProfilesIsTakenAsItIs) {
  const std::vector<double> sums{100, 0, 20, 3, 1, 1, 1, 1, 0, 5000, 0, 70000};
  auto profiles = normalised(sums);
  const std::vector<double> file{profiles[4], profiles[5], profiles[6], profiles[7], 0, 0, 0, 0,
                                 profiles[0], profiles[1], profiles[2], profiles[3]};
  EXPECT_EQ(read(file), profiles);
  EXPECT_EQ(space, PseudobulkSpace::kLognorm);
  EXPECT_EQ(warning, "");
}

TEST_F(Pseudobulk, OfWhatLooksLikeNeitherIsTakenAsProfilesWithAWarning) {
  const std::vector<double> small{0.5, 0.25, 0, 3, 0, 0, 0, 0, 0.5, 0, 0, 2};
  EXPECT_EQ(read(small), (std::vector<double>{0.5, 0, 0, 2, 0.5, 0.25, 0, 3}));
  EXPECT_NE(warning.find("expm1 of 'A' sums to 7.03778 where a profile's sums to 50000; give "
                         "--pseudobulk-space counts"),
            std::string::npos)
      << warning;
  space = PseudobulkSpace::kCounts;  // said, so not guessed
  expect_near(read(small), normalised(small));
  EXPECT_EQ(warning, "");
  space = PseudobulkSpace::kLognorm;
  EXPECT_EQ(read(small)[3], 2);
  EXPECT_EQ(warning, "");
}

TEST_F(Pseudobulk, SaidToBeProfilesMayHoldAnythingFinite) {
  space = PseudobulkSpace::kLognorm;
  EXPECT_EQ(read({1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8}),
            (std::vector<double>{5, 6, 7, 8, 1, 2, 3, 4}));
  EXPECT_EQ(read({1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 80})[3], 80);
  EXPECT_NE(warning.find("the value 80 is beyond log1p(50000)"), std::string::npos) << warning;
}

TEST_F(Pseudobulk, OfNothingIsZeros) {
  EXPECT_EQ(read(std::vector<double>(12, 0.0)), std::vector<double>(8, 0.0));
  space = PseudobulkSpace::kCounts;
  EXPECT_EQ(read(std::vector<double>(12, 0.0)), std::vector<double>(8, 0.0));
}

TEST_F(Pseudobulk, OfCountsSaysNothingOfMeansOfLogExpression) {
  c.data.input_type = InputType::kLognorm;
  const std::vector<double> sums{100, 0, 20, 3, 1, 1, 1, 1, 0, 5000, 0, 70000};
  EXPECT_NE(error_of([&] { (void)read(sums); }).find("do not follow from them"), std::string::npos);
  space = PseudobulkSpace::kCounts;
  EXPECT_NE(error_of([&] {
              (void)read({0.5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
            }).find("do not follow from them"),
            std::string::npos);
  space = PseudobulkSpace::kAuto;
  EXPECT_EQ(read({0.5, 1, 2, 3, 0, 0, 0, 0, 4, 5, 6, 7})[0], 4);
  EXPECT_EQ(warning, "") << "a mean of logs has no total to be held to";
}

TEST_F(Pseudobulk, RefusesWhatIsNoExpression) {
  const auto with = [](double value) {
    std::vector<double> values(12, 0.5);
    values[9] = value;
    return values;
  };
  const auto nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(error_of([&] {
              (void)read(with(nan));
            }).find("memory.h5ad: row 'cell2' (row 2), gene 'g1': the value is NaN"),
            std::string::npos);
  const auto infinite = std::numeric_limits<double>::infinity();
  EXPECT_NE(error_of([&] { (void)read(with(infinite)); }).find("is infinite"), std::string::npos);
  EXPECT_NE(error_of([&] { (void)read(with(-1)); }).find("-1 is negative"), std::string::npos);
  c.data.validate = false;
  EXPECT_EQ(read(with(-1))[1], -1);
  EXPECT_NE(error_of([&] { (void)read(with(nan)); }).find("is NaN"), std::string::npos);
}

TEST_F(Pseudobulk, DoesNotDependOnHowMuchIsReadAtATime) {
  const std::vector<double> sums{100, 0, 20, 3, 1, 1, 1, 1, 0, 5000, 0, 70000};
  const auto whole = read(sums);
  const auto print = fingerprint;
  memory = 1;  // a row
  EXPECT_EQ(read(sums), whole);
  EXPECT_EQ(fingerprint, print);
}

}  // namespace
}  // namespace cupel::test
