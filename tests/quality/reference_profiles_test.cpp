#include "quality/reference_profiles.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "quality/views.hpp"

namespace cupel::quality::test {
namespace {

using namespace cupel::test;

TEST(ReferenceProfiles, LeaveOutEachPerturbationItself) {
  const Dense means = random_matrix(5, 7, 1);
  const auto others = leave_one_out_means(view(means));
  for (std::int64_t p = 0; p < 5; ++p) {
    for (std::int64_t g = 0; g < 7; ++g) {
      double sum = 0.0;
      for (std::int64_t q = 0; q < 5; ++q) sum += q == p ? 0.0 : means(q, g);
      EXPECT_NEAR(others.view()(p, g), sum / 4.0, 1e-14);
    }
  }
}

TEST(ReferenceProfiles, AreNotNumbersWithoutPerturbations) {
  const Dense one = random_matrix(1, 2, 1);
  EXPECT_TRUE(std::isnan(leave_one_out_means(view(one)).view()(0, 0)));
  EXPECT_TRUE(std::isnan(centroid_mean({nullptr, 0, 2, Space::kHost})[1]));
  EXPECT_TRUE(std::isnan(cell_weighted_mean(view(one), std::vector<std::int64_t>{0})[0]));
  EXPECT_EQ(centroid_mean(view(one)), row(one, 0));
}

}  // namespace
}  // namespace cupel::quality::test
