#include "models/elastic_net.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "cupel/error.hpp"
#include "cupel/multiversion.hpp"
#include "linalg/products.hpp"
#include "models/entries.hpp"
#include "models/feature_smoother.hpp"
#include "models/features.hpp"
#include "models/row_copies.hpp"
#include "parallel/parallel.hpp"

namespace cupel::models {
namespace {

constexpr std::int64_t kColumnsAtATime = 64;

std::vector<double> column_means(MatrixView<const double> x) {
  std::vector<double> mean(static_cast<std::size_t>(x.cols), 0.0);
  for (std::int64_t i = 0; i < x.rows; ++i) {
    for (std::int64_t k = 0; k < x.cols; ++k) mean[static_cast<std::size_t>(k)] += x(i, k);
  }
  for (double& value : mean) value /= static_cast<double>(x.rows);
  return mean;
}

CUPEL_MULTIVERSION void subtract(double* gradient, const double* products, double step,
                                 std::int64_t n) {
  for (std::int64_t k = 0; k < n; ++k) gradient[k] -= step * products[k];
}

double shrunk(double value, double threshold) {
  if (value > threshold) return value - threshold;
  if (value < -threshold) return value + threshold;
  return 0.0;
}

struct Problem {
  MatrixView<const double> products;  // XᵀX / n
  double l1, l2, tolerance;
  std::int64_t most_rounds;
};

// `gradient` starts as Xᵀy / n and is kept at Xᵀ(y - Xw) / n.
bool descend(const Problem& problem, double deviation, double* gradient, double* w) {
  const auto n = problem.products.cols;
  for (std::int64_t round = 0; round < problem.most_rounds; ++round) {
    double greatest = 0.0;
    for (std::int64_t k = 0; k < n; ++k) {
      const double own = problem.products(k, k);
      if (own <= 0.0) continue;
      const double next = shrunk(gradient[k] + own * w[k], problem.l1) / (own + problem.l2);
      const double step = next - w[k];
      if (step == 0.0) continue;
      w[k] = next;
      subtract(gradient, problem.products.row(k), step, n);
      greatest = std::max(greatest, std::abs(step) * std::sqrt(own));
    }
    if (greatest <= problem.tolerance * deviation) return true;
  }
  return false;
}

}  // namespace

double greatest_alpha(MatrixView<const double> x, MatrixView<const double> y, double ratio) {
  const auto cx = centred(x, column_means(x));
  const auto cy = centred(y, column_means(y));
  const auto products = transposed_multiply(cx.view(), cy.view());
  double greatest = 0.0;
  for (std::int64_t i = 0; i < products.view().size(); ++i) {
    greatest = std::max(greatest, std::abs(products.view().data[i]));
  }
  return greatest / (static_cast<double>(x.rows) * ratio);
}

ElasticNet fit_elastic_net(MatrixView<const double> x, MatrixView<const double> y, double alpha,
                           double ratio, double tolerance, std::int64_t most_rounds) {
  const auto mean_x = column_means(x);
  const auto mean_y = column_means(y);
  const auto cx = centred(x, mean_x);
  const auto cy = centred(y, mean_y);
  auto products = transposed_multiply(cx.view(), cx.view());
  const auto n = static_cast<double>(x.rows);
  for (std::int64_t i = 0; i < products.view().size(); ++i) products.view().data[i] /= n;
  auto gradients = transposed_multiply(cy.view(), cx.view());
  const Problem problem{products.view(), alpha * ratio, alpha * (1.0 - ratio), tolerance,
                        most_rounds};

  ElasticNet result;
  result.coefficients = make_host_matrix<double>(y.cols, x.cols);
  result.intercept.resize(static_cast<std::size_t>(y.cols));
  std::vector<double> deviation(static_cast<std::size_t>(y.cols), 0.0);
  for (std::int64_t i = 0; i < y.rows; ++i) {
    for (std::int64_t g = 0; g < y.cols; ++g) {
      deviation[static_cast<std::size_t>(g)] += cy.view()(i, g) * cy.view()(i, g) / n;
    }
  }
  std::atomic<std::int64_t> all_zero{0};
  std::atomic<std::int64_t> unfinished{0};
  for_each_chunk(y.cols, kColumnsAtATime, [&](std::int64_t begin, std::int64_t end) {
    for (auto g = begin; g < end; ++g) {
      double* w = result.coefficients.view().row(g);
      double* gradient = gradients.view().row(g);
      std::fill_n(w, x.cols, 0.0);
      for (std::int64_t k = 0; k < x.cols; ++k) gradient[k] /= n;
      if (!descend(problem, std::sqrt(deviation[static_cast<std::size_t>(g)]), gradient, w)) {
        ++unfinished;
      }
      double intercept = mean_y[static_cast<std::size_t>(g)];
      for (std::int64_t k = 0; k < x.cols; ++k) {
        intercept -= w[k] * mean_x[static_cast<std::size_t>(k)];
      }
      result.intercept[static_cast<std::size_t>(g)] = intercept;
      if (std::all_of(w, w + x.cols, [](double value) { return value == 0.0; })) ++all_zero;
    }
  });
  result.all_zero = all_zero;
  result.unfinished = unfinished;
  return result;
}

namespace {

class ElasticNetModel final : public Model {
 public:
  ElasticNetModel(const Training& training, const Settings& settings)
      : training_(&training),
        space_(training, settings.text("features"), feature_choices(settings)),
        fallback_(fallback_of(settings)) {
    const FeatureRows rows = space_.rows(training.conditions);
    std::vector<std::int64_t> known;
    for (std::size_t i = 0; i < rows.known.size(); ++i) {
      if (rows.known[i] != 0) known.push_back(static_cast<std::int64_t>(i));
    }
    if (known.empty()) throw Error(ErrorKind::kInput, "no training condition has features");
    auto x = make_host_matrix<double>(std::ssize(known), rows.values.cols());
    auto y = make_host_matrix<double>(std::ssize(known), training.delta.cols());
    for (std::size_t i = 0; i < known.size(); ++i) {
      const auto to = static_cast<std::int64_t>(i);
      std::copy_n(rows.values.view().row(known[i]), x.cols(), x.view().row(to));
      std::copy_n(training.delta.view().row(known[i]), y.cols(), y.view().row(to));
    }
    net_ =
        fit_elastic_net(x.view(), y.view(), settings.number("alpha"), settings.number("l1-ratio"));
    if (net_.unfinished > 0) {
      throw Error(ErrorKind::kInput,
                  fmt::format("model 'elastic_net': {} genes did not converge; a greater alpha "
                              "does",
                              net_.unfinished));
    }
  }

