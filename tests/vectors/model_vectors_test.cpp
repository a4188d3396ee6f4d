// Vectors B of both files: models that predict profiles.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "baselines/generic_response.hpp"
#include "linalg/products.hpp"
#include "models/bilinear.hpp"
#include "models/elastic_net.hpp"
#include "models/exact_shift.hpp"
#include "models/kernel_path.hpp"
#include "models/kernels.hpp"
#include "models/nearest_neighbours.hpp"
#include "models/silence_targets.hpp"
#include "models/training_case.hpp"
#include "models/tree.hpp"
#include "sweep/kernel_sweep.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;

struct ModelCase {
  explicit ModelCase(const Json& vector)
      : inputs(vector.at("inputs")), expected(vector.at("expected")), tolerance(vector.at("tol")) {}
  void expect(const std::vector<double>& actual, const Json& wanted) const {
    ASSERT_EQ(actual.size(), wanted.size());
    for (std::size_t i = 0; i < actual.size(); ++i) {
      expect_near(actual[i], wanted.at(i), tolerance, "item " + std::to_string(i));
    }
  }
  void expect(const std::vector<double>& actual, const char* name) const {
    expect(actual, expected.at(name));
  }
  void expect(const Matrix<double>& actual, const Json& wanted) const {
    ASSERT_EQ(static_cast<std::size_t>(actual.rows()), wanted.size());
    for (std::int64_t i = 0; i < actual.rows(); ++i) {
      expect(row_of(actual, i), wanted.at(static_cast<std::size_t>(i)));
    }
  }
  const Json& inputs;
  const Json& expected;
  const Json& tolerance;
};
ModelCase baseline(const char* id) { return ModelCase(baseline_vector(id)); }
ModelCase benchmark(const char* id) { return ModelCase(benchmark_vector(id)); }

std::vector<double> minus(std::vector<double> a, const std::vector<double>& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] -= b[i];
  return a;
}

const std::vector<double>& mean_of_cells(const ModelCase& c, const std::string& label,
                                         double& cells) {
  static std::vector<double> mean;
  mean.assign(c.inputs.at("cells").at(0).size(), 0.0);
  cells = 0.0;
  for (std::size_t i = 0; i < c.inputs.at("labels").size(); ++i) {
    if (c.inputs.at("labels").at(i) != label) continue;
    cells += 1.0;
    const auto cell = numbers(c.inputs.at("cells").at(i));
    for (std::size_t g = 0; g < mean.size(); ++g) mean[g] += cell[g];
  }
  for (double& value : mean) value /= cells;
  return mean;
}

// Conditions A and B of cells, in one context.
Training training_of_cells(const ModelCase& c) {
  double cells = 0.0;
  const auto control = mean_of_cells(c, "ctrl", cells);
  std::vector<Seen> seen;
  for (const auto* label : {"A", "B"}) {
    const auto delta = minus(mean_of_cells(c, label, cells), control);
    seen.push_back({make_condition("one", {label}), delta, cells});
  }
  return training_of(seen, {{"one", control}});
}

// The absolute profile predicted for one condition.
std::vector<double> predicted(const std::string& model, const Training& training,
                              const Condition& condition,
                              const std::map<std::string, std::string>& settings = {}) {
  const auto prediction = fit_model(model, training, settings)->predict({&condition, 1});
  return row_of(add_controls(prediction.delta.view(), {&condition, 1}, training), 0);
}

// X is in training once; nothing more is needed of it.
const Condition kUnseen = make_condition("one", {"unseen"});

TEST(BaselineB01, NoChangeIsTheControl) {
  const ModelCase c = baseline("B01");
  c.expect(predicted("no_change", training_of_cells(c), kUnseen), "pred");
}

TEST(BaselineB02, PerturbedMeanByCellsAndByConditions) {
  const ModelCase c = baseline("B02");
  const Training training = training_of_cells(c);
  c.expect(predicted("perturbed_mean", training, kUnseen, {{"weighting", "cells"}}),
           "cell_weighted");
  c.expect(predicted("perturbed_mean", training, kUnseen, {{"weighting", "conditions"}}),
           "condition_weighted");
}

