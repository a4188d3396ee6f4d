// What every model owes, whatever it is.
#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>

#include "cupel/error.hpp"
#include "models/training_case.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;

class EveryModel : public ::testing::TestWithParam<std::string> {};
class EveryPredictor : public EveryModel {};
class EverySmoother : public EveryModel {};
class EveryModelWithoutDraws : public EveryModel {};
class EveryCeiling : public EveryModel {};

// Made of held-out cells by design: exempt from EveryPredictor, and from nothing else. A model is a
// ceiling by this list, not by what it says of itself.
const std::set<std::string> kCeilings{"technical_duplicate", "interpolated_duplicate"};

std::vector<std::string> model_names(const std::set<std::string>& but = {}) {
  std::vector<std::string> names;
  for (const ModelEntry& entry : all_models()) {
    if (!but.contains(std::string(entry.name))) names.emplace_back(entry.name);
  }
  return names;
}

// Settings with which a model meets what it may meet: features that some perturbations lack.
std::map<std::string, std::string> chosen(const std::string& name) {
  std::map<std::string, std::string> settings;
  for (const Setting& setting : find_model(name).settings) {
    if (setting.name == "features") settings["features"] = "table:go,context";
    if (setting.name == "k" && name == "latent_additive") settings["k"] = "5";
    if (setting.name == "trees") settings["trees"] = "7";
    if (setting.name == "rounds") settings["rounds"] = "5";
  }
  return settings;
}

// What it is trained on; ceilings have halves of all that is asked, and tests of them.
Training training_for(const std::string& name, std::uint64_t seed) {
  Training training = made_training(seed);
  if (!kCeilings.contains(name)) return training;
  const auto genes = training.delta.cols();
  SecondHalves halves{asked_conditions(), {}, {}};
  const auto n = std::ssize(halves.conditions);
  halves.delta = host(random_matrix(n, genes, seed + 10));
  halves.p_adj = host(random_matrix(n, genes, seed + 11));
  for (std::int64_t i = 0; i < n * genes; ++i) {
    double& p = halves.p_adj.view().data[i];
    p = i % 7 == 3 ? std::numeric_limits<double>::quiet_NaN() : std::abs(std::sin(p));
  }
  training.second_halves = std::move(halves);
  return training;
}
// Rows of it; halves stay with those that are given them.
Training part_of(const Training& training, std::span<const std::int64_t> rows,
                 const std::string& name, std::uint64_t seed) {
  Training part = subset(training, rows);
  part.second_halves = training_for(name, seed).second_halves;
  return part;
}

TEST_P(EveryModel, PredictsFiniteProfilesAndSaysWhatTheyRestOn) {
  const Training training = training_for(GetParam(), 1);
  const auto asked = asked_conditions();
  const auto prediction = fit_model(GetParam(), training, chosen(GetParam()))->predict(asked);
  ASSERT_EQ(prediction.delta.rows(), std::ssize(asked));
  ASSERT_EQ(prediction.rung.size(), asked.size());
  const auto& chain = find_model(GetParam()).chain;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    EXPECT_NE(std::ranges::find(chain, prediction.rung[i]), chain.end())
        << "a rung that the chain does not name: " << rung_text(prediction.rung[i]);
    for (const double value : row_of(prediction.delta, static_cast<std::int64_t>(i))) {
      ASSERT_TRUE(std::isfinite(value)) << "asked condition " << i;
    }
  }
}

TEST_P(EveryModel, HasTheSameBitsForAnyNumberOfThreads) {
  const Training training = training_for(GetParam(), 2);
  const auto results = with_thread_counts([&] {
    return dense_from(fit_model(GetParam(), training, chosen(GetParam()))
                          ->predict(asked_conditions())
                          .delta)
        .values;
  });
  EXPECT_TRUE(same_bits(results[0], results[1]));
  EXPECT_TRUE(same_bits(results[0], results[2]));
}

