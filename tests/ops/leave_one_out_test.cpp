// Ridge regressions scored on the row that each leaves out: against refits, and against the CPU.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "linalg/products.hpp"
#include "linalg/solve.hpp"
#include "linalg/symmetric_eigen.hpp"
#include "support/matrices.hpp"
#include "sweep/slow_scores.hpp"

namespace cupel::test {
namespace {

MatrixView<const double> view_of(const Dense& dense) {
  return {dense.values.data(), dense.rows, dense.cols, Space::kHost};
}
Dense product(const Dense& a, const Dense& b) {
  return dense_from(multiply(view_of(a), view_of(b)));
}
Dense transposed(const Dense& a) {
  Dense result = zeros(a.cols, a.rows);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < a.cols; ++j) result(j, i) = a(i, j);
  }
  return result;
}

// Features and true effects of n rows, of which a part follows from the features.
struct Case {
  Dense x, y;
  std::vector<std::int32_t> sets = {};
};
Case make_case(std::int64_t n, std::int64_t features, std::int64_t genes = 23) {
  Case made{random_matrix(n, features, 321), random_matrix(n, genes, 322)};
  for (std::int64_t i = 0; i < n && features > 0; ++i) {
    for (std::int64_t g = 0; g < genes; ++g) {
      made.y(i, g) = 0.3 + 0.5 * made.y(i, g) + made.x(i, 0) * made.y(0, g);
    }
  }
  return made;
}

// By the definition of RidgePath, for the linear kernel without intercept or weights.
RidgePath path_of(Backend& backend, const Case& made) {
  const auto n = made.y.rows;
  const auto xt = transposed(made.x);
  const auto eigen = leading_part(symmetric_eigen(view_of(product(made.x, xt))), 1e-12);
  const Dense u = dense_from(eigen.vectors);
  const Dense ut = transposed(u);
  const Dense c = dense_from(gram(view_of(made.y)));
  const Dense ones{made.y.cols, 1, std::vector<double>(static_cast<std::size_t>(made.y.cols), 1.0)};
  const Dense sums = product(made.y, ones);
  Dense reach = product(u, ut);  // I - U Uᵀ
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t j = 0; j < n; ++j) reach(i, j) = (i == j ? 1.0 : 0.0) - reach(i, j);
  }
  const Dense perp_targets = product(reach, c);
  const Dense perp_perp = product(perp_targets, reach);
  const Dense perp_sum = product(reach, sums);
  Dense lower = product(product(ut, c), u);
  for (std::int64_t i = 0; i < lower.rows; ++i) {
    lower(i, i) *= 0.5;
    for (std::int64_t j = i + 1; j < lower.cols; ++j) lower(i, j) = 0.0;
  }
  Dense of_row = zeros(4, n);
  for (std::int64_t i = 0; i < n; ++i) {
    of_row(0, i) = perp_perp(i, i);
    of_row(1, i) = reach(i, i);
    of_row(2, i) = perp_sum(i, 0);
    of_row(3, i) = sums(i, 0);
  }
  const auto up = [&](const Dense& dense) { return to_backend(backend, dense); };
  return {up({1, u.cols, eigen.values}),
          up(u),
          up(u),
          up(product(ut, c)),
          up(perp_targets),
          up(lower),
          up(product(perp_targets, u)),
          up(transposed(product(ut, sums))),
          up(of_row),
          up(c),
          made.y.cols,
          made.sets};
}

// Row i's profile as a ridge regression of all others predicts it, by the normal equations of the
// rows' weights.
std::vector<double> refitted(const Case& made, std::int64_t left_out, double penalty) {
  const auto n = made.y.rows;
  std::vector<double> predicted(static_cast<std::size_t>(made.y.cols));
  if (n < 2) return predicted;
  Dense x = zeros(n - 1, made.x.cols);
  Dense y = zeros(n - 1, made.y.cols);
  for (std::int64_t i = 0; i + 1 < n; ++i) {
    const auto from = i < left_out ? i : i + 1;
    for (std::int64_t k = 0; k < x.cols; ++k) x(i, k) = made.x(from, k);
    for (std::int64_t g = 0; g < y.cols; ++g) y(i, g) = made.y(from, g);
  }
  Dense system = product(x, transposed(x));
  for (std::int64_t i = 0; i < system.rows; ++i) system(i, i) += penalty;
  const Dense weights = dense_from(solve_positive(view_of(system), view_of(y)));
  for (std::int64_t i = 0; i < x.rows; ++i) {
    double kernel = 0.0;
    for (std::int64_t k = 0; k < x.cols; ++k) kernel += x(i, k) * made.x(left_out, k);
    for (std::int64_t g = 0; g < y.cols; ++g) {
      predicted[static_cast<std::size_t>(g)] += kernel * weights(i, g);
    }
  }
  return predicted;
}

