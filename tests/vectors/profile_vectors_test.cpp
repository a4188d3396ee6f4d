// Vectors N04 and E01 to E11: expression profiles, as the metrics read them.
#include <cmath>

#include "stats/aggregate.hpp"
#include "stats/energy_distance.hpp"
#include "support/backend_test.hpp"
#include "support/profile_case.hpp"
#include "support/test_device.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

Dense dense(const Json& rows) {
  Dense result{
      static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows.at(0).size()), {}};
  for (const Json& row : rows) {
    for (const double value : numbers(row)) result.values.push_back(value);
  }
  return result;
}

// The five genes and three perturbations that E01, E03, E08 and E09 share; the control is last.
ProfileCase::Input screen(const Json& inputs) {
  ProfileCase::Input input;
  Json real = inputs.at("real_bulk");
  Json pred = inputs.at("pred_bulk");
  input.real_control = dense(Json::array({real.back()}));
  real.erase(real.size() - 1);
  pred.erase(pred.size() - 1);
  input.real = dense(real);
  input.pred = dense(pred);
  input.perturbations = {"A", "B", "C"};
  input.own_gene = {3, 4, -1};
  return input;
}

Dense pred_control(const Json& inputs) {
  return dense(Json::array({inputs.at("pred_bulk").back()}));
}

void expect_scores(const std::vector<Score>& scores, const Json& expected, const Json& tolerance,
                   const std::string& what) {
  const std::vector<std::string> names{"A", "B", "C"};
  ASSERT_EQ(scores.size(), expected.size()) << what;
  for (std::size_t p = 0; p < scores.size(); ++p) {
    expect_near(scores[p].value, expected.at(names[p]), tolerance, what + " of " + names[p]);
  }
}

TEST(VectorN04, MassRatioIsOneByConstructionAndZeroWithoutCounts) {
  const Json& v = vector("N04");
  const auto backend = make_test_backend();
  for (const char* space : {"bulk_lognorm", "lognorm"}) {
    ProfileCase::Input input;
    input.perturbations = {"p1", "p2"};
    if (std::string(space) == "bulk_lognorm") {
      input.bulk_total = v.at("inputs").at("bulk_target_sum");
      input.real = dense(vector("N03").at("expected").at("bulk"));  // the same counts
    } else {
      // Mean over each group's two cells of log1p(count · target / total); p2 has no count.
      input.bulk_total = v.at("inputs").at("target_sum");
      input.real = zeros(2, 3);
      for (const std::size_t cell : {0U, 1U}) {
        const auto counts = numbers(v.at("inputs").at("counts").at(cell));
        const double total = counts[0] + counts[1] + counts[2];
        for (std::size_t g = 0; g < 3; ++g) {
          input.real.values[g] += std::log1p(counts[g] / (total / input.bulk_total)) / 2.0;
        }
      }
    }
    input.pred = input.real;
    input.real_control = zeros(1, 3);
    const ProfileCase profiles(*backend, input);
    const auto scores = profiles.scores("expr_real_mass_ratio");
    const Json& expected = v.at("expected").at(space);
    expect_near(scores[0].value, expected.at("p1"), v.at("tol"), space);
    expect_near(scores[1].value, expected.at("p2"), v.at("tol"), space);
  }
}

TEST(VectorE01, ErrorsOfProfilesAndEffectsForBothControls) {
  const Json& v = vector("E01");
  const auto backend = make_test_backend();
  auto input = screen(v.at("inputs"));
  const ProfileCase real_control(*backend, input);
  input.pred_control = pred_control(v.at("inputs"));
  const ProfileCase own_control(*backend, input);
  for (const auto& [name, expected] : v.at("expected").items()) {
    const auto metric = name.substr(0, name.find('['));
    const auto& profiles = name.ends_with("[pred]") ? own_control : real_control;
    expect_scores(profiles.scores(metric), expected, v.at("tol"), name);
  }
}

TEST(VectorE02, ConstantEffectHasNoCorrelation) {
  const Json& v = vector("E02");
  const auto backend = make_test_backend();
  ProfileCase::Input input;
  input.perturbations = {"p"};
  input.real = dense(Json::array({v.at("inputs").at("real_delta")}));
  input.pred = dense(Json::array({v.at("inputs").at("pred_delta")}));
  input.real_control = zeros(1, 3);
  const ProfileCase v2(*backend, input);
  input.conventions.aggregation.fill = FillRule::kNone;
  const ProfileCase v1(*backend, input);
  const Score score = v1.scores("delta_pearson")[0];
  expect_near(score.value, v.at("expected").at("v1"), v.at("tol"), "v1");
  EXPECT_FALSE(score.undefined_because.empty());
  expect_near(v2.scores("delta_pearson")[0].value, v.at("expected").at("v2"), v.at("tol"), "v2");
}

Conventions::Pds v1_pds() { return {RankDenominator::kN, TieRule::kPosition, GeneExclusion::kRow}; }

TEST(VectorE03, DiscriminationUnderBothConventions) {
  const Json& v = vector("E03");
  const auto backend = make_test_backend();
  auto input = screen(v.at("inputs"));
  const ProfileCase v2(*backend, input);
  input.pred_control = pred_control(v.at("inputs"));
  input.conventions.pds = v1_pds();
  const ProfileCase v1(*backend, input);
  for (const auto& [distance, expected] : v.at("expected").items()) {
    const std::string metric = "pds_" + distance;
    expect_scores(v2.scores(metric), expected.at("v2 (real control, panel, n-1, midrank)"),
                  v.at("tol"), metric + " v2");
    expect_scores(v1.scores(metric), expected.at("v1 (pred control, row, n, position)"),
                  v.at("tol"), metric + " v1");
  }
}

