// Published screens, end to end: Norman 2019 and McFaline-Figueroa 2023 (log-normalised, four cell
// lines) and Datlinger 2017/2021 (counts, two stimulations).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include "config/profile.hpp"
#include "cupel/metric.hpp"
#include "support/cli.hpp"
#include "support/data_files.hpp"
#include "support/hdf5_probe.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Words = std::vector<std::string>;

// A column of labels, by other means than the reader under test.
Words labels_of(const Hdf5Probe& file, const std::string& column) {
  const auto categories = file.strings("obs/" + column + "/categories");
  Words labels;
  for (const double code : file.numbers("obs/" + column + "/codes")) {
    labels.push_back(categories[static_cast<std::size_t>(code)]);
  }
  return labels;
}

SmallScreen read_csr(const std::string& path, const std::string& gene_column,
                     const std::string& pert_column, const std::string& context_column) {
  const Hdf5Probe file(path);
  SmallScreen screen{file.strings("var/" + gene_column), labels_of(file, pert_column),
                     labels_of(file, context_column), {}};
  screen.values.resize(screen.labels.size() * screen.genes.size());
  const auto starts = file.numbers("X/indptr");
  const auto genes = file.numbers("X/indices");
  const auto values = file.numbers("X/data");
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    const auto row = static_cast<std::size_t>(cell);
    for (auto k = static_cast<std::size_t>(starts[row]); k < static_cast<std::size_t>(starts[row + 1]); ++k) {
      screen.value(cell, static_cast<std::int64_t>(genes[k])) += values[k];
    }
  }
  return screen;
}

// Every second cell of each group, from `first`.
SmallScreen half(SmallScreen screen, std::size_t first) {
  std::map<std::pair<std::string, std::string>, std::size_t> seen;
  std::vector<std::int64_t> kept;
  for (std::size_t cell = 0; cell < screen.labels.size(); ++cell) {
    if (seen[{screen.labels[cell], screen.contexts[cell]}]++ % 2 == first) {
      kept.push_back(static_cast<std::int64_t>(cell));
    }
  }
  screen.keep_cells(kept);
  return screen;
}

// The perturbations of each context under each other's labels.
SmallScreen shuffled(SmallScreen screen, const std::string& control) {
  std::map<std::string, std::set<std::string>> labels;
  for (std::size_t cell = 0; cell < screen.labels.size(); ++cell) {
    if (screen.labels[cell] != control) labels[screen.contexts[cell]].insert(screen.labels[cell]);
  }
  std::map<std::pair<std::string, std::string>, std::string> other;
  std::mt19937_64 random(3);
  for (const auto& [context, names] : labels) {
    Words order(names.begin(), names.end());
    std::ranges::shuffle(order, random);
    auto to = order.begin();
    for (const auto& name : names) other[{context, name}] = *to++;
  }
  for (std::size_t cell = 0; cell < screen.labels.size(); ++cell) {
    if (screen.labels[cell] == control) continue;
    screen.labels[cell] = other.at({screen.contexts[cell], screen.labels[cell]});
  }
  return screen;
}

class RealScreens : public Cli {
 protected:
  struct Score {
    double value;
    std::string reason;
  };
  // metric -> scores of every perturbation in every context
  [[nodiscard]] std::map<std::string, std::vector<Score>> scores(const std::string& prediction) const {
    std::map<std::string, std::vector<Score>> all;
    for (const auto& row : csv("out/" + prediction + "/results.csv")) {
      if (row[0] == "perturbation") continue;
      all[row[2]].push_back({row[3].empty() ? std::nan("") : std::stod(row[3]), row[4]});
    }
    return all;
  }

  // Chance-corrected: (1 - q) / d, which is 0 where all of the truth's directions are the same
  // (q = 1), because always saying that direction is then as good as knowing.
  static bool leaves_no_headroom(const std::string& name, double value) {
    return value == 0.0 && (name == "de_wilcoxon_direction_fidelity" ||
                            name == "de_wilcoxon_direction_fidelity_yield" ||
                            name == "de_wilcoxon_direction_yield");
  }

  // The truth is perfect wherever a metric has a perfect score.
  void expect_perfect(const std::string& prediction) const {
    for (const auto& [name, values] : scores(prediction)) {
      const auto perfect = find_metric(name).perfect;
      for (const auto& [value, reason] : values) {
        if (!reason.empty() || !std::isfinite(perfect)) continue;
        if (leaves_no_headroom(name, value)) continue;
        EXPECT_NEAR(value, perfect, 1e-12) << name;
      }
    }
  }

  [[nodiscard]] double macro_mean(const std::string& prediction, const std::string& metric) const {
    const auto rows = csv("out/" + prediction + "/agg_results.csv");
    const auto column = std::ranges::find(rows[0], metric) - rows[0].begin();
    return std::stod(rows.back()[static_cast<std::size_t>(column)]);
  }
};

class Norman : public RealScreens {
 protected:
  const std::string file = data_file("real/norman19_mcfaline23.h5ad");
  const Words flags{"--input-type", "lognorm", "--context-col", "cell_type",
                    "--pert-col", "perturbation", "--control", "control"};
};