TEST(BaselineB03, TheFirstBaselineAveragesTheControlToo) {
  const ModelCase c = baseline("B03");
  const Training training = training_of_cells(c);
  const auto absolute = add_controls(training.delta.view(), training.conditions, training);
  c.expect(v1_mean_profile(absolute.view(), training.control.view()),
           "mean_of_label_means_incl_control");
  c.expect(v1_mean_effect(absolute.view(), training.control.view()), "delta_mode");
}

// Contexts of B05 and B06.
Training training_of_contexts(const ModelCase& c) {
  std::vector<Seen> seen;
  std::map<std::string, std::vector<double>> controls;
  for (const auto& [context, profiles] : c.inputs.at("contexts").items()) {
    controls[context] = numbers(profiles.at("ctrl").at(0));
    for (const auto& [label, profile] : profiles.items()) {
      if (label == "ctrl") continue;
      seen.push_back({make_condition(context, {label}),
                      minus(numbers(profile.at(0)), controls[context]), profile.at(1)});
    }
  }
  return training_of(seen, controls);
}

TEST(BaselineB05, ContextMeanAndItsFallback) {
  const ModelCase c = baseline("B05");
  const Training training = training_of_contexts(c);
  c.expect(predicted("context_mean", training, make_condition("K", {"Z"})), "K");
  c.expect(predicted("context_mean", training, make_condition("R", {"Z"})), "R");
  const Condition elsewhere = make_condition("H", {"Z"});
  EXPECT_EQ(fit_model("context_mean", training)->predict({&elsewhere, 1}).rung.front(),
            Rung::kGlobal);
}

TEST(BaselineB06, PerturbationMeanAcrossContexts) {
  const ModelCase c = baseline("B06");
  const Training training = training_of_contexts(c);
  const Condition known = make_condition("H", {"A"});
  const Condition unknown = make_condition("H", {"Z"});
  const auto predict = [&](const Condition& asked, const char* weighting, const char* missing) {
    return predicted("perturbation_mean", training, asked,
                     {{"weighting", weighting}, {"missing", missing}});
  };
  c.expect(predict(known, "contexts", "zero"), "pred_H_A_context_equal");
  c.expect(predict(known, "cells", "zero"), "pred_H_A_cell_weighted");
  c.expect(predict(unknown, "contexts", "zero"), "pred_H_unseen_zero");
  c.expect(predict(unknown, "cells", "global"), "pred_H_unseen_global");
  const auto control = numbers(c.inputs.at("contexts").at("H").at("ctrl").at(0));
  c.expect(minus(predict(known, "contexts", "zero"), control), "delta_A_context_equal");
  c.expect(minus(predict(known, "cells", "zero"), control), "delta_A_cell_weighted");
  c.expect(minus(predict(unknown, "cells", "global"), control), "global_delta_cell_weighted");
}

// X, Y and whatever third condition makes the perturbed mean what the vector says it is.
Training pair_training(const ModelCase& c, const std::vector<double>& control, bool with_x,
                       bool with_y) {
  std::vector<Seen> seen;
  std::vector<double> rest = minus(numbers(c.inputs.at("perturbed_mean")), control);
  const auto wanted = rest;
  const auto add = [&](const char* name, const Json& profile) {
    const auto delta = minus(numbers(profile), control);
    for (std::size_t g = 0; g < rest.size(); ++g) rest[g] += wanted[g] - delta[g];
    seen.push_back({make_condition("one", {name}), delta});
  };
  if (with_x) add("X", c.inputs.at("mu_X"));
  if (with_y) add("Y", c.inputs.at("mu_Y"));
  seen.push_back({make_condition("one", {"rest"}), rest});
  return training_of(seen, {{"one", control}});
}

