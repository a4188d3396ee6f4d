#include "evaluate.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "cupel/error.hpp"
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

TEST_F(EvaluateOn, GoesOnWithoutThePredictionsThatFail) {
  const auto whole = run(1);
  overwrite_first_chunk(config.predictions[1].path, "X/data");
  overwrite_first_chunk(config.predictions[3].path, "X/data");
  for (const int backends : {1, 2, 3}) {
    std::vector<std::string> order;
    std::vector<std::string> failures;
    EvaluateHooks hooks;
    hooks.on_prediction = [&](const Report&, const PredictionResult& result) {
      order.push_back(result.name);
    };
    hooks.on_failure = [&](const std::string& name) { failures.push_back(name); };
    const auto report = run(backends, hooks);
    EXPECT_EQ(order, (std::vector<std::string>{"a", "c", "e"}));
    EXPECT_EQ(failures, (std::vector<std::string>{"b", "d"}));
    ASSERT_EQ(report.failed.size(), 2U);
    EXPECT_EQ(report.failed[0].name, "b");
    EXPECT_NE(report.failed[0].reason.find("b.h5ad: 'X/data' is damaged"), std::string::npos);
    EXPECT_EQ(report.warnings.size(), 2U);
    auto expected = whole;
    expected.predictions.erase(expected.predictions.begin() + 3);
    expected.predictions.erase(expected.predictions.begin() + 1);
    expect_same_scores(expected, report);
  }
}

TEST_F(EvaluateOn, StopsWhenNothingIsLeft) {
  for (const auto& file : config.predictions) overwrite_first_chunk(file.path, "X/data");
  for (const int backends : {1, 3}) {
    const auto message = error_of([&] { (void)run(backends); });
    EXPECT_NE(message.find("all 5 predictions failed; the first: "), std::string::npos) << message;
    EXPECT_NE(message.find("a.h5ad"), std::string::npos) << message;
  }
  config.predictions.resize(1);
  EXPECT_EQ(error_of([&] { (void)run(1); }).find("all 1"), std::string::npos);
}

TEST_F(EvaluateOn, StopsAtAFaultOfTheRealSideOrOfTheResultsPlace) {
  EvaluateHooks hooks;
  int tables = 0;
  hooks.on_de = [&](const std::string& side, const std::string&, const DeTable&) {
    ++tables;
    if (side == "b") throw Error(ErrorKind::kInput, "disk full");
  };
  for (const int backends : {1, 2}) {
    EXPECT_EQ(error_of([&] { (void)run(backends, hooks); }), "disk full");
  }
  EXPECT_LT(tables, 2 * 6);
  overwrite_first_chunk(config.real, "X/data");
  EXPECT_NE(error_of([&] { (void)run(1); }).find("real.h5ad"), std::string::npos);
}

TEST_F(EvaluateOn, ClosesWhatItIsNotReading) {
  std::size_t most = 0;
  EvaluateHooks hooks;
  hooks.on_de = [&](const std::string&, const std::string&, const DeTable&) {
    std::size_t open = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code failed;
      const auto target = std::filesystem::read_symlink(entry.path(), failed).string();
      open += target.starts_with(folder.path()) ? 1U : 0U;
    }
    most = std::max(most, open);
  };
  (void)run(1, hooks);
  EXPECT_GE(most, 2U) << "the real side and one prediction";
  EXPECT_LE(most, 4U) << "each file by our hand and by the library's";
}

TEST_F(EvaluateOn, RefusesAPredictionThatIsReplacedDuringTheRun) {
  EvaluateHooks hooks;
  hooks.on_de = [&](const std::string& side, const std::string&, const DeTable&) {
    if (side != "real") return;
    write_screen(config.predictions[1].path, make_small_screen({.draw = 99, .contexts = 2}));
  };
  const auto report = run(1, hooks);
  ASSERT_EQ(report.failed.size(), 1U);
  EXPECT_NE(report.failed[0].reason.find("b.h5ad: was changed during the run"), std::string::npos);
}

// Asks for the real side's cells only where something is left to score.
TEST_F(EvaluateOn, TakesWhatAnEarlierRunHasFinished) {
  config.strata = "none";  // or the real side is read for its own sake
  const auto whole = run(1);
  for (const int backends : {1, 2}) {
    for (const std::size_t finished : {0U, 2U, 5U}) {
      int real_tables = 0;
      EvaluateHooks hooks;
      hooks.on_de = [&](const std::string& side, const std::string&, const DeTable&) {
        real_tables += side == "real" ? 1 : 0;
      };
      hooks.earlier = [&](const Report& report) {
        EXPECT_EQ(report.real.cells, whole.real.cells);
        EXPECT_EQ(report.real.fingerprint, 0U);
        EarlierResults earlier;
        earlier.predictions.resize(5);
        for (std::size_t i = 0; i < finished; ++i) earlier.predictions[i] = whole.predictions[i];
        earlier.real = whole.real;
        earlier.real_fingerprint = whole.real.fingerprint;
        return earlier;
      };
      std::vector<std::string> order;
      hooks.on_prediction = [&](const Report&, const PredictionResult& result) {
        order.push_back(result.name);
      };
      const auto report = run(backends, hooks);
      expect_same_scores(whole, report);
      EXPECT_EQ(report.real.fingerprint, whole.real.fingerprint);
      EXPECT_EQ(order.size(), 5 - finished);
      EXPECT_EQ(real_tables, finished == 5 ? 0 : 2);
    }
  }
}

TEST_F(EvaluateOn, RefusesToGoOnWithOtherContextsOrPerturbations) {
  const auto whole = run(1);
  for (const bool context : {true, false}) {
    EvaluateHooks hooks;
    hooks.earlier = [&](const Report&) {
      EarlierResults earlier;
      earlier.predictions = {whole.predictions[0]};
      auto& changed = earlier.predictions[0]->contexts[1];
      (context ? changed.context : changed.perturbations[2]) = "other";
      return earlier;
    };
    const auto message = error_of([&] { (void)run(1, hooks); }, ErrorKind::kUsage);
    EXPECT_NE(message.find("has other contexts or perturbations"), std::string::npos) << message;
  }
}

TEST_F(EvaluateOn, RefusesToGoOnAgainstAnotherRealSide) {
  EvaluateHooks hooks;
  hooks.earlier = [&](const Report& report) {
    EarlierResults earlier;
    earlier.predictions.resize(report.predictions.size());
    earlier.real_fingerprint = 1;
    return earlier;
  };
  const auto message = error_of([&] { (void)run(1, hooks); }, ErrorKind::kUsage);
  EXPECT_NE(message.find("real.h5ad: is not what the results so far were scored against"),
            std::string::npos)
      << message;
}

}  // namespace
}  // namespace cupel::test
