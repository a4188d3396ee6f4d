#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cupel/nan.hpp"
#include "parallel/parallel.hpp"
#include "support/backend_test.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

// min over j >= i of p_(j)·(m/j), at most 1, from the definition: every pair looked at.
std::vector<double> slow_adjust(const std::vector<double>& p) {
  double m = 0;
  for (const double x : p) m += std::isnan(x) ? 0 : 1;
  // The rank of the last of those equal to each: the smallest factor.
  std::vector<double> rank(p.size());
  for (std::size_t j = 0; j < p.size(); ++j) {
    for (const double x : p) rank[j] += x <= p[j] ? 1 : 0;
  }
  std::vector<double> adjusted(p.size(), kNaN);
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (std::isnan(p[i])) continue;
    double lowest = 1.0;
    for (std::size_t j = 0; j < p.size(); ++j) {
      if (p[j] >= p[i]) lowest = std::min(lowest, p[j] * (m / rank[j]));
    }
    adjusted[i] = lowest;
  }
  return adjusted;
}

class AdjustPValues : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    backend_ = open_backend(GetParam());
    if (backend_ == nullptr) GTEST_SKIP() << "this machine has no such device";
  }
  std::vector<double> adjust(const std::vector<double>& p, std::int64_t rows, std::int64_t cols) {
    auto host = make_host_matrix<double>(rows, cols);
    std::ranges::copy(p, host.view().data);
    const auto uploaded = backend_->upload(host.view());
    const auto adjusted = backend_->adjust_p_values(uploaded.view());
    EXPECT_EQ(adjusted.rows(), rows);
    EXPECT_EQ(adjusted.cols(), cols);
    std::vector<double> out(p.size());
    backend_->download(adjusted.view(), out);
    return out;
  }
  std::unique_ptr<Backend> backend_;
};

void expect_same_values(const std::vector<double>& got, const std::vector<double>& expected) {
  ASSERT_EQ(got.size(), expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(got[i])) << i;
    } else {
      EXPECT_EQ(got[i], expected[i]) << i;
    }
  }
}

TEST_P(AdjustPValues, MatchesTheSlowReferenceInEachRow) {
  std::mt19937_64 rng(1);
  std::uniform_real_distribution<double> exponent(-300, 0);
  for (const auto& [rows, cols] : edge_shapes()) {
    if (cols > 300) continue;
    const std::int64_t few = std::min<std::int64_t>(rows, 6);
    std::vector<double> p(static_cast<std::size_t>(few * cols));
    for (auto& x : p) {
      const auto draw = rng() % 10;
      x = draw == 0   ? kNaN
          : draw == 1 ? 1.0
          : draw == 2 ? 0.0
          : draw < 6  ? static_cast<double>(rng() % 50) / 64  // many ties
                      : std::pow(10.0, exponent(rng) / static_cast<double>(1 + rng() % 100));
    }
    std::vector<double> expected;
    for (std::int64_t row = 0; row < few; ++row) {
      const auto adjusted = slow_adjust({p.begin() + row * cols, p.begin() + (row + 1) * cols});
      expected.insert(expected.end(), adjusted.begin(), adjusted.end());
    }
    expect_same_values(adjust(p, few, cols), expected);
  }
}

// Rows as long as the pieces that a device takes at a time, with runs of equal p across their ends,
// and with NaN that leave every number of p.
TEST_P(AdjustPValues, AdjustsRowsOfAnyLength) {
  std::mt19937_64 rng(7);
  for (const std::int64_t cols : {31, 32, 33, 255, 256, 257, 511, 512, 513, 769}) {
    constexpr std::int64_t kRows = 5;
    std::vector<double> p(static_cast<std::size_t>(kRows * cols));
    for (std::size_t i = 0; i < p.size(); ++i) {
      const auto row = static_cast<std::int64_t>(i) / cols;
      p[i] = row == 0   ? 0.25  // all equal
             : row == 1 ? static_cast<double>(rng() % 3) / 8
             : row == 2 ? std::pow(static_cast<double>(rng() % 1000) / 1000, 5.0)
             : row == 3 ? (rng() % 3 == 0 ? kNaN : static_cast<double>(rng() % 1000) / 1000)
                        : (static_cast<std::int64_t>(i) % cols == cols / 2 ? 0.5 : kNaN);
    }
    std::vector<double> expected;
    for (std::int64_t row = 0; row < kRows; ++row) {
      const auto adjusted = slow_adjust({p.begin() + row * cols, p.begin() + (row + 1) * cols});
      expected.insert(expected.end(), adjusted.begin(), adjusted.end());
    }
    expect_same_values(adjust(p, kRows, cols), expected);
  }
}