TEST(BaselineB07, MatchingMean) {
  const ModelCase c = baseline("B07");
  const std::vector<double> control(3, 1.0);
  const Condition pair = make_condition("one", {"X", "Y"});
  const auto predict = [&](bool x, bool y, const Condition& asked) {
    return predicted("matching_mean", pair_training(c, control, x, y), asked);
  };
  c.expect(predict(true, true, pair), "both_seen");
  c.expect(predict(true, false, pair), "only_X_seen");
  c.expect(predict(false, false, pair), "none_seen");
  c.expect(predict(false, false, make_condition("one", {"X"})), "single_X_unseen");
}

TEST(BaselineB08, Additive) {
  const ModelCase c = baseline("B08");
  const auto control = numbers(c.inputs.at("ctrl"));
  const Condition pair = make_condition("one", {"X", "Y"});
  c.expect(predicted("additive", pair_training(c, control, true, true), pair), "both");
  const auto half = pair_training(c, control, true, false);
  c.expect(predicted("additive", half, pair, {{"missing", "zero"}}), "missing_Y_zero");
  c.expect(predicted("additive", half, pair, {{"missing", "global"}}), "missing_Y_mean");
  auto clipped = predicted("additive", pair_training(c, control, true, true), pair);
  for (double& value : clipped) value = std::max(0.0, value);
  c.expect(clipped, "clipped_at_zero");
}

TEST(BaselineB09, ScaledAdditive) {
  const ModelCase c = baseline("B09");
  // The members of each pair: all of its sum, and nothing.
  std::vector<Seen> seen;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto id = std::to_string(i);
    const auto sum = numbers(c.inputs.at("S").at(i));
    seen.push_back({make_condition("one", {"a" + id}), sum});
    seen.push_back({make_condition("one", {"b" + id}), std::vector<double>(3, 0.0)});
    seen.push_back({make_condition("one", {"a" + id, "b" + id}), numbers(c.inputs.at("Y").at(i))});
  }
  const auto control = numbers(c.inputs.at("ctrl"));
  const Training training = training_of(seen, {{"one", control}});
  const double kappa = c.expected.at("kappa");
  for (std::size_t i = 0; i < 2; ++i) {
    const auto id = std::to_string(i);
    auto wanted = numbers(c.inputs.at("S").at(i));
    for (std::size_t g = 0; g < wanted.size(); ++g) wanted[g] = control[g] + kappa * wanted[g];
    c.expect(predicted("scaled_additive", training, make_condition("one", {"a" + id, "b" + id})),
             Json(wanted));
  }
}

Matrix<double> transposed(const Json& rows) {
  const auto from = matrix(rows);
  auto result = make_host_matrix<double>(from.cols(), from.rows());
  for (std::int64_t i = 0; i < from.rows(); ++i) {
    for (std::int64_t j = 0; j < from.cols(); ++j) result.view()(j, i) = from.view()(i, j);
  }
  return result;
}

TEST(BaselineB10, BilinearOfGivenEmbeddings) {
  const ModelCase c = baseline("B10");
  const auto genes = matrix(c.inputs.at("G"));
  const auto perturbations = transposed(c.inputs.at("P"));
  const auto y = transposed(c.inputs.at("Y_delta"));
  const auto fitted = solve_bilinear(genes.view(), perturbations.view(), y.view(),
                                     c.inputs.at("lambda_gene"), c.inputs.at("lambda_pert"));
  c.expect(fitted.centre, "center");
  c.expect(fitted.core, c.expected.at("K"));
  const auto asked = matrix(Json::array({c.inputs.at("p_new")}));
  c.expect(row_of(predict_bilinear(fitted, genes.view(), asked.view()), 0), "pred_delta_new");
  const auto fit = predict_bilinear(fitted, genes.view(), perturbations.view());
  c.expect(fit, Json([&] {
             Json rows = Json::array();
             const auto wanted = transposed(c.expected.at("pred_delta_train"));
             for (std::int64_t i = 0; i < wanted.rows(); ++i) rows.push_back(row_of(wanted, i));
             return rows;
           }()));
  c.expect(solve_bilinear(genes.view(), perturbations.view(), y.view(), 0.0, 0.0).core,
           c.expected.at("K_unpenalised"));
}

