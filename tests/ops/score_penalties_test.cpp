// Regressions with a penalty scored on what each leaves out: against refits, and against the CPU.
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
  std::vector<std::vector<std::int64_t>> groups = {};  // none: each row by itself
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

// A path and what it is of.
struct MadePath {
  std::vector<Matrix<double>> there;
  std::vector<std::int32_t> row, sets;
  std::vector<std::int64_t> group_start;
  std::vector<double> root;
  PenaltyPath path;
};

// All rows one after the other, each left out by itself.
std::vector<std::vector<std::int64_t>> singles(std::int64_t n) {
  std::vector<std::vector<std::int64_t>> groups;
  for (std::int64_t i = 0; i < n; ++i) groups.push_back({i});
  return groups;
}

using Part = MatrixView<const double> PenaltyPath::*;
void set(Backend& backend, MadePath& made, Part part, const Dense& dense) {
  made.there.push_back(to_backend(backend, dense));
  made.path.*part = made.there.back().view();
}
Dense one_row(std::vector<double> values) {
  const auto n = std::ssize(values);
  return {1, n, std::move(values)};
}

// By the definition of PenaltyPath, for the linear kernel without intercept or weights.
MadePath path_of(Backend& backend, const Case& made) {
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
  const Dense perp_inner = product(perp_targets, u);
  Dense lower = product(product(ut, c), u);
  for (std::int64_t i = 0; i < lower.rows; ++i) {
    lower(i, i) *= 0.5;
    for (std::int64_t j = i + 1; j < lower.cols; ++j) lower(i, j) = 0.0;
  }
  MadePath result;
  std::vector<double> base_products;
  std::vector<double> reached;
  std::vector<double> base_sum;
  result.group_start.push_back(0);
  for (const auto& group : made.groups.empty() ? singles(n) : made.groups) {
    for (const auto i : group) {
      result.row.push_back(static_cast<std::int32_t>(i));
      base_sum.push_back(perp_sum(i, 0));
      for (const auto j : group) {
        base_products.push_back(perp_perp(i, j));
        reached.push_back(reach(i, j));
      }
    }
    result.group_start.push_back(std::ssize(result.row));
  }
  result.root.assign(result.row.size(), 1.0);
  result.sets = made.sets;
  const auto picked = [&](const Dense& all) {
    Dense rows = zeros(std::ssize(result.row), all.cols);
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      for (std::int64_t k = 0; k < rows.cols; ++k) {
        rows(i, k) = all(result.row[static_cast<std::size_t>(i)], k);
      }
    }
    return rows;
  };
  result.there.reserve(13);
  const auto up = [&](Part part, const Dense& dense) { set(backend, result, part, dense); };
  up(&PenaltyPath::values, one_row(eigen.values));
  up(&PenaltyPath::coordinates, picked(u));
  up(&PenaltyPath::vectors, picked(u));
  up(&PenaltyPath::truth, product(ut, c));
  up(&PenaltyPath::half_inner, lower);
  up(&PenaltyPath::sum, transposed(product(ut, sums)));
  up(&PenaltyPath::base_truth, picked(perp_targets));
  up(&PenaltyPath::base_inner, picked(perp_inner));
  up(&PenaltyPath::base_products, one_row(base_products));
  up(&PenaltyPath::base_sum, one_row(base_sum));
  up(&PenaltyPath::reach, one_row(reached));
  up(&PenaltyPath::products, c);
  up(&PenaltyPath::true_sum, transposed(sums));
  result.path.genes = made.y.cols;
  result.path.row = result.row;
  result.path.sets = result.sets;
  result.path.group_start = result.group_start;
  result.path.root = result.root;
  return result;
}

// Row i's profile as a ridge regression of all rows but `left_out` predicts it, by the normal
// equations of the rows' weights.
std::vector<double> refitted(const Case& made, std::int64_t asked,
                             const std::vector<std::int64_t>& left_out, double penalty) {
  std::vector<std::int64_t> rest;
  for (std::int64_t i = 0; i < made.y.rows; ++i) {
    if (std::ranges::find(left_out, i) == left_out.end()) rest.push_back(i);
  }
  std::vector<double> predicted(static_cast<std::size_t>(made.y.cols));
  if (rest.empty()) return predicted;
  Dense x = zeros(std::ssize(rest), made.x.cols);
  Dense y = zeros(std::ssize(rest), made.y.cols);
  for (std::size_t i = 0; i < rest.size(); ++i) {
    const auto to = static_cast<std::int64_t>(i);
    for (std::int64_t k = 0; k < x.cols; ++k) x(to, k) = made.x(rest[i], k);
    for (std::int64_t g = 0; g < y.cols; ++g) y(to, g) = made.y(rest[i], g);
  }
  Dense system = product(x, transposed(x));
  for (std::int64_t i = 0; i < system.rows; ++i) system(i, i) += penalty;
  const Dense weights = dense_from(solve_positive(view_of(system), view_of(y)));
  for (std::int64_t i = 0; i < x.rows; ++i) {
    double kernel = 0.0;
    for (std::int64_t k = 0; k < x.cols; ++k) kernel += x(i, k) * made.x(asked, k);
    for (std::int64_t g = 0; g < y.cols; ++g) {
      predicted[static_cast<std::size_t>(g)] += kernel * weights(i, g);
    }
  }
  return predicted;
}