constexpr std::size_t kScores = 5;  // mse, pearson, cosine, pds_l2, pds_cosine
struct Means {
  std::vector<double> mean;
  std::vector<std::int32_t> missing;
};

Means means_on(Backend& backend, const Case& made, const std::vector<double>& penalties) {
  const auto path = path_of(backend, made);
  const auto means = backend.leave_one_out(path, penalties);
  EXPECT_EQ(means.mean.rows(), std::ssize(penalties));
  EXPECT_EQ(means.mean.cols(), 5);
  return {to_host(backend, means.mean), to_host(backend, means.missing)};
}

Means slow_means(const Case& made, const std::vector<double>& penalties) {
  Means result;
  for (const double penalty : penalties) {
    std::vector<std::vector<double>> scores(kScores);
    for (std::int64_t i = 0; i < made.y.rows; ++i) {
      std::vector<std::int64_t> candidates;
      for (std::int64_t j = 0; j < made.y.rows; ++j) {
        const auto set = [&](std::int64_t row) { return made.sets[static_cast<std::size_t>(row)]; };
        if (made.sets.empty() || set(i) == set(j)) candidates.push_back(j);
      }
      const auto s = scores_by_definition(refitted(made, i, penalty), made.y, i, candidates);
      const double of[] = {s.mse, s.pearson, s.cosine, s.pds_l2, s.pds_cosine};
      for (std::size_t k = 0; k < kScores; ++k) {
        if (!std::isnan(of[k])) scores[k].push_back(of[k]);
      }
    }
    for (const auto& values : scores) {
      const auto n = static_cast<double>(values.size());
      result.mean.push_back(std::accumulate(values.begin(), values.end(), 0.0) / n);  // NaN of none
      result.missing.push_back(static_cast<std::int32_t>(made.y.rows - std::ssize(values)));
    }
  }
  return result;
}

// A prediction of almost nothing has a length and a direction that are mostly rounding, as they
// come from differences from the true effect: then only the distances are held.
enum class Hold : std::uint8_t { kAll, kDistances };

// Ranks, and so their means, to `of_ranks`; the others to `tolerance` of numbers of the size of 1.
void expect_means(const Means& actual, const Means& expected, double tolerance, double of_ranks,
                  Hold hold = Hold::kAll) {
  ASSERT_EQ(actual.mean.size(), expected.mean.size());
  for (std::size_t k = 0; k < expected.mean.size(); ++k) {
    const bool rank = k % kScores > 2;
    const bool distance = k % kScores == 0 || k % kScores == 3;
    if (hold == Hold::kDistances && !distance) continue;
    const auto what =
        "setting " + std::to_string(k / kScores) + " score " + std::to_string(k % kScores);
    EXPECT_EQ(actual.missing[k], expected.missing[k]) << what;
    expect_same(actual.mean[k], expected.mean[k],
                rank ? of_ranks : tolerance * std::max(1.0, std::fabs(expected.mean[k])), what);
  }
}

struct Size {
  std::int64_t rows, features;
};

class LeaveOneOut : public OnBackend<std::tuple<std::string, Size>> {
 protected:
  [[nodiscard]] Case here() const {
    const auto [rows, features] = std::get<1>(GetParam());
    return make_case(rows, features);
  }
};

TEST_P(LeaveOneOut, IsThatOfRefitsWithoutEachRow) {
  const auto made = here();
  const std::vector<double> penalties{0.05, 1.0, 40.0};
  // Of a single row's other rows there are none, which predicts nothing.
  expect_means(means_on(*backend, made, penalties), slow_means(made, penalties), 1e-10, 1e-12,
               made.y.rows > 1 ? Hold::kAll : Hold::kDistances);
}

