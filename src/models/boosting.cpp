#include "models/boosting.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/error.hpp"
#include "linalg/products.hpp"
#include "linalg/symmetric_eigen.hpp"
#include "models/centred_products.hpp"
#include "models/entries.hpp"
#include "models/feature_smoother.hpp"
#include "parallel/parallel.hpp"

namespace cupel::models {
namespace {

constexpr std::int64_t kRowsPerRound = 16;
constexpr double kTargetTolerance = 1e-13;

// U·S of the centred targets.
Matrix<double> leading_components(MatrixView<const double> products, std::int64_t k) {
  auto eigen = first_pairs(
      leading_part(symmetric_eigen(centred_products(products).view()), kTargetTolerance), k);
  for (std::int64_t i = 0; i < eigen.vectors.rows(); ++i) {
    for (std::int64_t c = 0; c < eigen.vectors.cols(); ++c) {
      eigen.vectors.view()(i, c) *= std::sqrt(eigen.values[static_cast<std::size_t>(c)]);
    }
  }
  return std::move(eigen.vectors);
}

}  // namespace

Boosting::Boosting(MatrixView<const double> x, MatrixView<const double> products,
                   const BoostingChoices& choices)
    : n_(x.rows) {
  const auto sorted = sorted_rows(x);
  auto residual = leading_components(products, choices.components);
  auto fitted = make_host_matrix<double>(n_, n_);  // weights of the training rows so far
  std::fill_n(fitted.view().data, fitted.view().size(), 1.0 / static_cast<double>(n_));
  const std::vector<std::int32_t> count(static_cast<std::size_t>(n_), 1);
  TreeLimits limits;
  limits.depth = choices.depth;
  limits.min_leaf = choices.min_leaf;
  limits.parallel = true;
  for (std::int64_t number = 0; number < choices.rounds; ++number) {
    Round round;
    round.tree = grow_tree(x, sorted, gram(residual.view()).view(), count, limits, 0, 0);
    round.leaf_number.assign(round.tree.nodes.size(), -1);
    std::vector<const TreeNode*> leaves;
    for (std::size_t i = 0; i < round.tree.nodes.size(); ++i) {
      if (round.tree.nodes[i].feature >= 0) continue;
      round.leaf_number[i] = static_cast<std::int32_t>(leaves.size());
      leaves.push_back(&round.tree.nodes[i]);
    }
    round.step = make_host_matrix<double>(std::ssize(leaves), n_);
    const auto rank = residual.cols();
    for_each_chunk(std::ssize(leaves), 1, [&](std::int64_t leaf, std::int64_t) {
      const TreeNode& node = *leaves[static_cast<std::size_t>(leaf)];
      const std::span<const std::int32_t> rows(round.tree.row.data() + node.begin,
                                               static_cast<std::size_t>(node.end - node.begin));
      const double each = choices.rate / static_cast<double>(rows.size());
      double* step = round.step.view().row(leaf);
      std::fill_n(step, n_, 0.0);
      std::vector<double> mean(static_cast<std::size_t>(rank), 0.0);
      for (const auto row : rows) {
        const double* weight = fitted.view().row(row);
        for (std::int64_t k = 0; k < n_; ++k) step[k] -= each * weight[k];
        step[row] += each;
        for (std::int64_t c = 0; c < rank; ++c) {
          mean[static_cast<std::size_t>(c)] += each * residual.view()(row, c);
        }
      }
      for (const auto row : rows) {
        double* weight = fitted.view().row(row);
        for (std::int64_t k = 0; k < n_; ++k) weight[k] += step[k];
        for (std::int64_t c = 0; c < rank; ++c) {
          residual.view()(row, c) -= mean[static_cast<std::size_t>(c)];
        }
      }
    });
    const bool grew = leaves.size() > 1;
    rounds_.push_back(std::move(round));
    if (!grew) break;  // nothing is left that a split could explain
  }
}

Matrix<double> Boosting::weights(MatrixView<const double> x) const {
  auto result = make_host_matrix<double>(x.rows, n_);
  std::fill_n(result.view().data, result.view().size(), 1.0 / static_cast<double>(n_));
  for_each_chunk(x.rows, kRowsPerRound, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      double* row = result.view().row(i);
      for (const Round& round : rounds_) {
        const auto node = &round.tree.leaf_of(x.row(i)) - round.tree.nodes.data();
        const double* step =
            round.step.view().row(round.leaf_number[static_cast<std::size_t>(node)]);
        for (std::int64_t k = 0; k < n_; ++k) row[k] += step[k];
      }
    }
  });
  return result;
}

namespace {

class GradientBoosting final : public FeatureSmoother {
 public:
  GradientBoosting(const Training& training, const Settings& settings)
      : FeatureSmoother(training, settings),
        boosting_(x(), gram(fitted_delta().view()).view(),
                  {settings.whole("rounds"), settings.whole("depth"), settings.number("rate"),
                   settings.whole("components"),
                   std::max<std::int64_t>(1, settings.whole("min-leaf"))}) {}

 protected:
  [[nodiscard]] Matrix<double> weights_of(MatrixView<const double> x,
                                          std::span<const Condition>) const override {
    return boosting_.weights(x);
  }

 private:
  Boosting boosting_;
};

}  // namespace

ModelEntry gradient_boosting_entry() {
  return {"gradient_boosting",
          "boosted trees that split for leading components of all genes at once",
          {Rung::kFeatures, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          with_feature_settings({{"rounds", "100", "trees, one after another"},
                                 {"depth", "3", "splits between a tree's root and its leaves"},
                                 {"rate", "0.1", "the share of each tree that is kept"},
                                 {"components", "25", "of the effects, that splits look at"},
                                 {"min-leaf", "1", "conditions in a leaf, at least"}}),
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<GradientBoosting>(training, settings);
          }};
}

}  // namespace cupel::models