constexpr std::int64_t kScores = 5;  // mse, pearson, cosine, pds_l2, pds_cosine

// Penalties × rows × scores.
std::vector<double> scores_on(Backend& backend, const MadePath& made,
                              const std::vector<double>& penalties) {
  const auto scores = backend.score_penalties(made.path, penalties);
  EXPECT_EQ(scores.rows(), std::ssize(penalties) * std::ssize(made.row));
  EXPECT_EQ(scores.cols(), kScores);
  return to_host(backend, scores);
}
std::vector<double> scores_on(Backend& backend, const Case& made,
                              const std::vector<double>& penalties) {
  return scores_on(backend, path_of(backend, made), penalties);
}

void add_slow_scores(const std::vector<double>& predicted, const Case& made, std::int64_t i,
                     std::vector<double>& to) {
  std::vector<std::int64_t> candidates;
  for (std::int64_t j = 0; j < made.y.rows; ++j) {
    const auto set = [&](std::int64_t row) { return made.sets[static_cast<std::size_t>(row)]; };
    if (made.sets.empty() || set(i) == set(j)) candidates.push_back(j);
  }
  const auto s = scores_by_definition(predicted, made.y, i, candidates);
  to.insert(to.end(), {s.mse, s.pearson, s.cosine, s.pds_l2, s.pds_cosine});
}

std::vector<double> slow_scores(const Case& made, const std::vector<double>& penalties) {
  std::vector<double> result;
  for (const double penalty : penalties) {
    for (const auto& group : made.groups.empty() ? singles(made.y.rows) : made.groups) {
      for (const auto i : group) {
        add_slow_scores(refitted(made, i, group, penalty), made, i, result);
      }
    }
  }
  return result;
}

// A prediction of almost nothing has a length and a direction that are mostly rounding, as they
// come from differences from the true effect: then only the distances are held.
enum class Hold : std::uint8_t { kAll, kDistancesAlone };

// Ranks to `of_ranks`; the others to `tolerance` of numbers of the size of 1.
void expect_all(const std::vector<double>& actual, const std::vector<double>& expected,
                double tolerance, double of_ranks, Hold hold = Hold::kAll) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t at = 0; at < expected.size(); ++at) {
    const auto k = static_cast<std::int64_t>(at) % kScores;
    const bool distance = k == 0 || k == 3;
    if (hold == Hold::kDistancesAlone && !distance) continue;
    expect_same(actual[at], expected[at],
                k > 2 ? of_ranks : tolerance * std::max(1.0, std::fabs(expected[at])),
                "row " + std::to_string(at / kScores) + " score " + std::to_string(k));
  }
}

struct Size {
  std::int64_t rows, features;
};

class LeftOutAlone : public OnBackend<std::tuple<std::string, Size>> {
 protected:
  [[nodiscard]] Case here() const {
    const auto [rows, features] = std::get<1>(GetParam());
    return make_case(rows, features);
  }
};

TEST_P(LeftOutAlone, AreThoseOfRefits) {
  const auto made = here();
  const std::vector<double> penalties{0.05, 1.0, 40.0};
  // Of a single row's other rows there are none, which predicts nothing.
  expect_all(scores_on(*backend, made, penalties), slow_scores(made, penalties), 1e-10, 1e-12,
             made.y.rows > 1 ? Hold::kAll : Hold::kDistancesAlone);
}

TEST_P(LeftOutAlone, AgreesWithTheCpu) {
  const auto made = here();
  const std::vector<double> penalties{1e-6, 0.1, 1.0, 7.0, 1e3};
  const auto cpu = make_backend("cpu");
  // 1e-10: at a penalty of 1e-6 of full rank, what is left of a row is about 1e-5.
  expect_all(scores_on(*backend, made, penalties), scores_on(*cpu, made, penalties), 1e-10, 0.0,
             made.y.rows > 1 ? Hold::kAll : Hold::kDistancesAlone);
}