TEST_P(LeaveOneOut, AgreesWithTheCpu) {
  const auto made = here();
  const std::vector<double> penalties{1e-6, 0.1, 1.0, 7.0, 1e3};
  const auto cpu = make_backend("cpu");
  // 1e-10: at a penalty of 1e-6 of full rank, what is left of a row is about 1e-5.
  expect_means(means_on(*backend, made, penalties), means_on(*cpu, made, penalties), 1e-10, 0.0,
               made.y.rows > 1 ? Hold::kAll : Hold::kDistances);
}

// Without a penalty predictions interpolate or, of full rank, are undefined; with a huge one they
// are all but zero.
TEST_P(LeaveOneOut, AgreesWithTheCpuAtBothEnds) {
  const auto made = here();
  const std::vector<double> penalties{0.0, 1e12, 1e300};
  const auto cpu = make_backend("cpu");
  const auto expected = means_on(*cpu, made, penalties);
  expect_means(means_on(*backend, made, penalties), expected, 1e-10, 0.0, Hold::kDistances);
  const bool full_rank = made.x.cols >= made.y.rows;
  EXPECT_EQ(expected.missing[0], full_rank ? made.y.rows : 0);
}

TEST_P(LeaveOneOut, DiscriminatesWithinSets) {
  auto made = here();
  for (std::int64_t i = 0; i < made.y.rows; ++i) {  // sets of a third, all but one, and one row
    made.sets.push_back(i == 1 ? 9 : i % 3 == 0 ? -4 : 1);
  }
  const std::vector<double> penalties{0.5, 20.0};
  const auto means = means_on(*backend, made, penalties);
  expect_means(means, slow_means(made, penalties), 1e-10, 1e-12);
  const auto cpu = make_backend("cpu");
  expect_means(means, means_on(*cpu, made, penalties), 1e-12, 0.0);
}

TEST_P(LeaveOneOut, IsTheSameBitsForAnyNumberOfThreads) {
  const auto made = here();
  const auto results = with_thread_counts([&] {
    return means_on(*backend, made, {0.1, 1.0, 3.0, 9.0, 27.0}).mean;
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

std::string size_name(const ::testing::TestParamInfo<std::tuple<std::string, Size>>& info) {
  const auto& [name, size] = info.param;
  return name + "_" + std::to_string(size.rows) + "x" + std::to_string(size.features);
}

INSTANTIATE_TEST_SUITE_P(
    OnEveryBackend, LeaveOneOut,
    ::testing::Combine(every_backend(),
                       ::testing::Values(Size{1, 0}, Size{1, 1}, Size{2, 1}, Size{2, 3}, Size{7, 0},
                                         Size{7, 3}, Size{31, 33}, Size{33, 31}, Size{65, 4})),
    size_name);

class LeaveOneOutOnce : public PerBackend {};

// Rows with the same profile are at the same distance from any prediction, and rows of zeros at a
// cosine of 0: each counts half.
TEST_P(LeaveOneOutOnce, CountsTiesHalf) {
  auto made = make_case(12, 4);
  for (std::int64_t g = 0; g < made.y.cols; ++g) {
    made.y(3, g) = made.y(8, g) = std::round(4.0 * made.y(5, g));
    made.y(5, g) = made.y(3, g);
    made.y(1, g) = made.y(10, g) = 0.0;
  }
  const std::vector<double> penalties{0.3, 2.0, 30.0};
  const auto means = means_on(*backend, made, penalties);
  expect_means(means, slow_means(made, penalties), 1e-9, 1e-12);
  const auto cpu = make_backend("cpu");
  expect_means(means, means_on(*cpu, made, penalties), 1e-11, 0.0);
}

TEST_P(LeaveOneOutOnce, OfNoPenaltyIsEmpty) {
  EXPECT_TRUE(means_on(*backend, make_case(4, 2), {}).mean.empty());
}

// A device with little memory takes the rows in parts, which begin within settings.
TEST_P(LeaveOneOutOnce, IsTheSameInParts) {
  constexpr std::int64_t kBytes = 120'000;
  const auto small =
      GetParam() == "cuda_on_cpu" ? make_backend_on_cpu(kBytes) : make_backend(GetParam(), kBytes);
  const auto made = make_case(33, 20);
  const std::vector<double> penalties{0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0};
  const auto parts = means_on(*small, made, penalties);
  const auto whole = means_on(*backend, made, penalties);
  expect_means(parts, whole, 1e-12, 0.0);
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, LeaveOneOutOnce, every_backend());

}  // namespace
}  // namespace cupel::test