TEST(VectorE04, ZeroEffectTiesWithEveryPerturbation) {
  const Json& v = vector("E04");
  const auto backend = make_test_backend();
  ProfileCase::Input input;
  input.perturbations = {"a", "b", "c", "d"};
  input.real = random_matrix(4, 6, 11);
  input.pred = random_matrix(4, 6, 12);
  const std::int64_t row = v.at("inputs").at("target_index_in_sorted_labels");
  for (std::int64_t gene = 0; gene < 6; ++gene) input.pred(row, gene) = 0.0;
  input.real_control = zeros(1, 6);
  input.own_gene = {-1, -1, -1, -1};
  const ProfileCase midrank(*backend, input);
  input.conventions.pds.ties = TieRule::kPosition;
  const ProfileCase position(*backend, input);
  const auto at = static_cast<std::size_t>(row);
  expect_near(midrank.scores("pds_cosine")[at].value, v.at("expected").at("midrank"), v.at("tol"),
              "midrank");
  expect_near(position.scores("pds_cosine")[at].value, v.at("expected").at("position"), v.at("tol"),
              "position");
}

TEST(VectorE05, OnePerturbationScoresOneByRule) {
  const Json& v = vector("E05");
  const auto backend = make_test_backend();
  ProfileCase::Input input;
  input.perturbations = {"a"};
  input.real = random_matrix(1, 6, 11);
  input.pred = random_matrix(1, 6, 12);
  input.real_control = zeros(1, 6);
  input.own_gene = {-1};
  const ProfileCase profiles(*backend, input);
  const Score score = profiles.scores("pds_cosine")[0];
  expect_near(score.value, v.at("expected"), v.at("tol"), "pds_cosine");
  EXPECT_FALSE(score.undefined_because.empty()) << "a value by rule keeps its reason";
}

void expect_unbiased_family(const Json& v) {
  const auto backend = make_test_backend();
  auto input = screen(v.at("inputs"));
  input.real_correction = numbers(v.at("inputs").at("C_real"));
  input.pred_correction = numbers(v.at("inputs").at("C_pred"));
  input.control_correction = v.at("inputs").at("C_ctrl");
  const ProfileCase profiles(*backend, input);
  const Json& expected = v.at("expected");
  for (const char* metric :
       {"expr_mse_unbiased", "expr_mse_unbiased_capped", "expr_distance_unbiased"}) {
    expect_scores(profiles.scores(metric), expected.at(metric), v.at("tol"), metric);
  }
  const Metric& derived = find_metric("expr_mse_unbiased_capped_norm");
  const Score ratio = ratio_of_sums(profiles.scores(std::string(derived.numerator)),
                                    profiles.scores(std::string(derived.denominator)));
  const Json& wanted = expected.at("expr_mse_unbiased_capped_norm");
  if (wanted.is_string()) {  // a refusal
    EXPECT_TRUE(std::isnan(ratio.value));
    EXPECT_FALSE(ratio.undefined_because.empty());
  } else {
    expect_near(ratio.value, wanted, v.at("tol"), "ratio");
  }
}

TEST(VectorE08, CapOnThePredictionsNoise) { expect_unbiased_family(vector("E08")); }

TEST(VectorE09, ClaimAboveTheBudgetIsScaledDown) { expect_unbiased_family(vector("E09")); }

TEST(VectorE10, RatioOfSumsDropsRowsThatAreNotFiniteFromBoth) {
  const Json& v = vector("E10");
  const auto scores = [&](const char* part) {
    std::vector<Score> result;
    for (const auto& [name, value] : v.at("inputs").at(part).items()) {
      result.push_back(Score::of(number(value)));
    }
    return result;
  };
  expect_near(ratio_of_sums(scores("num"), scores("den")).value, v.at("expected"), v.at("tol"),
              "ratio");
}

TEST(VectorE11, EnergyDistancesFromEachSidesControlCorrelate) {
  const Json& v = vector("E11");
  const auto cells_of = [](const Json& rows) {
    const Dense values = dense(rows);
    return compress({values.rows, values.cols, values.values}, GeneType::kU16, ValueType::kF64);
  };
  const auto energies = [&](const char* side, const char* expected) {
    const Json& cells = v.at("inputs").at(side);
    const Cells control = cells_of(cells.at("ctrl"));
    const auto from_itself =
        mean_distances_within(control.view(), std::vector<std::int64_t>{0, control.view().rows})[0];
    std::vector<double> energy;
    for (const char* name : {"A", "B", "C"}) {
      const Cells group = cells_of(cells.at(name));
      const std::vector<std::int64_t> start{0, group.view().rows};
      energy.push_back(2.0 * mean_distances_between(group.view(), start, control.view())[0] -
                       mean_distances_within(group.view(), start)[0] - from_itself);
      expect_near(energy.back(), v.at("expected").at(expected).at(energy.size() - 1), v.at("tol"),
                  side);
    }
    return energy;
  };
  const auto real = energies("real_cells", "edistance_real");
  const auto pred = energies("pred_cells", "edistance_pred");
  const auto backend = make_test_backend();
  const std::vector<std::string> names{"A", "B", "C"};
  Case c;
  c.perturbations = names;
  c.real_energy = real;
  c.pred_energy = pred;
  const Metric& metric = find_metric("pearson_edistance");
  for (const Score& score : metric.compute(c, metric, *backend)) {
    expect_near(score.value, v.at("expected").at("pearson_edistance"), v.at("tol"), "r");
  }
  const std::vector<double> equal(3, 0.5);
  c.pred_energy = equal;
  for (const Score& score : metric.compute(c, metric, *backend)) {
    EXPECT_TRUE(std::isnan(score.value));
    EXPECT_FALSE(score.defined());
  }
}

}  // namespace
}  // namespace cupel::test
