#include "models/nearest_neighbours.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "linalg/products.hpp"
#include "models/entries.hpp"
#include "models/feature_smoother.hpp"
#include "models/kernels.hpp"

// The mean effect of the conditions nearest in features (A10).
namespace cupel::models {

Matrix<double> neighbour_distances(NeighbourMetric metric, MatrixView<const double> a,
                                   MatrixView<const double> b) {
  if (metric == NeighbourMetric::kEuclidean) {
    auto result = squared_distances(a, b);
    for (std::int64_t i = 0; i < result.view().size(); ++i) {
      result.view().data[i] = std::sqrt(result.view().data[i]);
    }
    return result;
  }
  if (metric == NeighbourMetric::kTanimoto) {
    auto result = kernel_matrix(Kernel::kTanimoto, a, b, 0.0);
    for (std::int64_t i = 0; i < result.view().size(); ++i) {
      result.view().data[i] = 1.0 - result.view().data[i];
    }
    return result;
  }
  const auto norms = [](MatrixView<const double> x) {
    std::vector<double> norm;
    for (std::int64_t i = 0; i < x.rows; ++i) {
      norm.push_back(std::sqrt(std::inner_product(x.row(i), x.row(i) + x.cols, x.row(i), 0.0)));
    }
    return norm;
  };
  auto result = multiply_transposed(a, b);
  const auto norm_a = norms(a);
  const auto norm_b = norms(b);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    for (std::int64_t j = 0; j < b.rows; ++j) {
      const double scale =
          norm_a[static_cast<std::size_t>(i)] * norm_b[static_cast<std::size_t>(j)];
      double& value = result.view()(i, j);
      value = scale > 0.0 ? 1.0 - value / scale : 1.0;
    }
  }
  return result;
}

void neighbour_weights(const double* distance, std::span<const std::int64_t> candidates,
                       const NeighbourChoices& choices, double* weights) {
  std::vector<std::int64_t> nearest(candidates.begin(), candidates.end());
  const auto kept = std::min<std::int64_t>(choices.k, std::ssize(nearest));
  std::ranges::partial_sort(nearest, nearest.begin() + kept, [&](std::int64_t a, std::int64_t b) {
    return distance[a] < distance[b] || (distance[a] == distance[b] && a < b);
  });
  nearest.resize(static_cast<std::size_t>(kept));
  if (nearest.empty()) return;
  const double least = distance[nearest.front()];
  const auto raw = [&](std::int64_t row) {
    switch (choices.weight) {
      case NeighbourWeight::kUniform:
        return 1.0;
      case NeighbourWeight::kInverse:
        return least > 0.0 ? 1.0 / distance[row] : (distance[row] == 0.0 ? 1.0 : 0.0);
      case NeighbourWeight::kSoftmax:
        return std::exp((least - distance[row]) / choices.tau);
    }
    return 1.0;
  };
  double total = 0.0;
  for (const auto row : nearest) total += raw(row);
  for (const auto row : nearest) weights[row] = raw(row) / total;
}

namespace {

class NearestNeighbours final : public FeatureSmoother {
 public:
  NearestNeighbours(const Training& training, const Settings& settings)
      : FeatureSmoother(training, settings),
        choices_{std::max<std::int64_t>(1, settings.whole("k")),
                 static_cast<NeighbourMetric>(
                     settings.one_of("metric", {"euclidean", "cosine", "tanimoto"})),
                 static_cast<NeighbourWeight>(
                     settings.one_of("weights", {"uniform", "inverse", "softmax"})),
                 settings.number("tau")},
        own_context_first_(settings.one_of("context", {"own-first", "any"}) == 0) {}

 protected:
  [[nodiscard]] Matrix<double> weights_of(MatrixView<const double> rows,
                                          std::span<const Condition> asked) const override {
    const auto distance = neighbour_distances(choices_.metric, rows, x());
    auto result = make_host_matrix<double>(rows.rows, x().rows);
    std::fill_n(result.view().data, result.view().size(), 0.0);
    std::vector<std::int64_t> all(static_cast<std::size_t>(x().rows));
    std::iota(all.begin(), all.end(), 0);
    for (std::int64_t i = 0; i < rows.rows; ++i) {
      std::vector<std::int64_t> own;
      if (own_context_first_) {
        std::ranges::copy_if(all, std::back_inserter(own), [&](std::int64_t row) {
          return condition(row).context == asked[static_cast<std::size_t>(i)].context;
        });
      }
      neighbour_weights(distance.view().row(i), own.empty() ? all : own, choices_,
                        result.view().row(i));
    }
    return result;
  }

 private:
  NeighbourChoices choices_;
  bool own_context_first_;
};

}  // namespace

ModelEntry nearest_neighbours_entry() {
  return {"nearest_neighbours",
          "the mean effect of the conditions nearest in features",
          {Rung::kFeatures, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          with_feature_settings(
              {{"k", "5", "neighbours"},
               {"metric", "euclidean", "euclidean, cosine or tanimoto"},
               {"weights", "uniform", "uniform, inverse (of the distance) or softmax"},
               {"tau", "1", "of softmax: exp(-distance / tau)"},
               {"context", "own-first", "neighbours in the context asked, if it has any; or any"}}),
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<NearestNeighbours>(training, settings);
          }};
}

}  // namespace cupel::models