  [[nodiscard]] Prediction predict(std::span<const Condition> asked) const override {
    const FeatureRows rows = space_.rows(asked);
    const auto n = training_->delta.rows();
    // The fallback is a sum of training profiles, as that of every model on features.
    const std::vector<double> share(static_cast<std::size_t>(n), 1.0 / static_cast<double>(n));
    auto none = make_host_matrix<double>(std::ssize(asked), n);
    std::fill_n(none.view().data, none.view().size(), 0.0);
    const Weights fallback = with_fallback(std::move(none), rows.known, fallback_, share);
    const auto fallen = multiply(fallback.of_training.view(), training_->delta.view());
    Prediction prediction{multiply_transposed(rows.values.view(), net_.coefficients.view()),
                          fallback.rung};
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto at = static_cast<std::int64_t>(i);
      for (std::int64_t gene = 0; gene < prediction.delta.cols(); ++gene) {
        double& value = prediction.delta.view()(at, gene);
        value = rows.known[i] != 0 ? value + net_.intercept[static_cast<std::size_t>(gene)]
                                   : fallen.view()(at, gene);
      }
    }
    return prediction;
  }

 private:
  const Training* training_;
  FeatureSpace space_;
  Fallback fallback_;
  ElasticNet net_;
};

}  // namespace

ModelEntry elastic_net_entry() {
  return {"elastic_net",
          "linear regression with sparse coefficients, each gene by itself",
          {Rung::kFeatures, Rung::kGlobal, Rung::kNoChange, Rung::kNone},
          {kFeaturesSetting,
           kUnknownSetting,
           kMembersSetting,
           kStandardiseSetting,
           kFallbackSetting,
           {"alpha", "0.01", "the penalty"},
           {"l1-ratio", "0.5", "its share on absolute values; the rest is on squares"}},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<ElasticNetModel>(training, settings);
          }};
}

}  // namespace cupel::models
