#include "models/forest.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "cupel/error.hpp"
#include "linalg/products.hpp"
#include "models/centred_products.hpp"
#include "models/entries.hpp"
#include "models/feature_smoother.hpp"
#include "parallel/parallel.hpp"
#include "random/philox.hpp"

namespace cupel::models {
namespace {

constexpr std::int64_t kTreeRows = 16;

}  // namespace

Forest::Forest(MatrixView<const double> x, MatrixView<const double> products,
               const ForestChoices& choices)
    : n_(x.rows),
      trees_(static_cast<std::size_t>(choices.trees)),
      count_(static_cast<std::size_t>(choices.trees * x.rows), choices.bootstrap ? 0 : 1) {
  const auto sorted = sorted_rows(x);
  const auto centred = centred_products(products);
  TreeLimits limits;
  limits.min_leaf = choices.min_leaf;
  limits.features = std::max<std::int64_t>(
      1, static_cast<std::int64_t>(choices.features * static_cast<double>(x.cols)));
  for_each_chunk(choices.trees, 1, [&](std::int64_t tree, std::int64_t) {
    const auto number = static_cast<std::uint64_t>(tree);
    const std::span<std::int32_t> count(count_.data() + tree * n_, static_cast<std::size_t>(n_));
    if (choices.bootstrap) {
      PhiloxStream random(choices.seed, number, 0);
      for (std::int64_t i = 0; i < n_; ++i) ++count[random.below(static_cast<std::uint32_t>(n_))];
    }
    trees_[static_cast<std::size_t>(tree)] =
        grow_tree(x, sorted, centred.view(), count, limits, choices.seed, number);
  });
}

Matrix<double> Forest::weights(MatrixView<const double> x) const {
  auto result = make_host_matrix<double>(x.rows, n_);
  std::fill_n(result.view().data, result.view().size(), 0.0);
  for_each_chunk(x.rows, kTreeRows, [&](std::int64_t begin, std::int64_t end) {
    for (std::size_t tree = 0; tree < trees_.size(); ++tree) {
      const auto* count = count_.data() + static_cast<std::int64_t>(tree) * n_;
      for (auto i = begin; i < end; ++i) {
        const TreeNode& leaf = trees_[tree].leaf_of(x.row(i));
        double total = 0.0;
        for (auto k = leaf.begin; k < leaf.end; ++k) {
          total += count[trees_[tree].row[static_cast<std::size_t>(k)]];
        }
        const double each = 1.0 / (total * static_cast<double>(trees_.size()));
        for (auto k = leaf.begin; k < leaf.end; ++k) {
          const auto row = trees_[tree].row[static_cast<std::size_t>(k)];
          result.view()(i, row) += each * count[row];
        }
      }
    }
  });
  return result;
}

Matrix<double> Forest::out_of_bag_weights(MatrixView<const double> x) const {
  auto result = make_host_matrix<double>(n_, n_);
  std::fill_n(result.view().data, result.view().size(), 0.0);
  for_each_chunk(n_, kTreeRows, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      double used = 0.0;
      for (std::size_t tree = 0; tree < trees_.size(); ++tree) {
        const auto* count = count_.data() + static_cast<std::int64_t>(tree) * n_;
        if (count[i] > 0) continue;
        used += 1.0;
        const TreeNode& leaf = trees_[tree].leaf_of(x.row(i));
        double total = 0.0;
        for (auto k = leaf.begin; k < leaf.end; ++k) {
          total += count[trees_[tree].row[static_cast<std::size_t>(k)]];
        }
        for (auto k = leaf.begin; k < leaf.end; ++k) {
          const auto row = trees_[tree].row[static_cast<std::size_t>(k)];
          result.view()(i, row) += count[row] / total;
        }
      }
      for (std::int64_t k = 0; k < n_; ++k) {
        double& value = result.view()(i, k);
        value = used > 0.0 ? value / used : std::numeric_limits<double>::quiet_NaN();
      }
    }
  });
  return result;
}

namespace {

std::int64_t positive(const Settings& settings, std::string_view name) {
  const auto value = settings.whole(name);
  if (value < 1) {
    throw Error(ErrorKind::kUsage, std::string(name).append(" must be 1 or more"));
  }
  return value;
}

class RandomForest final : public FeatureSmoother {
 public:
  RandomForest(const Training& training, const Settings& settings)
      : FeatureSmoother(training, settings),
        forest_(x(), gram(fitted_delta().view()).view(),
                {positive(settings, "trees"), settings.number("max-features"),
                 positive(settings, "min-leaf"), settings.one_of("bootstrap", {"yes", "no"}) == 0,
                 static_cast<std::uint64_t>(settings.whole("seed"))}) {}

 protected:
  [[nodiscard]] Matrix<double> weights_of(MatrixView<const double> x,
                                          std::span<const Condition>) const override {
    return forest_.weights(x);
  }

 private:
  Forest forest_;
};

}  // namespace

ModelEntry random_forest_entry() {
  return {"random_forest",
          "a random forest that splits for all genes at once",
          {Rung::kFeatures, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          with_feature_settings({{"trees", "100", "trees"},
                                 {"max-features", "1", "share of features tried per split"},
                                 {"min-leaf", "1", "conditions in a leaf, at least"},
                                 {"bootstrap", "yes", "yes, or no: every tree sees all conditions"},
                                 {"seed", "42", "of the draws"}}),
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<RandomForest>(training, settings);
          }};
}

}  // namespace cupel::models
