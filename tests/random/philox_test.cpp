#include "random/philox.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace cupel::test {
namespace {

// The known answers that were published with the algorithm.
TEST(Philox, GivesThePublishedAnswers) {
  EXPECT_EQ(philox4x32({0, 0, 0, 0}, {0, 0}),
            (PhiloxBlock{0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U}));
  constexpr std::uint32_t kOnes = 0xffffffffU;
  EXPECT_EQ(philox4x32({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (PhiloxBlock{0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU}));
  EXPECT_EQ(philox4x32({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U},  // digits of pi
                       {0xa4093822U, 0x299f31d0U}),
            (PhiloxBlock{0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U}));
}

TEST(PhiloxStream, ReadsTheBlocksOfItsPositionInOrder) {
  PhiloxStream stream(0x299f31d0a4093822U, 0x0370734413198a2eU, 0x85a308d3U);
  for (std::uint32_t block = 0; block < 3; ++block) {
    const auto words =
        philox4x32({block, 0x85a308d3U, 0x13198a2eU, 0x03707344U}, {0xa4093822U, 0x299f31d0U});
    for (const std::uint32_t word : words) EXPECT_EQ(stream.next(), word);
  }
}

TEST(PhiloxStream, DiffersBySeedStreamAndDraw) {
  const std::uint32_t first = PhiloxStream(1, 2, 3).next();
  EXPECT_EQ(PhiloxStream(1, 2, 3).next(), first);
  EXPECT_NE(PhiloxStream(2, 2, 3).next(), first);
  EXPECT_NE(PhiloxStream(1, 3, 3).next(), first);
  EXPECT_NE(PhiloxStream(1, 2, 4).next(), first);
  EXPECT_NE(PhiloxStream(1, 2, 3).next(), PhiloxStream(1, std::uint64_t{2} << 32, 3).next());
}

TEST(PhiloxStream, DrawsEachNumberBelowNEquallyOften) {
  for (const std::uint32_t n : {1U, 2U, 3U, 7U, 300U}) {
    std::vector<double> seen(n, 0.0);
    const int draws = 200'000;
    for (int draw = 0; draw < draws / 100; ++draw) {
      PhiloxStream stream(7, n, static_cast<std::uint32_t>(draw));
      for (int i = 0; i < 100; ++i) seen[stream.below(n)] += 1.0;
    }
    const double expected = static_cast<double>(draws) / n;
    double chi_square = 0.0;
    for (const double count : seen)
      chi_square += (count - expected) * (count - expected) / expected;
    // Mean n - 1, variance 2 (n - 1): five standard deviations.
    EXPECT_LE(chi_square, n - 1.0 + 5.0 * std::sqrt(2.0 * (n - 1.0))) << n;
  }
}

// Without rejection, four inputs fall on three values and every third value comes twice as often.
TEST(PhiloxStream, RejectsWhatWouldFavourSomeNumbers) {
  constexpr std::uint32_t kN = 0xC0000000U;
  int thirds = 0;
  const int draws = 100'000;
  PhiloxStream stream(11, 0, 0);
  for (int i = 0; i < draws; ++i) thirds += stream.below(kN) % 3 == 0 ? 1 : 0;
  EXPECT_NEAR(thirds, draws / 3.0, 5.0 * std::sqrt(draws * 2.0 / 9.0));
}

}  // namespace
}  // namespace cupel::test