// Columns are the control and three perturbations of the genes they are named for.
Training bilinear_training(const ModelCase& c) {
  const auto profiles = transposed(c.inputs.at("X_pseudobulk"));
  const std::vector<std::string> names = c.inputs.at("conditions");
  std::vector<Seen> seen;
  for (std::int64_t i = 1; i < profiles.rows(); ++i) {
    seen.push_back({make_condition("one", {names[static_cast<std::size_t>(i)]}),
                    minus(row_of(profiles, i), row_of(profiles, 0))});
  }
  return training_of(seen, {{"one", row_of(profiles, 0)}}, c.inputs.at("genes"));
}

std::map<std::string, std::string> bilinear_settings(const ModelCase& c) {
  const auto penalty = c.inputs.at("lam").dump();
  return {
      {"k", c.inputs.at("k").dump()}, {"lambda-genes", penalty}, {"lambda-perturbations", penalty}};
}

TEST(BaselineB11, BilinearOfScores) {
  const ModelCase c = baseline("B11");
  const Training training = bilinear_training(c);
  const Condition asked = make_condition("one", {c.inputs.at("unseen").get<std::string>()});
  c.expect(predicted("bilinear_scores", training, asked, bilinear_settings(c)), "pred_unseen");
  const auto model = fit_model("bilinear_scores", training, bilinear_settings(c));
  c.expect(row_of(model->predict({&asked, 1}).delta, 0), "pred_delta_unseen");
}

TEST(BaselineB12, BilinearOfLoadings) {
  const ModelCase c = baseline("B12");
  const Condition asked = make_condition("one", {c.inputs.at("unseen").get<std::string>()});
  c.expect(predicted("bilinear_loadings", bilinear_training(c), asked, bilinear_settings(c)),
           "pred_unseen");
}

KernelPath path_of(const ModelCase& c, Intercept intercept = Intercept::kCentredKernel) {
  const auto x = matrix(c.inputs.at("X"));
  return KernelPath::of_features(
      x.view(), std::vector<double>(static_cast<std::size_t>(x.rows()), 1.0), intercept);
}

TEST(BaselineB13, RidgeAmongFeaturesAndAmongRows) {
  const ModelCase c = baseline("B13");
  const auto y = matrix(c.inputs.at("Y"));
  const auto asked = matrix(c.inputs.at("x_new"));
  const auto primal = path_of(c);
  c.expect(
      multiply(primal.weights(primal.coordinates(asked.view()).view(), c.inputs.at("lam")).view(),
               y.view()),
      c.expected.at("pred"));
  const auto x = matrix(c.inputs.at("X"));
  const auto dual = KernelPath::of_kernel(gram(x.view()).view(), std::vector<double>(4, 1.0),
                                          Intercept::kCentredKernel);
  const auto cross = multiply_transposed(asked.view(), x.view());
  c.expect(multiply(dual.weights(dual.coordinates(cross.view()).view(), c.inputs.at("lam")).view(),
                    y.view()),
           c.expected.at("pred"));
}

sweep::Truth truth_of(const ModelCase& c) {
  const auto y = matrix(c.inputs.at("Y"));
  return sweep::make_truth(y.view());
}

TEST(BaselineB04, LeavesTheConditionItselfOutOfTheMean) {
  const ModelCase c = baseline("B04");
  const auto y = matrix(c.inputs.at("condition_means"));
  const auto no_features = host(zeros(y.rows(), 0));
  const auto path = KernelPath::of_features(no_features.view(), std::vector<double>(4, 1.0),
                                            Intercept::kCentredKernel);
  const auto truth = sweep::make_truth(y.view());
  const sweep::KernelSweep swept(path, truth, sweep::each_row(y.rows()));
  c.expect(multiply(swept.weights(1.0).view(), y.view()), c.expected.at("loo_means"));
}

