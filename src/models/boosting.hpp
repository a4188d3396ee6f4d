#pragma once
#include "models/tree.hpp"

namespace cupel::models {

struct BoostingChoices {
  std::int64_t rounds = 100;
  std::int64_t depth = 3;
  double rate = 0.1;
  std::int64_t components = 25;  // leading components of the targets that splits look at
  std::int64_t min_leaf = 1;
};

// Least-squares boosting of trees for many targets at once. Splits are searched on the leading
// components of the targets; leaves average the residuals of all of them, so that predictions are
// weighted sums of training rows' targets whatever the splits were searched on.
class Boosting {
 public:
  Boosting(MatrixView<const double> x, MatrixView<const double> products,
           const BoostingChoices& choices);
  // asked × n; rows sum to 1.
  [[nodiscard]] Matrix<double> weights(MatrixView<const double> x) const;

 private:
  struct Round {
    Tree tree;
    std::vector<std::int32_t> leaf_number;  // per node
    Matrix<double> step;                    // leaves × n: rate · mean of (e_i - weights_i)
  };
  std::int64_t n_ = 0;
  std::vector<Round> rounds_;
};

}  // namespace cupel::models