// Without a penalty predictions interpolate or, of full rank, are undefined; with a huge one they
// are all but zero.
TEST_P(LeftOutAlone, AgreesWithTheCpuAtBothEnds) {
  const auto made = here();
  const std::vector<double> penalties{0.0, 1e12, 1e300};
  const auto cpu = make_backend("cpu");
  const auto expected = scores_on(*cpu, made, penalties);
  expect_all(scores_on(*backend, made, penalties), expected, 1e-10, 0.0, Hold::kDistancesAlone);
  const bool full_rank = made.x.cols >= made.y.rows;
  EXPECT_EQ(std::isnan(expected[0]), full_rank);
}

TEST_P(LeftOutAlone, DiscriminatesWithinSets) {
  auto made = here();
  for (std::int64_t i = 0; i < made.y.rows; ++i) {  // sets of a third, all but one, and one row
    made.sets.push_back(i == 1 ? 9 : i % 3 == 0 ? -4 : 1);
  }
  const std::vector<double> penalties{0.5, 20.0};
  const auto scores = scores_on(*backend, made, penalties);
  expect_all(scores, slow_scores(made, penalties), 1e-10, 1e-12);
  const auto cpu = make_backend("cpu");
  expect_all(scores, scores_on(*cpu, made, penalties), 1e-12, 0.0);
}

