// Trees that split on products of targets, against searches from the definition.
#include <algorithm>
#include <numeric>
#include <set>

#include "linalg/products.hpp"
#include "models/boosting.hpp"
#include "models/forest.hpp"
#include "models/training_case.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;

// The summed squared error of rows around their weighted mean, over all targets.
double slow_sse(const Dense& y, const std::vector<std::int32_t>& rows,
                const std::vector<std::int32_t>& count) {
  double sse = 0.0;
  for (std::int64_t g = 0; g < y.cols; ++g) {
    double sum = 0.0;
    double n = 0.0;
    for (const auto row : rows) {
      sum += count[static_cast<std::size_t>(row)] * y(row, g);
      n += count[static_cast<std::size_t>(row)];
    }
    for (const auto row : rows) {
      sse += count[static_cast<std::size_t>(row)] * (y(row, g) - sum / n) * (y(row, g) - sum / n);
    }
  }
  return sse;
}

// Checks that no other split of a node has a smaller error than the tree's, and walks on.
void check_node(const Tree& tree, std::int32_t at, const std::vector<std::int32_t>& rows,
                const Dense& x, const Dense& y, const std::vector<std::int32_t>& count) {
  const TreeNode& node = tree.nodes[static_cast<std::size_t>(at)];
  if (node.feature < 0) {
    EXPECT_EQ(std::vector<std::int32_t>(tree.row.begin() + node.begin, tree.row.begin() + node.end),
              rows);
    return;
  }
  const auto error = [&](std::int64_t feature, double threshold) {
    std::vector<std::int32_t> left;
    std::vector<std::int32_t> right;
    for (const auto row : rows) (x(row, feature) <= threshold ? left : right).push_back(row);
    return std::pair{left, right};
  };
  const auto [left, right] = error(node.feature, node.threshold);
  ASSERT_FALSE(left.empty());
  ASSERT_FALSE(right.empty());
  const double chosen = slow_sse(y, left, count) + slow_sse(y, right, count);
  for (std::int64_t feature = 0; feature < x.cols; ++feature) {
    for (const auto row : rows) {
      const auto [a, b] = error(feature, x(row, feature));
      if (b.empty()) continue;
      EXPECT_GE(slow_sse(y, a, count) + slow_sse(y, b, count), chosen - 1e-9);
    }
  }
  check_node(tree, node.left, left, x, y, count);
  check_node(tree, node.right, right, x, y, count);
}

Dense rounded_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  Dense x = random_matrix(rows, cols, seed);
  for (double& value : x.values) value = std::round(2.0 * value);
  return x;
}

TEST(Tree, SplitsWhereTheErrorFallsMost) {
  // More rows than a block of running sums holds would be slow here; Tree.WalksOverBlocks has them.
  for (const std::uint64_t seed : {1U, 2U, 3U}) {
    const Dense x = rounded_matrix(24, 5, seed);  // with equal values
    const Dense y = random_matrix(24, 9, seed + 10);
    std::vector<std::int32_t> count(24, 1);
    if (seed > 1) {
      for (std::size_t i = 0; i < count.size(); ++i) count[i] = static_cast<std::int32_t>(i % 4);
    }
    std::vector<std::int32_t> rows;
    for (std::int32_t i = 0; i < 24; ++i) {
      if (count[static_cast<std::size_t>(i)] > 0) rows.push_back(i);
    }
    const auto tree =
        grow_tree(view(x), sorted_rows(view(x)), gram(view(y)).view(), count, {}, 0, 0);
    check_node(tree, 0, rows, x, y, count);
  }
}

TEST(Tree, WalksOverBlocks) {
  const Dense x = random_matrix(300, 3, 4);  // 128 products at a time
  const Dense y = random_matrix(300, 2, 5);
  const std::vector<std::int32_t> count(300, 1);
  TreeLimits limits;
  limits.depth = 1;
  const auto tree =
      grow_tree(view(x), sorted_rows(view(x)), gram(view(y)).view(), count, limits, 0, 0);
  std::vector<std::int32_t> rows(300);
  std::iota(rows.begin(), rows.end(), 0);
  ASSERT_EQ(tree.nodes.size(), 3U);
  check_node(tree, 0, rows, x, y, count);
}