TEST_F(Norman, ScoresTheTruthPerfectInEveryCellLine) {
  CUPEL_SKIP_WITHOUT_DATA();
  Words arguments{"score", "--real", file, "--pred", "truth=" + file, "--profile", "full", "-o", "out"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  const auto result = cupel(arguments);
  expect_done(result);
  // Doubles (A+B) and genes outside the 500 name no gene.
  EXPECT_NE(result.err.find("59 of 60 perturbation labels name no gene"), std::string::npos) << result.err;
  std::map<std::string, std::set<std::string>> perturbations;
  for (const auto& row : csv("out/truth/results.csv")) perturbations[row[1]].insert(row[0]);
  EXPECT_EQ(perturbations["k562"].size(), 33U);
  for (const auto* line : {"A172", "T98G", "U87MG"}) EXPECT_EQ(perturbations[line].size(), 9U);
  expect_perfect("truth");
}

TEST_F(Norman, RanksTheOtherHalfOfTheCellsAboveThemUnderShuffledLabels) {
  CUPEL_SKIP_WITHOUT_DATA();
  const auto whole = read_csr(file, "gene_symbol", "perturbation", "cell_type");
  write_screen(folder.file("real.h5ad"), half(whole, 0));
  write_screen(folder.file("half.h5ad"), half(whole, 1));
  write_screen(folder.file("shuffled.h5ad"), shuffled(half(whole, 1), "control"));
  expect_done(cupel({"score", "--real", "real.h5ad", "--pred", "shuffled.h5ad", "half.h5ad", "-o", "out",
                     "--input-type", "lognorm", "--context-col", "line", "--control", "control"}));
  EXPECT_EQ(csv("out/leaderboard.csv")[1][1], "half");
  EXPECT_GT(macro_mean("half", "pds_cosine"), macro_mean("shuffled", "pds_cosine") + 0.1);
}

TEST_F(Norman, TestsTheGenesAboveTheGateOfEachCellRescaledToAMillion) {
  CUPEL_SKIP_WITHOUT_DATA();
  Words arguments{"de", file, "--gate", "-o", "de.h5ad"};
  arguments.insert(arguments.end(), flags.begin(), flags.end());
  expect_done(cupel(arguments));
  auto whole = read_csr(file, "gene_symbol", "perturbation", "cell_type");
  for (const std::string line : {"k562", "A172", "T98G", "U87MG"}) {
    std::vector<double> cpm(whole.genes.size());
    for (std::int64_t cell = 0; cell < whole.n_cells(); ++cell) {
      const auto row = static_cast<std::size_t>(cell);
      if (whole.labels[row] != "control" || whole.contexts[row] != line) continue;
      double total = 0;
      for (std::int64_t gene = 0; gene < whole.n_genes(); ++gene) total += std::expm1(whole.value(cell, gene));
      for (std::int64_t gene = 0; gene < whole.n_genes(); ++gene) {
        cpm[static_cast<std::size_t>(gene)] += std::expm1(whole.value(cell, gene)) * (1e6 / total) / 100;
      }
    }
    Words passing;
    for (std::size_t gene = 0; gene < cpm.size(); ++gene) {
      if (cpm[gene] > 5) passing.push_back(whole.genes[gene]);
    }
    EXPECT_GT(passing.size(), 50U);
    EXPECT_EQ(Hdf5Probe(folder.file("de_" + line + ".h5ad")).strings("var/_index"), passing) << line;
  }
}

class Datlinger : public RealScreens {
 protected:
  const std::string file = data_file("real/datlinger21_cropseq_counts.h5ad");

  // Guides GENE_1, GENE_2 to their gene.
  void write_guides() const {
    const Hdf5Probe screen(file);
    std::string lines = "perturbation,gene\n";
    for (const auto& guide : screen.strings("obs/perturbation/categories")) {
      if (guide != "control") lines += guide + "," + guide.substr(0, guide.rfind('_')) + "\n";
    }
    write("guides.csv", lines);
  }
};

TEST_F(Datlinger, ScoresTheTruthPerfectUnderBothStimulations) {
  CUPEL_SKIP_WITHOUT_DATA();
  write_guides();
  const auto result = cupel({"score", "--real", file, "--pred", "truth=" + file, "--profile", "full", "-o",
                             "out", "--context-col", "perturbation_2", "--pert-col", "perturbation",
                             "--control", "control", "--target-gene-map", "guides.csv"});
  expect_done(result);
  EXPECT_NE(result.err.find("56 of 80 perturbation labels name no gene"), std::string::npos) << result.err;
  std::map<std::string, std::set<std::string>> perturbations;
  for (const auto& row : csv("out/truth/results.csv")) perturbations[row[1]].insert(row[0]);
  EXPECT_EQ(perturbations["stimulated"].size(), 40U);
  EXPECT_EQ(perturbations["unstimulated"].size(), 40U);
  expect_perfect("truth");
}

TEST_F(Datlinger, NeedsTheMapFromGuidesToGenes) {
  CUPEL_SKIP_WITHOUT_DATA();
  expect_refused(cupel({"score", "--real", file, "--pred", file, "-o", "out", "--context-col",
                        "perturbation_2", "--pert-col", "perturbation", "--control", "control"}),
                 3, "none of 80 perturbation labels names a gene, so their own genes cannot be left out; "
                    "give --target-gene-map");
}

TEST_F(Datlinger, RanksTheTruthAboveItselfUnderShuffledLabels) {
  CUPEL_SKIP_WITHOUT_DATA();
  write_guides();
  const auto whole = read_csr(file, "_index", "perturbation", "perturbation_2");
  write_screen(folder.file("truth.h5ad"), whole);
  write_screen(folder.file("shuffled.h5ad"), shuffled(whole, "control"));
  expect_done(cupel({"score", "--real", "truth.h5ad", "--pred", "shuffled.h5ad", "truth.h5ad", "-o", "out",
                     "--context-col", "line", "--control", "control", "--target-gene-map", "guides.csv"}));
  EXPECT_EQ(csv("out/leaderboard.csv")[1][1], "truth");
  EXPECT_EQ(macro_mean("truth", "pds_cosine"), 1.0);
  // 80 ranks at random: 0.5 ± 0.032.
  EXPECT_NEAR(macro_mean("shuffled", "pds_cosine"), 0.5, 0.13);
}

}  // namespace
}  // namespace cupel::test