TEST(BaselineB14, LeavesOneOutInClosedForm) {
  const ModelCase c = baseline("B14");
  const auto path = path_of(c);
  const double penalty = c.inputs.at("lam");
  c.expect(path.hat_diagonal(penalty), "hat_diag");
  const auto truth = truth_of(c);
  const sweep::KernelSweep swept(path, truth, sweep::each_row(4));
  const auto y = matrix(c.inputs.at("Y"));
  auto residuals = multiply(swept.weights(penalty).view(), y.view());
  for (std::int64_t i = 0; i < y.view().size(); ++i) {
    residuals.view().data[i] = y.view().data[i] - residuals.view().data[i];
  }
  c.expect(residuals, c.expected.at("loo_residuals"));
  expect_near(mean_of(swept.scores(penalty)).mean.mse, c.expected.at("loo_mse"), c.tolerance,
              "mse");
}

TEST(BaselineB15, LeavesAGroupOutInClosedForm) {
  const ModelCase c = baseline("B15");
  const auto path = path_of(c);
  const auto truth = truth_of(c);
  const std::vector<std::int64_t> group = c.inputs.at("group");
  sweep::Groups groups{group};
  for (const auto row : sweep::all_but(group, 4)) groups.push_back({row});
  const sweep::KernelSweep swept(path, truth, groups);
  const auto y = matrix(c.inputs.at("Y"));
  const auto predicted = multiply(swept.weights(c.inputs.at("lam")).view(), y.view());
  for (std::size_t k = 0; k < group.size(); ++k) {
    c.expect(minus(row_of(y, group[k]), row_of(predicted, group[k])),
             c.expected.at("group_residuals").at(k));
  }
}

TEST(BaselineB16, SweepsEveryPenaltyOnOneEigenproblem) {
  const ModelCase c = baseline("B16");
  const auto path = path_of(c);
  const auto truth = truth_of(c);
  const sweep::KernelSweep swept(path, truth, sweep::each_row(4));
  for (const auto& [penalty, wanted] : c.expected.at("path").items()) {
    const double value = std::stod(penalty);
    const auto hat = path.hat_diagonal(value);
    expect_near(std::accumulate(hat.begin(), hat.end(), 0.0), wanted.at("df"), c.tolerance, "df");
    expect_near(mean_of(swept.scores(value)).mean.mse, wanted.at("loo_mse"), c.tolerance, "mse");
  }
}

TEST(BaselineB17, RidgeOnOneHotIsTwoWay) {
  const ModelCase c = baseline("B17");
  const auto z = matrix(c.inputs.at("Z"));
  const auto asked = matrix(Json::array({c.inputs.at("z_new")}));
  const auto path =
      KernelPath::of_features(z.view(), std::vector<double>(3, 1.0), Intercept::kCentredKernel);
  c.expect(multiply(path.weights(path.coordinates(asked.view()).view(), c.inputs.at("lam")).view(),
                    matrix(c.inputs.at("y")).view()),
           c.expected.at("pred"));
  // And by the model, whose features are made of the conditions' names.
  const auto seen = [](const char* perturbation, const char* context, double value) {
    return Seen{make_condition(context, {perturbation}), {value}};
  };
  const Training training =
      training_of({seen("A", "K", 3.0), seen("B", "K", 1.0), seen("A", "R", 4.0)},
                  {{"K", {0.0}}, {"R", {0.0}}});
  c.expect(predicted("ridge", training, make_condition("R", {"B"}),
                     {{"lambda", "1e-8"}, {"standardise", "no"}}),
           c.expected.at("limit").at(0));
}