TEST(Tree, OfFullDepthReturnsItsTraining) {
  const Dense x = random_matrix(40, 4, 6);
  const Dense y = random_matrix(40, 3, 7);
  const auto tree = grow_tree(view(x), sorted_rows(view(x)), gram(view(y)).view(),
                              std::vector<std::int32_t>(40, 1), {}, 0, 0);
  for (std::int64_t i = 0; i < 40; ++i) {
    const auto& leaf = tree.leaf_of(x.values.data() + i * 4);
    ASSERT_EQ(leaf.end - leaf.begin, 1);
    EXPECT_EQ(tree.row[static_cast<std::size_t>(leaf.begin)], i);
  }
}

TEST(Tree, KeepsItsLimits) {
  const Dense x = random_matrix(64, 4, 8);
  const Dense y = random_matrix(64, 3, 9);
  TreeLimits limits;
  limits.min_leaf = 5;
  const auto products = gram(view(y));
  const std::vector<std::int32_t> count(64, 1);
  for (const auto& node :
       grow_tree(view(x), sorted_rows(view(x)), products.view(), count, limits, 0, 0).nodes) {
    if (node.feature < 0) {
      EXPECT_GE(node.end - node.begin, 5);
    }
  }
  limits = {};
  limits.depth = 2;
  EXPECT_EQ(
      grow_tree(view(x), sorted_rows(view(x)), products.view(), count, limits, 0, 0).nodes.size(),
      7U);
}

TEST(Tree, LeavesEqualRowsAndEqualTargetsTogether) {
  const Dense same_x = zeros(6, 2);
  const Dense y = random_matrix(6, 2, 10);
  EXPECT_EQ(grow_tree(view(same_x), sorted_rows(view(same_x)), gram(view(y)).view(),
                      std::vector<std::int32_t>(6, 1), {}, 0, 0)
                .nodes.size(),
            1U);
  const Dense x = random_matrix(6, 2, 11);
  Dense same_y = zeros(6, 2);
  for (double& value : same_y.values) value = 3.0;
  EXPECT_EQ(grow_tree(view(x), sorted_rows(view(x)), gram(view(same_y)).view(),
                      std::vector<std::int32_t>(6, 1), {}, 0, 0)
                .nodes.size(),
            1U);
}

TEST(Tree, DrawsOtherFeaturesWhileNoneCanSplit) {
  Dense x = zeros(8, 6);  // only the last feature varies
  for (std::int64_t i = 0; i < 8; ++i) x(i, 5) = static_cast<double>(i);
  const Dense y = random_matrix(8, 2, 12);
  TreeLimits limits;
  limits.features = 1;
  for (std::uint64_t tree = 0; tree < 5; ++tree) {
    EXPECT_GT(grow_tree(view(x), sorted_rows(view(x)), gram(view(y)).view(),
                        std::vector<std::int32_t>(8, 1), limits, 3, tree)
                  .nodes.size(),
              1U);
  }
}

TEST(Forest, LearnsAStep) {
  const Dense x = random_matrix(200, 3, 13);
  Dense y = zeros(200, 2);
  for (std::int64_t i = 0; i < 200; ++i) {
    y(i, 0) = x(i, 0) > 0.2 ? 5.0 : -5.0;
    y(i, 1) = x(i, 1) > -0.3 ? 1.0 : 0.0;
  }
  const Forest forest(view(x), gram(view(y)).view(), {});
  const Dense asked = random_matrix(100, 3, 14);
  const auto predicted = multiply(forest.weights(view(asked)).view(), view(y));
  double error = 0.0;
  double total = 0.0;
  for (std::int64_t i = 0; i < 100; ++i) {
    const double truth = asked(i, 0) > 0.2 ? 5.0 : -5.0;
    error += std::pow(predicted.view()(i, 0) - truth, 2);
    total += truth * truth;
  }
  EXPECT_LT(error, 0.05 * total);
}