TEST_P(LeftOutAlone, IsTheSameBitsForAnyNumberOfThreads) {
  const auto made = here();
  const auto results = with_thread_counts([&] {
    return scores_on(*backend, made, {0.1, 1.0, 3.0, 9.0, 27.0});
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

std::string size_name(const ::testing::TestParamInfo<std::tuple<std::string, Size>>& info) {
  const auto& [name, size] = info.param;
  return name + "_" + std::to_string(size.rows) + "x" + std::to_string(size.features);
}

INSTANTIATE_TEST_SUITE_P(
    OnEveryBackend, LeftOutAlone,
    ::testing::Combine(every_backend(),
                       ::testing::Values(Size{1, 0}, Size{1, 1}, Size{2, 1}, Size{2, 3}, Size{7, 0},
                                         Size{7, 3}, Size{31, 33}, Size{33, 31}, Size{65, 4})),
    size_name);

// --- in groups ---

struct GroupSize {
  std::int64_t rows, features;
  std::vector<std::int64_t> sizes;  // of the groups; the rest of the rows always train
};

class LeftOutInGroups : public OnBackend<std::tuple<std::string, GroupSize>> {
 protected:
  [[nodiscard]] Case here() const {
    const auto& size = std::get<1>(GetParam());
    auto made = make_case(size.rows, size.features);
    std::int64_t row = 0;
    for (const auto n : size.sizes) {
      made.groups.emplace_back();
      for (std::int64_t k = 0; k < n; ++k) {
        made.groups.back().push_back((row++ * 7) % size.rows);  // not in their order
      }
    }
    return made;
  }
};

TEST_P(LeftOutInGroups, AreThoseOfRefits) {
  const auto made = here();
  const std::vector<double> penalties{0.05, 1.0, 40.0};
  expect_all(scores_on(*backend, made, penalties), slow_scores(made, penalties), 1e-9, 1e-12);
}

TEST_P(LeftOutInGroups, AgreeWithTheCpuAtAllPenalties) {
  auto made = here();
  for (std::int64_t i = 0; i < made.y.rows; ++i) {
    made.sets.push_back(static_cast<std::int32_t>(i % 2));
  }
  const std::vector<double> penalties{0.0, 1e-3, 1.0, 1e3, 1e300};
  const auto cpu = make_backend("cpu");
  expect_all(scores_on(*backend, made, penalties), scores_on(*cpu, made, penalties), 1e-9, 0.0,
             Hold::kDistancesAlone);
}

TEST_P(LeftOutInGroups, AreTheSameBitsForAnyNumberOfThreads) {
  const auto made = here();
  const auto results = with_thread_counts([&] {
    return scores_on(*backend, made, {0.1, 1.0, 3.0, 9.0, 27.0});
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, LeftOutInGroups,
                         ::testing::Combine(every_backend(),
                                            ::testing::Values(GroupSize{8, 3, {2, 1, 3, 2}},
                                                              GroupSize{8, 11, {2, 1, 3}},
                                                              GroupSize{33, 5, {1, 1, 17, 4}},
                                                              GroupSize{37, 40, {20, 17}})),
                         [](const auto& named) {
                           const auto& size = std::get<1>(named.param);
                           return std::get<0>(named.param) + "_" + std::to_string(size.rows) + "x" +
                                  std::to_string(size.features);
                         });

// --- of fits that never saw the rows ---

// Two fits: rows 0, 3, ... predicted by a ridge of all others, each from the mean of those and from
// half of it.
struct HeldOutCase {
  Case made;
  std::vector<std::int64_t> asked, rest;
};
HeldOutCase held_out_case(std::int64_t n, std::int64_t features) {
  HeldOutCase result{make_case(n, features), {}, {}};
  for (std::int64_t i = 0; i < n; ++i) (i % 3 == 0 ? result.asked : result.rest).push_back(i);
  return result;
}

Dense rows_of(const Dense& all, const std::vector<std::int64_t>& rows) {
  Dense result = zeros(std::ssize(rows), all.cols);
  for (std::int64_t i = 0; i < result.rows; ++i) {
    for (std::int64_t k = 0; k < all.cols; ++k) {
      result(i, k) = all(rows[static_cast<std::size_t>(i)], k);
    }
  }
  return result;
}

// What is predicted: base + x (XᵀX + penalty)⁻¹ Xᵀ Y, without a kernel.
Dense held_out_profiles(const HeldOutCase& of, const Dense& base, double penalty) {
  const Dense x = rows_of(of.made.x, of.rest);
  Dense y = rows_of(of.made.y, of.rest);
  const Dense xt = transposed(x);
  Dense system = product(xt, x);
  for (std::int64_t k = 0; k < system.rows; ++k) system(k, k) += penalty;
  const Dense slopes = dense_from(solve_positive(view_of(system), view_of(product(xt, y))));
  Dense predicted = product(rows_of(of.made.x, of.asked), slopes);
  for (std::int64_t i = 0; i < predicted.rows; ++i) {
    for (std::int64_t g = 0; g < predicted.cols; ++g) predicted(i, g) += base(0, g);
  }
  return predicted;
}

Dense base_of(const HeldOutCase& of, double factor) {
  Dense base = zeros(1, of.made.y.cols);
  for (const auto i : of.rest) {
    for (std::int64_t g = 0; g < base.cols; ++g) {
      base(0, g) += factor * of.made.y(i, g) / static_cast<double>(of.rest.size());
    }
  }
  return base;
}

// Rows stand on the two bases in turn.
MadePath held_out_path(Backend& backend, const HeldOutCase& of) {
  const Dense x = rows_of(of.made.x, of.rest);
  const Dense y = rows_of(of.made.y, of.rest);
  const auto eigen = leading_part(symmetric_eigen(view_of(product(transposed(x), x))), 1e-12);
  const Dense axes = dense_from(eigen.vectors);  // XᵀX = axes values axesᵀ
  const Dense asked = rows_of(of.made.x, of.asked);
  const Dense reached = product(transposed(product(x, axes)), y);  // r × genes
  const Dense coordinates = product(asked, axes);
  const auto r = reached.rows;
  Dense bases = zeros(2, of.made.y.cols);
  for (std::int64_t g = 0; g < bases.cols; ++g) {
    bases(0, g) = base_of(of, 1.0)(0, g);
    bases(1, g) = base_of(of, 0.5)(0, g);
  }
  const Dense yt = transposed(of.made.y);
  const Dense ones{of.made.y.cols, 1,
                   std::vector<double>(static_cast<std::size_t>(of.made.y.cols), 1.0)};
  Dense half = product(reached, transposed(reached));
  for (std::int64_t k = 0; k < r; ++k) {
    half(k, k) *= 0.5;
    for (std::int64_t l = k + 1; l < r; ++l) half(k, l) = 0.0;
  }
  const Dense among = product(bases, transposed(bases));
  MadePath result;
  result.there.reserve(11);
  for (const auto i : of.asked) result.row.push_back(static_cast<std::int32_t>(i));
  result.sets = of.made.sets;
  const auto up = [&](Part part, const Dense& dense) { set(backend, result, part, dense); };
  up(&PenaltyPath::values, one_row(eigen.values));
  up(&PenaltyPath::coordinates, coordinates);
  up(&PenaltyPath::truth, product(reached, yt));
  up(&PenaltyPath::half_inner, half);
  up(&PenaltyPath::sum, transposed(product(reached, ones)));
  up(&PenaltyPath::base_truth, product(bases, yt));
  up(&PenaltyPath::base_inner, product(bases, transposed(reached)));
  up(&PenaltyPath::base_products, one_row({among(0, 0), among(1, 1)}));
  up(&PenaltyPath::base_sum, transposed(product(bases, ones)));
  up(&PenaltyPath::products, dense_from(gram(view_of(of.made.y))));
  up(&PenaltyPath::true_sum, transposed(product(of.made.y, ones)));
  result.path.genes = of.made.y.cols;
  result.path.row = result.row;
  result.path.sets = result.sets;
  return result;
}

class HeldOut : public OnBackend<std::tuple<std::string, Size>> {};

TEST_P(HeldOut, IsThatOfPredictions) {
  const auto [rows, features] = std::get<1>(GetParam());
  for (const bool in_sets : {false, true}) {
    auto of = held_out_case(rows, features);
    for (std::int64_t i = 0; in_sets && i < rows; ++i) {
      of.made.sets.push_back(static_cast<std::int32_t>(i % 2));
    }
    const std::vector<double> penalties{0.0, 0.05, 1.0, 40.0, 1e300};
    std::vector<double> expected;
    for (const double penalty : penalties) {
      for (std::size_t k = 0; k < of.asked.size(); ++k) {
        const auto base = base_of(of, k % 2 == 0 ? 1.0 : 0.5);
        const auto predicted = held_out_profiles(of, base, std::max(penalty, 1e-13));
        add_slow_scores(row(predicted, static_cast<std::int64_t>(k)), of.made, of.asked[k],
                        expected);
      }
    }
    const auto path = held_out_path(*backend, of);
    const auto actual = scores_on(*backend, path, penalties);
    expect_all(actual, expected, 1e-9, 1e-12);
    const auto cpu = make_backend("cpu");
    expect_all(actual, scores_on(*cpu, held_out_path(*cpu, of), penalties), 1e-11, 0.0);
  }
}

// A diagonal is what the whole triangle is where the rest of it is zero.
TEST_P(HeldOut, TakesADiagonal) {
  const auto [rows, features] = std::get<1>(GetParam());
  const auto of = held_out_case(rows, features);
  auto made = held_out_path(*backend, of);
  const auto n = made.path.values.cols;
  Dense triangle = zeros(n, n);
  std::vector<double> diagonal;
  for (std::int64_t k = 0; k < n; ++k) {
    diagonal.push_back(0.1 * static_cast<double>(k + 1));
    triangle(k, k) = diagonal.back();
  }
  std::vector<Matrix<double>> kept;
  kept.push_back(to_backend(*backend, triangle));
  kept.push_back(to_backend(*backend, one_row(diagonal)));
  made.path.half_inner = kept[0].view();
  const auto by_triangle = scores_on(*backend, made, {0.1, 3.0});
  made.path.half_inner = kept[1].view();
  expect_all(scores_on(*backend, made, {0.1, 3.0}), by_triangle, 1e-12, 0.0);
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, HeldOut,
                         ::testing::Combine(every_backend(),
                                            ::testing::Values(Size{2, 1}, Size{9, 3}, Size{33, 5},
                                                              Size{70, 31})),
                         size_name);

// --- all kinds ---

class ScorePenalties : public PerBackend {};

// Rows with the same profile are at the same distance from any prediction, and rows of zeros at a
// cosine of 0: each counts half.
TEST_P(ScorePenalties, CountsTiesHalf) {
  auto made = make_case(12, 4);
  for (std::int64_t g = 0; g < made.y.cols; ++g) {
    made.y(3, g) = made.y(8, g) = std::round(4.0 * made.y(5, g));
    made.y(5, g) = made.y(3, g);
    made.y(1, g) = made.y(10, g) = 0.0;
  }
  const std::vector<double> penalties{0.3, 2.0, 30.0};
  const auto scores = scores_on(*backend, made, penalties);
  expect_all(scores, slow_scores(made, penalties), 1e-9, 1e-12);
  const auto cpu = make_backend("cpu");
  expect_all(scores, scores_on(*cpu, made, penalties), 1e-11, 0.0);
}

TEST_P(ScorePenalties, OfNoPenaltyIsEmpty) {
  EXPECT_TRUE(scores_on(*backend, make_case(4, 2), {}).empty());
}

// A device with little memory takes the rows in parts, which begin within settings.
TEST_P(ScorePenalties, IsTheSameInParts) {
  constexpr std::int64_t kBytes = 120'000;
  const auto small =
      GetParam() == "cuda_on_cpu" ? make_backend_on_cpu(kBytes) : make_backend(GetParam(), kBytes);
  const auto made = make_case(33, 20);
  const std::vector<double> penalties{0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0};
  const auto parts = scores_on(*small, made, penalties);
  const auto whole = scores_on(*backend, made, penalties);
  expect_all(parts, whole, 1e-12, 0.0);
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, ScorePenalties, every_backend());

}  // namespace
}  // namespace cupel::test
