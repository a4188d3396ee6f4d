// Against scikit-learn's predictions (tests/golden/models/make_golden.py).
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "linalg/products.hpp"
#include "models/forest.hpp"
#include "models/training_case.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

using namespace cupel::models;
using Json = nlohmann::json;

const Json& golden() {
  static const Json json = [] {
    std::ifstream stream(source_path("tests/golden/models/sklearn.json"));
    return Json::parse(stream);
  }();
  return json;
}

Dense dense(const Json& rows) { return dense_of(rows.get<std::vector<std::vector<double>>>()); }

TEST(SklearnGolden, RidgeKernelsNeighboursAndElasticNetsAgree) {
  int compared = 0;
  for (const Json& one : golden().at("cases")) {
    // Rows of a table are the features of perturbations of the same names.
    const Dense x = dense(one.at("x"));
    const Dense y = dense(one.at("y"));
    const Dense x_new = dense(one.at("x_new"));
    std::vector<Seen> seen;
    std::vector<Condition> asked;
    FeatureTable table;
    Dense values = zeros(x.rows + x_new.rows, x.cols);
    std::copy(x.values.begin(), x.values.end(), values.values.begin());
    std::copy(x_new.values.begin(), x_new.values.end(),
              values.values.begin() + std::ssize(x.values));
    for (std::int64_t i = 0; i < values.rows; ++i) {
      const auto name = "p" + std::to_string(i);
      table.row.emplace(name, i);
      const auto condition = make_condition("K", {name});
      if (i < x.rows) {
        seen.push_back({condition, row(y, i)});
      } else {
        asked.push_back(condition);
      }
    }
    table.values = host(values);
    Training training =
        training_of(seen, {{"K", std::vector<double>(static_cast<std::size_t>(y.cols), 0.0)}});
    training.tables.emplace("x", std::move(table));
    for (const Json& model : one.at("models")) {
      auto settings = model.at("settings").get<std::map<std::string, std::string>>();
      settings["features"] = "table:x";
      settings["standardise"] = "no";
      const auto name = model.at("model").get<std::string>();
      SCOPED_TRACE(name + " " + model.at("settings").dump());
      expect_rows(fit_model(name, training, settings)->predict(asked).delta,
                  dense(model.at("prediction")), 1e-8);
      ++compared;
    }
  }
  EXPECT_EQ(compared, 52);
}

// Other draws and another order of ties: the same model, not the same numbers.
TEST(SklearnGolden, ForestsAgreeWithinTheSpreadOfSeeds) {
  const Json& one = golden().at("forest");
  const Dense x = dense(one.at("x"));
  const Dense y = dense(one.at("y"));
  const Dense x_new = dense(one.at("x_new"));
  const Dense y_new = dense(one.at("y_new"));
  for (const Json& forest : one.at("forests")) {
    const auto errors = forest.at("test_mse").get<std::vector<double>>();
    double mean = 0.0;
    double squares = 0.0;
    for (const double error : errors) mean += error / static_cast<double>(errors.size());
    for (const double error : errors) squares += (error - mean) * (error - mean);
    const double deviation = std::sqrt(squares / static_cast<double>(errors.size() - 1));

    double ours = 0.0;
    constexpr int kSeeds = 4;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      ForestChoices choices;
      choices.trees = std::stoi(forest.at("trees").get<std::string>());
      choices.features = std::stod(forest.at("max-features").get<std::string>());
      choices.min_leaf = std::stoi(forest.at("min-leaf").get<std::string>());
      choices.seed = seed;
      const Forest grown(view(x), gram(view(y)).view(), choices);
      const auto predicted = multiply(grown.weights(view(x_new)).view(), view(y));
      double error = 0.0;
      for (std::size_t i = 0; i < y_new.values.size(); ++i) {
        error += std::pow(predicted.view().data[i] - y_new.values[i], 2);
      }
      ours += error / static_cast<double>(y_new.values.size()) / kSeeds;
    }
    // The mean of four seeds against that of twenty: four standard errors.
    EXPECT_NEAR(ours, mean, 4.0 * deviation * std::sqrt(1.0 / kSeeds + 1.0 / 20.0))
        << forest.at("max-features") << " " << forest.at("min-leaf");
  }
}

}  // namespace
}  // namespace cupel::test