TEST(Forest, WeighsByLeavesAndSumsToOne) {
  const Dense x = random_matrix(30, 3, 15);
  const Dense y = random_matrix(30, 2, 16);
  ForestChoices choices;
  choices.trees = 40;
  const Forest forest(view(x), gram(view(y)).view(), choices);
  const auto weights = forest.weights(view(random_matrix(7, 3, 17)));
  const auto out_of_bag = forest.out_of_bag_weights(view(x));
  for (std::int64_t i = 0; i < 7; ++i) {
    const auto row = row_of(weights, i);
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1.0, 1e-12);
  }
  for (std::int64_t i = 0; i < 30; ++i) {
    const auto row = row_of(out_of_bag, i);
    EXPECT_NEAR(std::accumulate(row.begin(), row.end(), 0.0), 1.0, 1e-12);
    EXPECT_EQ(row[static_cast<std::size_t>(i)], 0.0) << "a row was used to predict itself";
  }
  choices.seed = 43;
  const Forest other(view(x), gram(view(y)).view(), choices);
  EXPECT_NE(dense_from(other.out_of_bag_weights(view(x))).values, dense_from(out_of_bag).values);
}

TEST(Forest, OfAllRowsAndOneTreeIsThatTree) {
  const Dense x = random_matrix(20, 3, 18);
  const Dense y = random_matrix(20, 2, 19);
  ForestChoices choices;
  choices.trees = 3;
  choices.bootstrap = false;
  const Forest forest(view(x), gram(view(y)).view(), choices);
  expect_rows(multiply(forest.weights(view(x)).view(), view(y)), y, 1e-12);
}

// Boosting as it is written down, on the targets themselves.
TEST(Boosting, AddsUpTreesOfResiduals) {
  const Dense x = random_matrix(25, 3, 20);
  const Dense y = random_matrix(25, 4, 21);
  const Dense asked = random_matrix(6, 3, 22);
  BoostingChoices choices;
  choices.rounds = 8;
  choices.depth = 2;
  choices.rate = 0.3;
  choices.components = 25;  // all there are
  const Boosting boosting(view(x), gram(view(y)).view(), choices);

  Dense fitted = zeros(25, 4);
  Dense predicted = zeros(6, 4);
  for (std::int64_t g = 0; g < 4; ++g) {
    double mean = 0.0;
    for (std::int64_t i = 0; i < 25; ++i) mean += y(i, g) / 25.0;
    for (std::int64_t i = 0; i < 25; ++i) fitted(i, g) = mean;
    for (std::int64_t i = 0; i < 6; ++i) predicted(i, g) = mean;
  }
  TreeLimits limits;
  limits.depth = 2;
  for (int round = 0; round < 8; ++round) {
    Dense residual = y;
    for (std::size_t i = 0; i < residual.values.size(); ++i) residual.values[i] -= fitted.values[i];
    const auto tree = grow_tree(view(x), sorted_rows(view(x)), gram(view(residual)).view(),
                                std::vector<std::int32_t>(25, 1), limits, 0, 0);
    const auto step = [&](const double* features, std::int64_t g) {
      const TreeNode& leaf = tree.leaf_of(features);
      double mean = 0.0;
      for (auto k = leaf.begin; k < leaf.end; ++k) {
        mean += residual(tree.row[static_cast<std::size_t>(k)], g);
      }
      return 0.3 * mean / static_cast<double>(leaf.end - leaf.begin);
    };
    for (std::int64_t g = 0; g < 4; ++g) {
      for (std::int64_t i = 0; i < 25; ++i) fitted(i, g) += step(x.values.data() + 3 * i, g);
      for (std::int64_t i = 0; i < 6; ++i) predicted(i, g) += step(asked.values.data() + 3 * i, g);
    }
  }
  expect_rows(multiply(boosting.weights(view(asked)).view(), view(y)), predicted, 1e-9);
}

}  // namespace
}  // namespace cupel::test
