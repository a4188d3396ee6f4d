#include "evaluate.hpp"

#include <gtest/gtest.h>

#include "log.hpp"
#include "stats/de_table.hpp"
#include "support/memory_screen.hpp"
#include "support/scratch_folder.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

// A real screen of two contexts and five predictions of it, as files.
class EvaluateOn : public ::testing::Test {
 protected:
  EvaluateOn() {
    const auto file = [&](const std::string& name, std::uint64_t draw) {
      write_screen(folder.file(name), make_small_screen({.draw = draw, .contexts = 2}),
                   {.storage = {.chunk = 4096, .filters = {"gzip"}}});
      return folder.file(name);
    };
    config.real = file("real.h5ad", 1);
    for (const auto* name : {"a", "b", "c", "d", "e"}) {
      config.predictions.push_back(
          {.path = file(std::string(name) + ".h5ad", config.predictions.size() + 2)});
    }
    config.context_col = "line";
    config.profile = "full";
  }

  [[nodiscard]] static std::vector<std::unique_ptr<Backend>> cpus(int n) {
    std::vector<std::unique_ptr<Backend>> backends;
    while (std::ssize(backends) < n) backends.push_back(make_backend("cpu"));
    return backends;
  }
  [[nodiscard]] Report run(int backends, const EvaluateHooks& hooks = {}) const {
    Console console(true);
    return evaluate_on(cpus(backends), config, console, hooks);
  }

  const ScratchFolder folder;
  RunConfig config;
};

void expect_same_scores(const Report& a, const Report& b) {
  ASSERT_EQ(a.predictions.size(), b.predictions.size());
  for (std::size_t i = 0; i < a.predictions.size(); ++i) {
    const auto& one = a.predictions[i];
    const auto& two = b.predictions[i];
    EXPECT_EQ(one.name, two.name);
    EXPECT_EQ(one.input.fingerprint, two.input.fingerprint);
    ASSERT_EQ(one.contexts.size(), two.contexts.size());
    for (std::size_t k = 0; k < one.contexts.size(); ++k) {
      EXPECT_EQ(one.contexts[k].context, two.contexts[k].context);
      for (std::size_t m = 0; m < one.contexts[k].metrics.size(); ++m) {
        const auto& metric = one.contexts[k].metrics[m];
        const auto& other = two.contexts[k].metrics[m];
        EXPECT_EQ(std::bit_cast<std::uint64_t>(metric.aggregate.mean),
                  std::bit_cast<std::uint64_t>(other.aggregate.mean))
            << one.name << " " << metric.metric->name;
        ASSERT_EQ(metric.scores.size(), other.scores.size());
        for (std::size_t p = 0; p < metric.scores.size(); ++p) {
          EXPECT_EQ(std::bit_cast<std::uint64_t>(metric.scores[p].value),
                    std::bit_cast<std::uint64_t>(other.scores[p].value))
              << one.name << " " << metric.metric->name;
        }
      }
    }
  }
}

TEST_F(EvaluateOn, GivesTheSameScoresOnAnyNumberOfBackends) {
  const auto one = run(1);
  EXPECT_EQ(one.device, "cpu");
  for (const int backends : {2, 3, 9}) {
    const auto several = run(backends);
    expect_same_scores(one, several);
    EXPECT_EQ(one.real.fingerprint, several.real.fingerprint);
    EXPECT_EQ(one.warnings, several.warnings);
  }
  EXPECT_EQ(run(2).device, "cpu,cpu");
  EXPECT_EQ(run(9).device, "cpu,cpu,cpu,cpu,cpu") << "no more than there are predictions";
}

TEST_F(EvaluateOn, GivesTheSameScoresOnSeveralGpus) {
  config.predictions.resize(3);
  std::vector<std::unique_ptr<Backend>> gpus;
  const auto run_on_gpus = [&] {
    Console console(true);
    return evaluate_on(gpus, config, console, {});
  };
  gpus.push_back(make_backend_on_cpu(0, 0));
  const auto one = run_on_gpus();
  gpus.push_back(make_backend_on_cpu(0, 1));
  const auto two = run_on_gpus();
  expect_same_scores(one, two);
  EXPECT_EQ(two.device, "cuda:0,cuda:1");
  ASSERT_EQ(two.devices.size(), 2U);
  for (const auto& device : two.devices) EXPECT_GT(device.memory_peak, 0);
}

TEST_F(EvaluateOn, ReportsPredictionsInTheOrderGiven) {
  for (const int backends : {1, 3}) {
    std::vector<std::string> order;
    std::map<std::string, int> tables;
    EvaluateHooks hooks;
    hooks.on_prediction = [&](const Report&, const PredictionResult& result) {
      EXPECT_EQ(result.contexts.size(), 2U);
      EXPECT_NE(result.input.fingerprint, 0U);
      order.push_back(result.name);
    };
    hooks.on_de = [&](const std::string& side, const std::string&, const DeTable&) {
      ++tables[side];  // not atomic: calls come one at a time
    };
    (void)run(backends, hooks);
    EXPECT_EQ(order, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
    EXPECT_EQ(tables, (std::map<std::string, int>{
                          {"real", 2}, {"a", 2}, {"b", 2}, {"c", 2}, {"d", 2}, {"e", 2}}));
  }
}

TEST_F(EvaluateOn, TimesStagesAndPredictionsOnEachBackend) {
  for (const int backends : {1, 2}) {
    const auto report = run(backends);
    double in_stages = 0.0;
    std::set<std::string> stages;
    for (const auto& [stage, seconds] : report.stages) {
      in_stages += seconds;
      EXPECT_TRUE(stages.insert(stage).second) << stage << " is there twice";
    }
    EXPECT_TRUE(stages.contains("metrics") && stages.contains("rank test"));
    double in_parts = 0.0;
    for (const auto& [part, seconds] : report.seconds) in_parts += seconds;
    EXPECT_LT(in_stages, static_cast<double>(backends) * in_parts + 0.01);
    for (const auto& prediction : report.predictions) EXPECT_GT(prediction.seconds, 0.0);
  }
}

TEST_F(EvaluateOn, StopsAtTheFirstPredictionThatFails) {
  overwrite_first_chunk(config.predictions[1].path, "X/data");
  overwrite_first_chunk(config.predictions[3].path, "X/data");
  for (const int backends : {1, 2, 3}) {
    config.context_col = "";
    std::vector<std::string> order;
    EvaluateHooks hooks;
    hooks.on_prediction = [&](const Report&, const PredictionResult& result) {
      order.push_back(result.name);
    };
    EXPECT_NE(error_of([&] { (void)run(backends, hooks); }).find("b.h5ad"), std::string::npos);
    EXPECT_EQ(order, (std::vector<std::string>{"a"}));
  }
}

}  // namespace
}  // namespace cupel::test