TEST(BaselineB18, KernelRidgeWithEachIntercept) {
  const ModelCase c = baseline("B18");
  const auto x = matrix(c.inputs.at("X"));
  const auto asked = matrix(c.inputs.at("x_new"));
  const double gamma = c.inputs.at("gamma");
  const auto kernel = kernel_matrix(Kernel::kRbf, x.view(), x.view(), gamma);
  const auto cross = kernel_matrix(Kernel::kRbf, asked.view(), x.view(), gamma);
  const auto predict = [&](Intercept intercept) {
    const auto path = KernelPath::of_kernel(kernel.view(), std::vector<double>(4, 1.0), intercept);
    return row_of(
        multiply(path.weights(path.coordinates(cross.view()).view(), c.inputs.at("lam")).view(),
                 matrix(c.inputs.at("Y")).view()),
        0);
  };
  c.expect(predict(Intercept::kCentredKernel), "pred_centred_kernel");
  c.expect(predict(Intercept::kCentredTargets), "pred_y_centred");
  c.expect(predict(Intercept::kNone), "pred_no_intercept");
}

TEST(BaselineB19, TanimotoKernel) {
  const ModelCase c = baseline("B19");
  const auto bits = matrix(c.inputs.at("fps"));
  c.expect(kernel_matrix(Kernel::kTanimoto, bits.view(), bits.view(), 0.0), c.expected.at("T"));
}

TEST(BaselineB20, NearestNeighbours) {
  const ModelCase c = baseline("B20");
  const auto x = matrix(c.inputs.at("X"));
  const auto asked = matrix(Json::array({c.inputs.at("x_new")}));
  const auto distance = neighbour_distances(NeighbourMetric::kEuclidean, asked.view(), x.view());
  NeighbourChoices choices;
  choices.k = c.inputs.at("k");
  const std::vector<std::int64_t> all{0, 1, 2, 3};
  const auto predict = [&](NeighbourWeight weight) {
    choices.weight = weight;
    auto weights = host(zeros(1, 4));
    neighbour_weights(distance.view().row(0), all, choices, weights.view().row(0));
    for (std::int64_t row = 0; row < 4; ++row) {
      const auto& near = c.expected.at("neighbours");
      EXPECT_EQ(weights.view()(0, row) > 0.0, std::ranges::find(near, Json(row)) != near.end());
    }
    return multiply(weights.view(), matrix(c.inputs.at("Y")).view());
  };
  c.expect(predict(NeighbourWeight::kUniform), c.expected.at("uniform"));
  c.expect(predict(NeighbourWeight::kInverse), c.expected.at("inverse_distance"));
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t row = c.expected.at("neighbours").at(i);
    expect_near(distance.view()(0, row), c.expected.at("distances").at(i), c.tolerance, "distance");
  }
}

TEST(BaselineB21, ElasticNetOfOrthogonalColumns) {
  const ModelCase c = baseline("B21");
  const auto x = matrix(c.inputs.at("X"));
  Json column = Json::array();
  for (const Json& value : c.inputs.at("y")) column.push_back(Json::array({value}));
  const auto y = matrix(column);
  const double ratio = c.inputs.at("l1_ratio");
  const auto net = fit_elastic_net(x.view(), y.view(), c.inputs.at("alpha"), ratio);
  c.expect(row_of(net.coefficients, 0), "w");
  expect_near(net.intercept[0], c.expected.at("intercept"), c.tolerance, "intercept");
  EXPECT_EQ(net.all_zero, 0);
  const double greatest = greatest_alpha(x.view(), y.view(), ratio);
  expect_near(greatest, c.expected.at("alpha_that_zeroes_all"), c.tolerance, "alpha");
  EXPECT_EQ(fit_elastic_net(x.view(), y.view(), greatest, ratio).all_zero, 1);
  EXPECT_EQ(fit_elastic_net(x.view(), y.view(), 0.99 * greatest, ratio).all_zero, 0);
}