// Rows go a few at a time where there is little memory.
TEST(AdjustPValuesInLittleMemory, GivesTheSameBits) {
  std::mt19937_64 rng(8);
  auto p = make_host_matrix<double>(41, 300);
  for (std::int64_t i = 0; i < p.view().size(); ++i) {
    p.view().data[i] = static_cast<double>(rng() % 100'000) / 100'000;
  }
  const auto adjusted = [&](std::int64_t memory_limit) {
    const auto backend = make_backend_on_cpu(memory_limit);
    const auto on_device = backend->upload(p.view());
    std::vector<double> out(static_cast<std::size_t>(p.view().size()));
    backend->download(backend->adjust_p_values(on_device.view()).view(), out);
    return out;
  };
  const auto plenty = adjusted(0);
  EXPECT_EQ(adjusted(400'000), plenty);
  EXPECT_THROW(adjusted(190'000), Error);
}

TEST_P(AdjustPValues, KeepsRowsOfNanAndTellsRowsApart) {
  expect_same_values(adjust({kNaN, kNaN, kNaN, 0.5, 0.01, kNaN}, 2, 3),
              {kNaN, kNaN, kNaN, 0.5, 0.02, kNaN});
}

TEST_P(AdjustPValues, TakesRowsWithoutColumns) { EXPECT_TRUE(adjust({}, 4, 0).empty()); }

TEST_P(AdjustPValues, GivesTheSameBitsForAnyNumberOfThreads) {
  std::mt19937_64 rng(2);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<double> p(std::size_t{40} * 300);
  for (auto& x : p) x = uniform(rng);
  const ThreadLimit one(1);
  const auto alone = adjust(p, 40, 300);
  const ThreadLimit many(8);
  EXPECT_EQ(alone, adjust(p, 40, 300));
}

TEST_P(AdjustPValues, ReproducesVectorD06) {
  std::ifstream file(source_path("tests/vectors/cell_eval_vectors.json"));
  const auto vectors = nlohmann::json::parse(file)["vectors"];
  const auto d06 = *std::ranges::find(vectors, "D06", [](const auto& v) { return v["id"]; });
  const auto numbers = [](const nlohmann::json& list) {
    std::vector<double> out;
    for (const auto& x : list) out.push_back(x.is_string() ? kNaN : x.get<double>());
    return out;
  };
  const auto near = [&](const std::vector<double>& got, const std::vector<double>& expected) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (std::isnan(expected[i])) {
        EXPECT_TRUE(std::isnan(got[i]));
      } else {
        EXPECT_NEAR(got[i], expected[i], d06["tol"].get<double>());
      }
    }
  };
  std::vector<double> all;
  std::vector<double> all_expected;
  for (const std::string row : {"A", "B"}) {
    const auto p = numbers(d06["inputs"][row]);
    near(adjust(p, 1, std::ssize(p)), numbers(d06["expected"]["per_pert"][row]));
    all.insert(all.end(), p.begin(), p.end());
    const auto expected = numbers(d06["expected"]["global"][row]);
    all_expected.insert(all_expected.end(), expected.begin(), expected.end());
  }
  near(adjust(all, 1, std::ssize(all)), all_expected);
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, AdjustPValues, ::testing::ValuesIn(backend_names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace cupel::test
