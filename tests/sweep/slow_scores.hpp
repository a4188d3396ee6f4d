#pragma once
#include <cmath>
#include <numeric>

#include "models/training_case.hpp"
#include "sweep/profile_products.hpp"

namespace cupel::test {

// Each score by its own definition, of a profile that was predicted; discrimination among the rows
// `candidates` of the truth.
inline sweep::Scores scores_by_definition(const std::vector<double>& p, const Dense& truth,
                                          std::int64_t own,
                                          const std::vector<std::int64_t>& candidates) {
  const auto genes = static_cast<double>(truth.cols);
  const auto y = row(truth, own);
  double mse = 0.0;
  for (std::size_t g = 0; g < p.size(); ++g) mse += (p[g] - y[g]) * (p[g] - y[g]) / genes;
  const auto cosine = [](const std::vector<double>& a, const std::vector<double>& b) {
    const double ab = std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
    const double aa = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
    const double bb = std::inner_product(b.begin(), b.end(), b.begin(), 0.0);
    return ab / std::sqrt(aa * bb);  // NaN where one is zero
  };
  const auto centred = [](std::vector<double> a) {
    const double mean = std::accumulate(a.begin(), a.end(), 0.0) / static_cast<double>(a.size());
    for (double& value : a) value -= mean;
    return a;
  };
  const auto pds = [&](auto distance) {
    double nearer = 0.0;
    const double limit = distance(y);
    for (const auto j : candidates) {
      if (j == own) continue;
      const double other = distance(row(truth, j));
      nearer += other < limit ? 1.0 : other == limit ? 0.5 : 0.0;
    }
    if (candidates.size() < 2 || std::isnan(mse)) return std::nan("");
    return 1.0 - nearer / static_cast<double>(candidates.size() - 1);
  };
  return {mse, cosine(centred(p), centred(y)), cosine(p, y), pds([&](const std::vector<double>& t) {
            double sum = 0.0;
            for (std::size_t g = 0; g < p.size(); ++g) sum += (p[g] - t[g]) * (p[g] - t[g]);
            return sum;
          }),
          pds([&](const std::vector<double>& t) {
            const double angle = cosine(p, t);
            return std::isnan(angle) ? 0.0 : -angle;  // a zero profile is at cosine 0 to all
          })};
}

inline void expect_same(double actual, double expected, double tolerance, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what << ": " << actual;
  } else {
    EXPECT_NEAR(actual, expected, tolerance) << what;
  }
}

inline void expect_scores(const sweep::Scores& actual, const sweep::Scores& expected,
                          const std::string& what) {
  expect_same(actual.mse, expected.mse, 1e-8, what + ": mse");
  expect_same(actual.pearson, expected.pearson, 1e-7, what + ": pearson");
  expect_same(actual.cosine, expected.cosine, 1e-7, what + ": cosine");
  expect_same(actual.pds_l2, expected.pds_l2, 1e-12, what + ": pds_l2");
  expect_same(actual.pds_cosine, expected.pds_cosine, 1e-12, what + ": pds_cosine");
}

// Of a training set, the rows of the same context as each row.
inline std::vector<std::vector<std::int64_t>> rows_of_same_context(
    const models::Training& training) {
  std::vector<std::vector<std::int64_t>> rows;
  for (const auto& condition : training.conditions) {
    rows.emplace_back();
    for (std::size_t j = 0; j < training.conditions.size(); ++j) {
      if (training.conditions[j].context == condition.context) {
        rows.back().push_back(static_cast<std::int64_t>(j));
      }
    }
  }
  return rows;
}

}  // namespace cupel::test