TEST(BaselineB22, StumpOfManyTargets) {
  const ModelCase c = baseline("B22");
  const auto x = matrix(c.inputs.at("X"));
  const auto y = matrix(c.inputs.at("Y"));
  TreeLimits limits;
  limits.depth = 1;
  const auto tree = grow_tree(x.view(), sorted_rows(x.view()), gram(y.view()).view(),
                              std::vector<std::int32_t>(4, 1), limits, 0, 0);
  ASSERT_EQ(tree.nodes.size(), 3U);
  EXPECT_EQ(tree.nodes[0].feature, c.expected.at("feature").get<int>());
  expect_near(tree.nodes[0].threshold, c.expected.at("threshold"), c.tolerance, "threshold");
  double sse = 0.0;
  const auto side = [&](std::int32_t node) {
    const auto& leaf = tree.nodes[static_cast<std::size_t>(node)];
    std::vector<double> mean(2, 0.0);
    const auto rows = std::span(tree.row).subspan(static_cast<std::size_t>(leaf.begin),
                                                  static_cast<std::size_t>(leaf.end - leaf.begin));
    for (const auto row : rows) {
      for (std::size_t g = 0; g < 2; ++g) {
        mean[g] += y.view()(row, static_cast<std::int64_t>(g)) / static_cast<double>(rows.size());
      }
    }
    for (const auto row : rows) {
      for (std::size_t g = 0; g < 2; ++g) {
        sse += std::pow(y.view()(row, static_cast<std::int64_t>(g)) - mean[g], 2);
      }
    }
    return mean;
  };
  c.expect(side(tree.nodes[0].left), "left_mean");
  c.expect(side(tree.nodes[0].right), "right_mean");
  expect_near(sse, c.expected.at("sse"), c.tolerance, "sse");
}

TEST(BaselineB23, LatentAdditive) {
  const ModelCase c = baseline("B23");
  const auto profiles = matrix(c.inputs.at("condition_means"));
  std::vector<Seen> seen;
  for (std::int64_t i = 1; i < profiles.rows(); ++i) {
    seen.push_back({make_condition("one", {c.inputs.at("order").at(static_cast<std::size_t>(i))}),
                    minus(row_of(profiles, i), row_of(profiles, 0))});
  }
  const Training training = training_of(seen, {{"one", row_of(profiles, 0)}});
  const Condition pair = make_condition("one", c.inputs.at("combo"));
  const auto k = c.inputs.at("k").dump();
  c.expect(predicted("latent_additive", training, pair, {{"k", k}}), "keep_residual");
  c.expect(predicted("latent_additive", training, pair, {{"k", k}, {"form", "decode-all"}}),
           "decode_all");
  for (const auto* form : {"keep-residual", "decode-all"}) {
    c.expect(predicted("latent_additive", training, pair, {{"k", "50"}, {"form", form}}),
             "k_full_equals_additive");
  }
}

TEST(BaselineB27, ExactShiftMakesUpForClipping) {
  const ModelCase c = baseline("B27");
  const auto cells = matrix(c.inputs.at("ctrl_cells"));
  const auto delta = numbers(c.inputs.at("delta"));
  // What is added without thought, and the mean that results.
  std::vector<double> naive(delta.size(), 0.0);
  std::vector<double> gene0;
  for (std::int64_t i = 0; i < cells.rows(); ++i) {
    gene0.push_back(cells.view()(i, 0));
    for (std::size_t g = 0; g < delta.size(); ++g) {
      const double cell = std::max(0.0, cells.view()(i, static_cast<std::int64_t>(g)) + delta[g]);
      naive[g] += cell / static_cast<double>(cells.rows());
      expect_near(cell, c.expected.at("cells").at(static_cast<std::size_t>(i)).at(g), c.tolerance,
                  "cell");
    }
  }
  c.expect(naive, "naive_mean");
  expect_near(exact_shift(gene0, c.inputs.at("gene0_target")), c.expected.at("gene0_exact_shift"),
              c.tolerance, "shift");
  // What is shifted exactly has the mean that was meant.
  const auto intended = numbers(c.expected.at("intended_mean"));
  const auto shifted = shifted_cells(cells.view(), intended);
  for (std::size_t g = 0; g < intended.size(); ++g) {
    double mean = 0.0;
    for (std::int64_t i = 0; i < cells.rows(); ++i) {
      mean += shifted.view()(i, static_cast<std::int64_t>(g)) / static_cast<double>(cells.rows());
    }
    EXPECT_NEAR(mean, intended[g], 1e-12);
  }
}

