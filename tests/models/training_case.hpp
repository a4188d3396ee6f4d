#pragma once
#include <gtest/gtest.h>

#include <cmath>

#include "models/model.hpp"
#include "quality/views.hpp"

namespace cupel::test {

inline Matrix<double> host(const Dense& dense) {
  auto result = make_host_matrix<double>(dense.rows, dense.cols);
  std::copy(dense.values.begin(), dense.values.end(), result.view().data);
  return result;
}
inline Dense dense_from(const Matrix<double>& matrix) {
  const auto from = matrix.view();
  return {from.rows, from.cols, {from.data, from.data + from.size()}};
}
inline std::vector<double> row_of(const Matrix<double>& matrix, std::int64_t row) {
  return {matrix.view().row(row), matrix.view().row(row) + matrix.cols()};
}

// A condition with its effect and its number of cells.
struct Seen {
  models::Condition condition;
  std::vector<double> delta;
  double cells = 1.0;
};

inline models::Training training_of(const std::vector<Seen>& seen,
                                    const std::map<std::string, std::vector<double>>& controls,
                                    std::vector<std::string> genes = {}) {
  models::Training training;
  std::vector<std::vector<double>> deltas;
  for (const Seen& one : seen) {
    training.conditions.push_back(one.condition);
    training.weight.push_back(one.cells);
    deltas.push_back(one.delta);
  }
  training.delta = host(dense_of(deltas));
  std::vector<std::vector<double>> profiles;
  for (const auto& [context, profile] : controls) {
    training.contexts.push_back(context);
    profiles.push_back(profile);
  }
  training.control = host(dense_of(profiles));
  training.genes = std::move(genes);
  return training;
}

// Three contexts, `singles` perturbations named as genes, of which some are missing in some
// contexts, a few combinations, and a table "go" of features of 12 columns.
inline models::Training made_training(std::uint64_t seed, std::int64_t singles = 12,
                                      std::int64_t genes = 40) {
  const Dense effects = random_matrix(singles, genes, seed);
  const Dense noise = random_matrix(3 * singles + 8, genes, seed + 1);
  const Dense controls = random_matrix(3, genes, seed + 2);
  std::vector<Seen> seen;
  const auto noisy = [&](std::vector<double> delta) {
    for (std::size_t g = 0; g < delta.size(); ++g) {
      delta[g] += 0.2 * noise(std::ssize(seen), static_cast<std::int64_t>(g));
    }
    return delta;
  };
  const auto name = [](std::int64_t p) { return "G" + std::to_string(p); };
  for (std::int64_t c = 0; c < 3; ++c) {
    for (std::int64_t p = 0; p < singles; ++p) {
      if ((p + c) % 4 == 3) continue;
      seen.push_back({models::make_condition("C" + std::to_string(c), {name(p)}),
                      noisy(row(effects, p)), 20.0 + static_cast<double>(3 * p + c)});
    }
  }
  for (std::int64_t p = 0; p + 1 < 7; ++p) {
    std::vector<double> sum = row(effects, p);
    for (std::size_t g = 0; g < sum.size(); ++g) {
      sum[g] = 0.8 * (sum[g] + effects(p + 1, static_cast<std::int64_t>(g)));
    }
    seen.push_back({models::make_condition("C0", {name(p), name(p + 1)}), noisy(sum), 15.0});
  }
  std::map<std::string, std::vector<double>> profiles;
  for (std::int64_t c = 0; c < 3; ++c) {
    auto profile = row(controls, c);
    for (double& value : profile) value = 3.0 + std::abs(value);
    profiles["C" + std::to_string(c)] = profile;
  }
  std::vector<std::string> gene_names;
  for (std::int64_t g = 0; g < genes; ++g) gene_names.push_back(name(g));
  auto training = training_of(seen, profiles, gene_names);
  models::FeatureTable table;
  table.values = host(random_matrix(singles + 2, 12, seed + 3));
  for (std::int64_t p = 0; p < singles + 2; ++p) table.row.emplace(name(p), p);
  training.tables.emplace("go", std::move(table));
  return training;
}

// Conditions of every kind: seen, in another context, composed, half known, unknown, the control.
inline std::vector<models::Condition> asked_conditions() {
  return {models::make_condition("C0", {"G0"}),       models::make_condition("C0", {"G3"}),
          models::make_condition("C1", {"G0", "G5"}), models::make_condition("C2", {"G1", "G30"}),
          models::make_condition("C2", {"G30"}),      models::make_condition("C1", {"unheard"}),
          models::make_condition("C1", {"G13"})};
}

inline void expect_rows(const Matrix<double>& actual, const Dense& expected, double tolerance) {
  ASSERT_EQ(actual.rows(), expected.rows);
  ASSERT_EQ(actual.cols(), expected.cols);
  for (std::int64_t i = 0; i < expected.rows; ++i) {
    for (std::int64_t j = 0; j < expected.cols; ++j) {
      ASSERT_NEAR(actual.view()(i, j), expected(i, j), tolerance) << "row " << i << " col " << j;
    }
  }
}

}  // namespace cupel::test
