#include "cpu/profile_tile.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "cpu/profile_tile_kernels.hpp"

namespace cupel::test {
namespace {

constexpr std::int64_t kRows = 8;
constexpr std::int64_t kDepth = 96;

struct Floats {
  Buffer<float> values = make_host_buffer<float>(kRows * kDepth);
  explicit Floats(unsigned seed) {
    std::mt19937 rng(seed);
    std::normal_distribution<float> normal;
    for (std::int64_t k = 0; k < values.size(); ++k) values.data()[k] = normal(rng);
  }
  [[nodiscard]] double at(std::int64_t row, std::int64_t k) const {
    return static_cast<double>(values.data()[row * kDepth + k]);
  }
};

// A slip in a lane or a row is far larger than kDepth roundings of 2^-24.
constexpr double kTolerance = 1e-5;

TEST(TileKernels, AddProductsAndMaximaOfEveryPair) {
  const Floats a(1);
  const Floats b(2);
  for (const TileKernel& kernel : tile_kernels()) {
    std::vector<double> products(kRows * kRows, 100.0);
    std::vector<double> maxima(kRows * kRows, 100.0);
    kernel.product(a.values.data(), kRows, b.values.data(), kRows, kDepth, products.data(), kRows);
    kernel.maximum(a.values.data(), kRows, b.values.data(), kRows, kDepth, maxima.data(), kRows);
    for (std::int64_t i = 0; i < kRows; ++i) {
      for (std::int64_t j = 0; j < kRows; ++j) {
        double product = 100.0;
        double maximum = 100.0;
        for (std::int64_t k = 0; k < kDepth; ++k) {
          product += a.at(i, k) * b.at(j, k);
          maximum += std::max(a.at(i, k), b.at(j, k));
        }
        EXPECT_NEAR(products[static_cast<std::size_t>(i * kRows + j)], product, kTolerance * 100.0)
            << kernel.lanes << " lanes";
        EXPECT_NEAR(maxima[static_cast<std::size_t>(i * kRows + j)], maximum, kTolerance * 100.0)
            << kernel.lanes << " lanes";
      }
    }
  }
}

// Positive values add up all their roundings on one side.
TEST(TileSums, StayWithinTheErrorTheyClaim) {
  constexpr std::int64_t kGenes = 5000;
  std::mt19937 rng(3);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::vector<double> values(2 * kGenes);
  for (double& value : values) value = uniform(rng);
  const PackedProfiles a({values.data(), 1, kGenes, Space::kHost}, {1.0});
  const PackedProfiles b({values.data() + kGenes, 1, kGenes, Space::kHost}, {1.0});
  std::vector<double> sums(PackedProfiles::kRows * PackedProfiles::kRows);
  for (const auto sum : {TileSum::kProduct, TileSum::kMaximum}) {
    tile_sums(a, 0, b, 0, sum, sums.data());
    long double exact = 0.0L;
    long double size = 0.0L;
    for (std::size_t k = 0; k < kGenes; ++k) {
      const long double x = values[k];
      const long double y = values[kGenes + k];
      exact += sum == TileSum::kProduct ? x * y : std::max(x, y);
      size += sum == TileSum::kProduct ? x * y : x + y;
    }
    const auto error = static_cast<double>(std::fabs(sums[0] - exact));
    EXPECT_LE(error, tile_error(sum) * static_cast<double>(size));
    EXPECT_GT(tile_error(sum), 0x1p-24) << "an error below one rounding cannot hold";
  }
}

}  // namespace
}  // namespace cupel::test
