// Planted effects, from files to strata.
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "evaluate.hpp"
#include "log.hpp"
#include "support/cli.hpp"
#include "support/memory_screen.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

// Four perturbations that do something, and eight that do nothing: "N0" to "N7", 16 to 22 cells.
SmallScreen planted(std::uint64_t draw) {
  auto screen = make_small_screen({.draw = draw});
  for (std::uint64_t copy = 0; copy < 2; ++copy) {
    auto nothing = make_small_screen({.draw = 100 * draw + copy, .effect = 0.0});
    std::map<std::string, std::string> name;
    for (std::int64_t cell = 0; cell < nothing.n_cells(); ++cell) {
      const auto& label = nothing.labels[static_cast<std::size_t>(cell)];
      if (label == "non-targeting") continue;
      name.emplace(label, "");
      std::uint64_t place = 0;
      for (auto& [known, to] : name) to = fmt::format("N{}", 4 * copy + place++);
    }
    for (std::int64_t cell = 0; cell < nothing.n_cells(); ++cell) {
      const auto& label = nothing.labels[static_cast<std::size_t>(cell)];
      // Cells of the control's distribution, as many again as there are.
      screen.labels.push_back(label == "non-targeting" ? label : name.at(label));
      for (std::int64_t gene = 0; gene < nothing.n_genes(); ++gene) {
        screen.values.push_back(nothing.value(cell, gene));
      }
    }
  }
  return screen;
}

class EvaluateStrata : public Cli {
 protected:
  EvaluateStrata() {
    write_screen(folder.file("real.h5ad"), planted(1));
    write_screen(folder.file("again.h5ad"), planted(2));
    config.real = folder.file("real.h5ad");
    config.predictions = {{.path = folder.file("again.h5ad")}};
    config.profile = "full";
  }
  [[nodiscard]] Report run(int backends = 1) const {
    std::vector<std::unique_ptr<Backend>> cpus;
    while (std::ssize(cpus) < backends) cpus.push_back(make_backend("cpu"));
    Console console(true);
    return evaluate_on(cpus, config, console, {});
  }

  RunConfig config;
};

double mean_in(const Report& report, const std::string& stratum, const std::string& metric) {
  for (const auto& row : report.predictions[0].contexts[0].strata) {
    if (row.stratum == stratum && row.metric == metric) return row.mean;
  }
  return std::nan("");
}

TEST_F(EvaluateStrata, PutsPerturbationsThatDoNothingInTheNullStratum) {
  const auto report = run();
  ASSERT_EQ(report.truth.contexts.size(), 1U);
  const auto& truth = report.truth.contexts[0];
  ASSERT_EQ(truth.perturbations.size(), 12U);
  for (std::size_t p = 0; p < 12; ++p) {
    const bool nothing = truth.perturbations[p].starts_with("N");
    EXPECT_EQ(truth.stratum[p] == 0, nothing) << truth.perturbations[p] << " " << truth.e_p_adj[p];
    EXPECT_EQ(truth.n_de[p] > 3, !nothing) << truth.perturbations[p];
    if (!nothing) {
      EXPECT_GT(truth.reliability[p], 0.6) << truth.perturbations[p];
    }
  }
  // Measuring again claims of nothing what noise shows, and of an effect more.
  EXPECT_NEAR(mean_in(report, "null", "claimed_effect"), 1.0, 0.25);
  EXPECT_GT(mean_in(report, "strong", "claimed_effect"), 2.0);
  EXPECT_LT(mean_in(report, "null", "false_calls"), 0.5);
  EXPECT_GT(mean_in(report, "strong", "delta_pearson"), 0.8);
  EXPECT_TRUE(std::isnan(mean_in(report, "null", "delta_pearson")));
  EXPECT_NEAR(mean_in(report, "null", "delta_pearson_split_control"), 0.0, 0.15);
  EXPECT_EQ(mean_in(report, "all", "significance_auc"), 1.0);
}

TEST_F(EvaluateStrata, ChangesNoScore) {
  const auto with = run();
  config.strata = "none";
  const auto without = run();
  EXPECT_TRUE(without.truth.contexts.empty());
  const auto& a = with.predictions[0].contexts[0];
  const auto& b = without.predictions[0].contexts[0];
  EXPECT_TRUE(b.strata.empty());
  ASSERT_EQ(a.metrics.size(), b.metrics.size());
  for (std::size_t m = 0; m < a.metrics.size(); ++m) {
    EXPECT_EQ(std::bit_cast<std::uint64_t>(a.metrics[m].aggregate.mean),
              std::bit_cast<std::uint64_t>(b.metrics[m].aggregate.mean));
  }
}

TEST_F(EvaluateStrata, WeighsGenesWithOrWithoutStrataOnAnyNumberOfBackends) {
  config.profile = "weighted";
  config.predictions.push_back({.path = config.real, .name = "truth"});
  const auto with = run(2);
  config.strata = "none";
  const auto without = run(1);
  for (std::size_t m = 0; m < 3; ++m) {
    const auto& a = with.predictions[0].contexts[0].metrics[m];
    const auto& b = without.predictions[0].contexts[0].metrics[m];
    EXPECT_EQ(std::bit_cast<std::uint64_t>(a.aggregate.mean),
              std::bit_cast<std::uint64_t>(b.aggregate.mean));
    EXPECT_NEAR(with.predictions[1].contexts[0].metrics[m].aggregate.mean, a.metric->perfect,
                1e-12);
    EXPECT_FALSE(std::isnan(a.aggregate.mean));
  }
}

TEST_F(EvaluateStrata, AreWrittenUnlessSwitchedOff) {
  expect_done(cupel({"score", "--real", "real.h5ad", "--pred", "again.h5ad", "-o", "out"}));
  EXPECT_EQ(csv("out/truth.csv").size(), 13U);
  EXPECT_EQ(csv("out/truth.csv")[0].front(), "perturbation");
  EXPECT_EQ(csv("out/metric_quality.csv").size(), 11U);
  EXPECT_GT(csv("out/again/strata.csv").size(), 30U);
  EXPECT_NE(text("out/run.json").find("\"permutations\": 1999"), std::string::npos);
  const auto off = cupel(
      {"score", "--real", "real.h5ad", "--pred", "again.h5ad", "-o", "off", "--strata", "none"});
  expect_done(off);
  EXPECT_EQ(off.out.find("stratum"), std::string::npos);
  EXPECT_FALSE(everything().contains("off/truth.csv"));
  EXPECT_FALSE(everything().contains("off/again/strata.csv"));
  EXPECT_EQ(text("off/run.json").find("permutations"), std::string::npos);
  EXPECT_EQ(text("off/leaderboard.csv"), text("out/leaderboard.csv"));
  EXPECT_EQ(
      cupel({"score", "--real", "real.h5ad", "--pred", "again.h5ad", "-o", "x", "--strata", "some"})
          .exit_code,
      2);
}

}  // namespace
}  // namespace cupel::test