// Whatever is held out of the fit may be anything at all.
TEST_P(EveryPredictor, LooksAtNothingThatIsHeldOut) {
  Training all = made_training(3);
  std::vector<std::int64_t> kept;
  for (std::int64_t row = 0; row < all.delta.rows(); ++row) {
    if (row % 5 != 2) kept.push_back(row);
  }
  const auto fit_to_kept = [&] {
    const Training part = subset(all, kept);
    return dense_from(
               fit_model(GetParam(), part, chosen(GetParam()))->predict(asked_conditions()).delta)
        .values;
  };
  const auto before = fit_to_kept();
  for (std::int64_t row = 2; row < all.delta.rows(); row += 5) {
    std::fill_n(all.delta.view().row(row), all.delta.cols(),
                std::numeric_limits<double>::quiet_NaN());
  }
  EXPECT_TRUE(same_bits(before, fit_to_kept()));
  EXPECT_THROW(static_cast<void>(fit_model(GetParam(), all, chosen(GetParam()))), Error)
      << "profiles that are not numbers were taken as training";
}

TEST_P(EveryPredictor, IsNeverGivenWhatIsHeldOut) {
  EXPECT_EQ(find_model(GetParam()).sees, Sees::kTraining);
  const Training with_halves = training_for(*kCeilings.begin(), 3);
  EXPECT_THROW(static_cast<void>(fit_model(GetParam(), with_halves, chosen(GetParam()))),
               std::logic_error);
}

// The two that do look at held-out cells: what they predict is those, not what trains, and they
// cannot be fitted where there are none to see.
TEST_P(EveryCeiling, IsMadeOfWhatIsHeldOut) {
  ASSERT_NE(find_model(GetParam()).sees, Sees::kTraining);
  const auto predict = [&](const Training& training) {
    return fit_model(GetParam(), training)->predict(asked_conditions());
  };
  Training training = training_for(GetParam(), 3);
  const auto before = predict(training);
  training.second_halves->delta.view()(1, 6) += 1.0;  // of a gene that was tested
  const auto after = predict(training);
  EXPECT_NE(before.delta.view()(1, 6), after.delta.view()(1, 6));
  EXPECT_EQ(row_of(before.delta, 0), row_of(after.delta, 0));
  // A condition without a half is not predicted.
  training.second_halves->conditions[2].context = "elsewhere";
  const auto without = predict(training);
  EXPECT_EQ(without.rung[2], Rung::kNone);
  EXPECT_TRUE(std::isnan(without.delta.view()(2, 0)));
  EXPECT_EQ(without.rung[3], Rung::kReplicate);
  try {
    static_cast<void>(predict(made_training(3)));
    FAIL() << "a ceiling was fitted to nothing";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("made of cells that are held out"), std::string::npos);
  }
}

TEST_P(EverySmoother, PredictsTheSumsOfItsWeights) {
  const Training training = made_training(4);
  const auto model = fit_model(GetParam(), training, chosen(GetParam()));
  const auto* smoother = dynamic_cast<const Smoother*>(model.get());
  ASSERT_NE(smoother, nullptr);
  const auto asked = asked_conditions();
  const auto weights = smoother->weights(asked);
  const auto prediction = model->predict(asked);
  EXPECT_EQ(weights.rung, prediction.rung);
  Dense slow = zeros(std::ssize(asked), training.delta.cols());
  for (std::int64_t i = 0; i < slow.rows; ++i) {
    for (std::int64_t k = 0; k < training.delta.rows(); ++k) {
      for (std::int64_t g = 0; g < slow.cols; ++g) {
        slow(i, g) += weights.of_training.view()(i, k) * training.delta.view()(k, g);
      }
    }
  }
  expect_rows(prediction.delta, slow, 1e-11);
}

TEST_P(EveryModelWithoutDraws, TurnsItsBackOnTheOrderOfTraining) {
  const Training training = training_for(GetParam(), 5);
  std::vector<std::int64_t> backwards;
  for (auto row = training.delta.rows() - 1; row >= 0; --row) backwards.push_back(row);
  const Training turned = part_of(training, backwards, GetParam(), 5);
  const auto asked = asked_conditions();
  const auto a = fit_model(GetParam(), training, chosen(GetParam()))->predict(asked);
  const auto b = fit_model(GetParam(), turned, chosen(GetParam()))->predict(asked);
  EXPECT_EQ(a.rung, b.rung);
  expect_rows(a.delta, dense_from(b.delta), 1e-8);
}

TEST_P(EveryModel, RefusesASettingItHasNot) {
  const Training training = made_training(6);
  EXPECT_THROW(static_cast<void>(fit_model(GetParam(), training, {{"no-such", "1"}})), Error);
}

