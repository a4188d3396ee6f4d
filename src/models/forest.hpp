#pragma once
#include "models/tree.hpp"

namespace cupel::models {

struct ForestChoices {
  std::int64_t trees = 100;
  double features = 1.0;  // share of features tried per split
  std::int64_t min_leaf = 1;
  bool bootstrap = true;  // as many rows as there are, drawn with replacement
  std::uint64_t seed = 42;
};

// A random forest whose predictions are weighted sums of training rows' targets.
class Forest {
 public:
  // `products` of the targets: n × n.
  Forest(MatrixView<const double> x, MatrixView<const double> products,
         const ForestChoices& choices);

  // asked × n; rows sum to 1.
  [[nodiscard]] Matrix<double> weights(MatrixView<const double> x) const;
  // Of the training rows themselves, from the trees that did not draw them; NaN without such trees.
  [[nodiscard]] Matrix<double> out_of_bag_weights(MatrixView<const double> x) const;

 private:
  std::int64_t n_ = 0;
  std::vector<Tree> trees_;
  std::vector<std::int32_t> count_;  // trees × n: how often each tree drew each row
};

}  // namespace cupel::models
