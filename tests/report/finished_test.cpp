#include "report/finished.hpp"
#include "cupel/nan.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <filesystem>

#include "report/report.hpp"
#include "stats/aggregate.hpp"
#include "support/made_report.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::test {
namespace {

// Scores of every kind there is, in two contexts, and a derived metric with and without a mean.
class Finished : public ::testing::Test {
 protected:
  Finished() {
    report.profile.name = "mine";
    report.profile.metrics = {"pds_cosine", "de_wilcoxon_lfc_spearman",
                              "expr_mse_unbiased_capped_norm"};
    report.device = "cpu";
    report.real = {"real.h5ad", 10, 20, "X: csr float32, none", 77, 1000, 5, 9};
    report.config.predictions = {{.path = folder.file("a.h5ad"), .tags = {{"model", "big"}}}};
    std::ofstream(folder.file("a.h5ad")) << "cells";
    PredictionResult result;
    result.name = "a";
    result.seconds = 0.1;
    result.tags = {{"model", "big"}};
    result.warnings = {"an odd one"};
    result.input = {folder.file("a.h5ad"), 3, 20,         "X: dense float64, none",
                    0xFEDCBA9876543210ULL, 5, modified(), 9};
    for (const auto* name : {"x", "y, \"z\"\n"}) {
      ContextResult context;
      context.context = name;
      context.perturbations = {"A", "B,\r\n", "C", "D"};
      context.metrics.push_back(
          scored("pds_cosine", {Score::of(0.1 + 0.2), Score::of(-0.0), Score::of(5e-324),
                                Score::by_rule(0.0, "ties, \"all\" of them")}));
      context.metrics.push_back(
          scored("de_wilcoxon_lfc_spearman", {Score::undefined("flat"), Score::left_out("no truth"),
                                              Score::of(-kInfinity), Score::of(1.0 / 3.0)}));
      MetricResult derived;
      derived.metric = &find_metric("expr_mse_unbiased_capped_norm");
      derived.aggregate.mean = *name == 'x' ? 2.0 / 3.0 : std::nan("");
      derived.undefined_because = *name == 'x' ? "" : "no effect";
      context.metrics.push_back(derived);
      result.contexts.push_back(context);
    }
    before = result;
    report.predictions = {result};
    write_prediction(folder.file("out"), result);
    write_finished(folder.file("out"), report, result);
    report.predictions[0] = {"a", {}, {}, 0.0};
    report.real.fingerprint = 0;  // not read yet
  }

  [[nodiscard]] std::int64_t modified() const {
    const auto time = std::filesystem::last_write_time(folder.file("a.h5ad")).time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  }
  [[nodiscard]] static MetricResult scored(const char* name, std::vector<Score> scores) {
    auto metric = made_metric(name, 0.0, std::move(scores));
    metric.aggregate = aggregate(metric.scores, NanInMean::kSkip);
    return metric;
  }
  [[nodiscard]] EarlierResults read() const { return read_finished(folder.file("out"), report); }