std::string name_of(const ::testing::TestParamInfo<std::string>& named) { return named.param; }
INSTANTIATE_TEST_SUITE_P(Registry, EveryModel, ::testing::ValuesIn(model_names()), name_of);
INSTANTIATE_TEST_SUITE_P(Registry, EveryPredictor, ::testing::ValuesIn(model_names(kCeilings)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Registry, EveryCeiling, ::testing::ValuesIn(kCeilings), name_of);
INSTANTIATE_TEST_SUITE_P(Registry, EverySmoother,
                         ::testing::ValuesIn(model_names(
                             {"latent_additive", "bilinear_scores", "bilinear_loadings",
                              "elastic_net", "technical_duplicate", "interpolated_duplicate"})),
                         name_of);
// A forest draws rows by their number.
INSTANTIATE_TEST_SUITE_P(Registry, EveryModelWithoutDraws,
                         ::testing::ValuesIn(model_names({"random_forest"})), name_of);

TEST(Models, AreFoundByNameAlone) {
  EXPECT_EQ(find_model("ridge").name, "ridge");
  try {
    static_cast<void>(find_model("ridgge"));
    FAIL() << "a model that is not there was found";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_NE(std::string(error.what()).find("did you mean 'ridge'"), std::string::npos);
  }
}

TEST(Settings, RefuseWhatIsNoNumberOrWord) {
  const Training training = made_training(7);
  const auto refused = [&](const char* model, std::map<std::string, std::string> settings) {
    try {
      static_cast<void>(fit_model(model, training, settings));
    } catch (const Error& error) {
      return error.kind() == ErrorKind::kUsage;
    }
    return false;
  };
  EXPECT_TRUE(refused("ridge", {{"lambda", "much"}}));
  EXPECT_TRUE(refused("ridge", {{"lambda", "nan"}}));
  EXPECT_TRUE(refused("ridge", {{"features", "one-hat"}}));
  EXPECT_TRUE(refused("nearest_neighbours", {{"k", "1.5"}}));
  EXPECT_TRUE(refused("additive", {{"missing", "guess"}}));
}

TEST(Training, IsCheckedBeforeAFit) {
  const auto refused = [](auto change) {
    Training training = made_training(8);
    change(training);
    try {
      check_training(training);
    } catch (const Error&) {
      return true;
    }
    return false;
  };
  EXPECT_FALSE(refused([](Training&) {}));
  EXPECT_TRUE(refused([](Training& t) { t.weight[0] = 0.0; }));
  EXPECT_TRUE(refused([](Training& t) { t.weight.pop_back(); }));
  EXPECT_TRUE(refused([](Training& t) { t.genes.pop_back(); }));
  EXPECT_TRUE(refused([](Training& t) { t.conditions[0].perturbations.clear(); }));
  EXPECT_TRUE(refused([](Training& t) { t.conditions[0].perturbations = {"b", "a"}; }));
  EXPECT_FALSE(refused(
      [](Training& t) { t.second_halves = training_for("technical_duplicate", 8).second_halves; }));
  EXPECT_TRUE(refused([](Training& t) {
    t.second_halves = training_for("technical_duplicate", 8).second_halves;
    t.second_halves->conditions[1] = t.second_halves->conditions[0];
  }));
  EXPECT_TRUE(refused([](Training& t) {
    t.second_halves = training_for("technical_duplicate", 8).second_halves;
    t.second_halves->conditions.pop_back();
  }));
  EXPECT_TRUE(refused(
      [](Training& t) { t.control.view().data[0] = std::numeric_limits<double>::infinity(); }));
}

TEST(AddControls, NeverTakesAnotherContextsControl) {
  const Training training = made_training(9);
  const std::vector<Condition> there{make_condition("C2", {"G0"})};
  const std::vector<Condition> nowhere{make_condition("C9", {"G0"})};
  const auto zero = host(zeros(1, training.delta.cols()));
  const auto profile = add_controls(zero.view(), there, training);
  EXPECT_EQ(row_of(profile, 0), row_of(training.control, 2));
  EXPECT_THROW(static_cast<void>(add_controls(zero.view(), nowhere, training)), Error);
}

}  // namespace
}  // namespace cupel::test