TEST(BenchmarkB01, AdditiveAndMatchingMeanOfAPair) {
  const ModelCase c = benchmark("B01");
  const auto control = numbers(c.inputs.at("control"));
  const Training training = training_of(
      {{make_condition("one", {"a"}), minus(numbers(c.inputs.at("single_a")), control)},
       {make_condition("one", {"b"}), minus(numbers(c.inputs.at("single_b")), control)}},
      {{"one", control}});
  const Condition pair = make_condition("one", {"a", "b"});
  c.expect(predicted("additive", training, pair), "additive");
  c.expect(predicted("matching_mean", training, pair), "matching_mean");
}

TEST(BenchmarkB02, SilencedTarget) {
  const ModelCase c = benchmark("B02");
  auto profile = matrix(Json::array({c.inputs.at("train_mean")}));
  std::vector<std::string> genes(4, "other");
  genes[c.inputs.at("target_gene").get<std::size_t>()] = "target";
  const std::vector<Condition> conditions{make_condition("one", {"target"})};
  silence_targets(profile.view(), conditions, genes);
  c.expect(row_of(profile, 0), c.expected);
}

TEST(BenchmarkB03, BilinearRidge) {
  const ModelCase c = benchmark("B03");
  const auto genes = matrix(c.inputs.at("G"));
  const auto perturbations = matrix(c.inputs.at("P"));  // conditions × components, as it is
  const auto y = transposed(c.inputs.at("Y_genes_by_perts"));
  const double penalty = benchmark_vector("B03").at("params").at("lam");
  const auto fitted =
      solve_bilinear(genes.view(), perturbations.view(), y.view(), penalty, penalty);
  c.expect(fitted.core, c.expected.at("W"));
  const auto fit = predict_bilinear(fitted, genes.view(), perturbations.view());
  for (std::int64_t gene = 0; gene < fit.cols(); ++gene) {
    for (std::int64_t i = 0; i < fit.rows(); ++i) {
      expect_near(fit.view()(i, gene),
                  c.expected.at("fitted")
                      .at(static_cast<std::size_t>(gene))
                      .at(static_cast<std::size_t>(i)),
                  c.tolerance, "fitted");
    }
  }
  const auto asked = matrix(Json::array({c.inputs.at("p_new")}));
  c.expect(row_of(predict_bilinear(fitted, genes.view(), asked.view()), 0), "prediction");
}

// Lines L1 and L2, asked in a third.
std::vector<double> mean_over_lines(const ModelCase& c, bool by_cells) {
  std::vector<Seen> seen;
  std::map<std::string, std::vector<double>> controls;
  controls["test"] = numbers(c.inputs.at("test_control"));
  for (const auto* line : {"L1", "L2"}) {
    controls[line] = std::vector<double>(2, 0.0);
    seen.push_back({make_condition(line, {"p"}), numbers(c.inputs.at("delta").at(line)),
                    by_cells ? c.inputs.at("n_cells").at(line).get<double>() : 7.0});
  }
  return predicted("perturbation_mean", training_of(seen, controls), make_condition("test", {"p"}),
                   {{"weighting", by_cells ? "cells" : "contexts"}});
}

TEST(BenchmarkB04, MeanOverLinesByCells) {
  const ModelCase c = benchmark("B04");
  c.expect(mean_over_lines(c, true), c.expected);
}

TEST(BenchmarkB05, MeanOverLines) {
  const ModelCase c = benchmark("B05");
  c.expect(mean_over_lines(c, false), c.expected);
}

}  // namespace
}  // namespace cupel::test