  const ScratchFolder folder;
  Report report;
  PredictionResult before;
};

void expect_same_bits(double a, double b, const std::string& what) {
  if (std::isnan(a) && std::isnan(b)) return;
  EXPECT_EQ(std::bit_cast<std::uint64_t>(a), std::bit_cast<std::uint64_t>(b)) << what;
}

TEST_F(Finished, ResultsComeBackWithTheirBitsAndReasons) {
  const auto earlier = read();
  ASSERT_TRUE(earlier.predictions.at(0).has_value());
  const auto& after = *earlier.predictions[0];
  EXPECT_EQ(after.name, "a");
  EXPECT_EQ(after.seconds, before.seconds);
  EXPECT_EQ(after.tags, before.tags);
  EXPECT_EQ(after.warnings, before.warnings);
  EXPECT_EQ(after.input.path, before.input.path);
  EXPECT_EQ(after.input.cells, before.input.cells);
  EXPECT_EQ(after.input.matrix, before.input.matrix);
  EXPECT_EQ(after.input.fingerprint, before.input.fingerprint);
  ASSERT_EQ(after.contexts.size(), before.contexts.size());
  for (std::size_t c = 0; c < before.contexts.size(); ++c) {
    EXPECT_EQ(after.contexts[c].context, before.contexts[c].context);
    EXPECT_EQ(after.contexts[c].perturbations, before.contexts[c].perturbations);
    ASSERT_EQ(after.contexts[c].metrics.size(), before.contexts[c].metrics.size());
    for (std::size_t m = 0; m < before.contexts[c].metrics.size(); ++m) {
      const auto& one = before.contexts[c].metrics[m];
      const auto& two = after.contexts[c].metrics[m];
      const std::string name(one.metric->name);
      EXPECT_EQ(one.metric, two.metric);
      EXPECT_EQ(one.undefined_because, two.undefined_because);
      expect_same_bits(one.aggregate.mean, two.aggregate.mean, name);
      expect_same_bits(one.aggregate.standard_deviation, two.aggregate.standard_deviation, name);
      expect_same_bits(one.aggregate.median, two.aggregate.median, name);
      EXPECT_EQ(one.aggregate.count, two.aggregate.count);
      EXPECT_EQ(one.aggregate.missing, two.aggregate.missing);
      EXPECT_EQ(one.aggregate.undefined, two.aggregate.undefined);
      ASSERT_EQ(one.scores.size(), two.scores.size());
      for (std::size_t p = 0; p < one.scores.size(); ++p) {
        expect_same_bits(one.scores[p].value, two.scores[p].value, name);
        EXPECT_EQ(one.scores[p].undefined_because, two.scores[p].undefined_because);
        EXPECT_EQ(one.scores[p].absent, two.scores[p].absent);
      }
    }
  }
  EXPECT_EQ(results_csv(after), results_csv(before));
  EXPECT_EQ(agg_results_csv(after), agg_results_csv(before));
}

TEST_F(Finished, TellTheRealSideTheyWereScoredAgainst) {
  auto earlier = read();
  ASSERT_TRUE(earlier.real.has_value());
  EXPECT_EQ(earlier.real->fingerprint, 77U);
  EXPECT_EQ(earlier.real_fingerprint, 77U);
  ++report.real.modified;
  earlier = read();
  EXPECT_FALSE(earlier.real.has_value()) << "it must be read to be known";
  EXPECT_EQ(earlier.real_fingerprint, 77U);
}

TEST_F(Finished, AreNotWhatHasChangedSince) {
  const auto own = std::filesystem::path(folder.file("out")) / "a";
  for (const auto* name : {"results.csv", "agg_results.csv", "done.json"}) {
    const auto whole = bytes_of_file(own / name);
    for (const auto& other : {whole.substr(0, whole.size() / 2), std::string(), whole + "x"}) {
      std::ofstream(own / name, std::ios::binary) << other;
      EXPECT_FALSE(read().predictions.at(0).has_value()) << name;
    }
    std::ofstream(own / name, std::ios::binary) << whole;
    EXPECT_TRUE(read().predictions.at(0).has_value()) << name;
  }
  std::ofstream(folder.file("a.h5ad")) << "other cells";
  EXPECT_FALSE(read().predictions.at(0).has_value());
}

TEST_F(Finished, WithALabelThatIsNotUtf8AreScoredAgain) {
  before.contexts[0].perturbations[0] = "\xff";
  write_prediction(folder.file("out"), before);
  write_finished(folder.file("out"), report, before);
  EXPECT_FALSE(read().predictions.at(0).has_value());
  report.predictions[0] = before;
  report.failed.push_back({"b", "\xfe", "\xfd", {}});
  EXPECT_FALSE(run_json(report).empty());
}

TEST_F(Finished, CountForNothingOnceForgotten) {
  forget_finished(folder.file("out"));
  EXPECT_FALSE(read().predictions.at(0).has_value());
  EXPECT_TRUE(std::filesystem::exists(folder.file("out/a/results.csv")));
}

TEST_F(Finished, AreAllThatIsLeftInTheFolder) {
  const auto touch = [&](const std::string& name) {
    std::filesystem::create_directories(std::filesystem::path(folder.file(name)).parent_path());
    std::ofstream(folder.file(name)) << "x";
  };
  report.predictions.push_back({"b", {}, {}, 0.0});
  report.config.predictions.push_back({.path = "b.h5ad"});
  for (const auto* name :
       {"out/b/results.csv", "out/b/de_x.h5ad", "out/a/results.csv.tmp-17", "out/run.json.tmp-8",
        "out/real/de.h5ad.tmp-9", "out/real/de.h5ad", "out/c/results.csv", "out/notes.tmp-x"}) {
    touch(name);
  }
  remove_unfinished(folder.file("out"), report, read());
  std::set<std::string> left;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.file("out"))) {
    left.insert(std::filesystem::relative(entry.path(), folder.file("out")).string());
  }
  EXPECT_EQ(left,
            (std::set<std::string>{"a", "a/results.csv", "a/agg_results.csv", "a/done.json", "real",
                                   "real/de.h5ad", "c", "c/results.csv", "notes.tmp-x"}));
}

}  // namespace
}  // namespace cupel::test
