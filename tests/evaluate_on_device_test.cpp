// A whole run on a device gives what the CPU gives.
#include <cmath>
#include <map>

#include "cupel/metric.hpp"
#include "evaluate.hpp"
#include "log.hpp"
#include "stats/de_table.hpp"
#include "support/backend_test.hpp"
#include "support/scratch_folder.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

struct Results {
  Report report;
  std::map<std::string, std::vector<double>> p_value;  // by side and context
  std::map<std::string, std::vector<double>> fold_change;
};

class EvaluateOnDevice : public ::testing::TestWithParam<std::string> {
 protected:
  EvaluateOnDevice() {
    for (const auto& [name, draw] : {std::pair{"real", 1}, std::pair{"a", 2}, std::pair{"b", 3}}) {
      auto screen = make_small_screen({.draw = static_cast<std::uint64_t>(draw), .contexts = 2});
      if (GetParam() == "lognorm") screen.to_lognorm();
      write_screen(folder.file(name), screen);
    }
    config.real = folder.file("real");
    config.predictions = {{.path = folder.file("a")}, {.path = folder.file("b")}};
    config.context_col = "line";
    config.profile = "full";
    config.write_de = true;
    config.input_type = GetParam() == "lognorm" ? InputType::kLognorm : InputType::kCounts;
  }

  [[nodiscard]] Results run(std::unique_ptr<Backend> backend) const {
    Results run;
    EvaluateHooks hooks;
    hooks.on_de = [&](const std::string& side, const std::string& context, const DeTable& table) {
      const auto values = [](const Matrix<double>& matrix) {
        const auto view = matrix.view();
        return std::vector(view.data, view.data + view.size());
      };
      run.p_value[side + context] = values(table.p_adj);
      run.fold_change[side + context] = values(table.log2_fold_change);
    };
    std::vector<std::unique_ptr<Backend>> backends;
    backends.push_back(std::move(backend));
    Console console(true);
    run.report = evaluate_on(backends, config, console, hooks);
    return run;
  }

  const ScratchFolder folder;
  RunConfig config;
};

void expect_near(double actual, double expected, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what;
  } else if (std::isinf(expected)) {
    EXPECT_EQ(actual, expected) << what;
  } else {
    EXPECT_NEAR(actual, expected, 1e-10 * std::abs(expected)) << what;
  }
}

TEST_P(EvaluateOnDevice, GivesWhatTheCpuGives) {
  const Results cpu = run(make_backend("cpu"));
  const Results device = run(make_backend_on_cpu());
  EXPECT_EQ(device.report.real.fingerprint, cpu.report.real.fingerprint);
  ASSERT_EQ(device.report.predictions.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& actual = device.report.predictions[i];
    const auto& expected = cpu.report.predictions[i];
    EXPECT_EQ(actual.input.fingerprint, expected.input.fingerprint);
    ASSERT_EQ(actual.contexts.size(), 2U);
    for (std::size_t k = 0; k < 2; ++k) {
      const auto& metrics = expected.contexts[k].metrics;
      for (std::size_t m = 0; m < metrics.size(); ++m) {
        const auto& other = actual.contexts[k].metrics[m];
        const std::string name(metrics[m].metric->name);
        expect_near(other.aggregate.mean, metrics[m].aggregate.mean, name);
        ASSERT_EQ(other.scores.size(), metrics[m].scores.size()) << name;
        for (std::size_t p = 0; p < other.scores.size(); ++p) {
          expect_near(other.scores[p].value, metrics[m].scores[p].value, name);
          EXPECT_EQ(other.scores[p].undefined_because, metrics[m].scores[p].undefined_because);
          if (name.starts_with("pds") || name.find("overlap") != name.npos) {
            EXPECT_EQ(other.scores[p].value, metrics[m].scores[p].value) << name;
          }
        }
      }
    }
  }
  ASSERT_EQ(device.p_value.size(), 6U);
  for (const auto& [side, expected] : cpu.p_value) {
    const auto& actual = device.p_value.at(side);
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      expect_near(actual[i], expected[i], side);
      EXPECT_EQ(actual[i] < 0.05, expected[i] < 0.05) << side;
      expect_near(device.fold_change.at(side)[i], cpu.fold_change.at(side)[i], side);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EvaluateOnDevice, ::testing::Values("counts", "lognorm"),
                         [](const auto& input) { return input.param; });

}  // namespace
}  // namespace cupel::test
