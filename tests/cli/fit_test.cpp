#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>

#include "models/model.hpp"
#include "support/cli.hpp"
#include "support/data_files.hpp"
#include "support/hdf5_probe.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

using Names = std::vector<std::string>;

class Fit : public Cli {
 protected:
  [[nodiscard]] static Names fit(const std::string& model, const Names& more = {},
                                 const std::string& output = "pred.h5ad") {
    Names words{"fit", "screen.h5ad", "--model", model, "-o", output};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
  // Rows of X by their names.
  [[nodiscard]] std::map<std::string, std::vector<double>> rows(const std::string& name) const {
    const Hdf5Probe file(folder.file(name));
    const auto names = file.strings("obs/_index");
    const auto values = file.numbers(file.has("layers/log1p") ? "layers/log1p" : "X");
    std::map<std::string, std::vector<double>> result;
    const auto genes = values.size() / names.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
      const auto begin = values.begin() + static_cast<std::ptrdiff_t>(i * genes);
      result[names[i]] = {begin, begin + static_cast<std::ptrdiff_t>(genes)};
    }
    return result;
  }
};

// log1p of group sums that sum to 50,000, as the profiles of counts are.
std::vector<double> profile(const SmallScreen& screen, const std::string& label) {
  std::vector<double> sums(60, 0.0);
  double total = 0.0;
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    if (screen.labels[static_cast<std::size_t>(cell)] != label) continue;
    for (std::size_t gene = 0; gene < 60; ++gene) {
      const double value = screen.values[static_cast<std::size_t>(cell) * 60 + gene];
      sums[gene] += value;
      total += value;
    }
  }
  for (double& value : sums) value = std::log1p(value * 5e4 / total);
  return sums;
}

TEST_F(Fit, PredictsWhatIsHeldOut) {
  const auto screen = make_small_screen();
  write_screen(folder.file("screen.h5ad"), screen);
  write("held_out.txt", "G010\nunheard\n");
  const auto result = cupel(fit("perturbed_mean", {"--held-out", "held_out.txt"}));
  expect_done(result);
  EXPECT_EQ(result.out,
            "claim: seen context, unseen perturbations\n"
            "perturbed_mean trained on 3 conditions (58 cells, 40 control cells)\n"
            "       2 global\n"
            "written: pred.h5ad, pred.rules.csv, pred.json\n");
  const auto control = profile(screen, "non-targeting");
  std::vector<double> wanted = control;
  for (const auto* label : {"G003", "G025", "G041"}) {
    const auto of_label = profile(screen, label);
    for (std::size_t g = 0; g < 60; ++g) wanted[g] += (of_label[g] - control[g]) / 3.0;
  }
  const auto predicted = rows("pred.h5ad");
  ASSERT_EQ(predicted.size(), 3U);
  for (std::size_t g = 0; g < 60; ++g) {
    EXPECT_NEAR(predicted.at("non-targeting_0")[g], control[g], 1e-6);
    EXPECT_NEAR(predicted.at("G010_1")[g], std::max(0.0, wanted[g]), 1e-6);
  }
  EXPECT_EQ(predicted.at("G010_1"), predicted.at("unheard_2"));
  EXPECT_EQ(Hdf5Probe(folder.file("pred.h5ad")).strings("obs/rule/categories"),
            (Names{"control", "global"}));
  expect_refused(cupel(fit("perturbed_mean", {"--held-out", "held_out.txt"})), 2, "add --force");
}

// Made of held-out cells by design, and therefore exempt from the next test; see
// CeilingsSayWhatTheySee.
const std::set<std::string> kCeilings{"technical_duplicate", "interpolated_duplicate"};

// Whatever the cells of held-out conditions hold, even what no screen may hold, is never looked at:
// what is written has the same bytes.
TEST_F(Fit, NeverReadsWhatIsHeldOut) {
  auto screen = make_small_screen();
  write_screen(folder.file("screen.h5ad"), screen);
  write("held_out.txt", "G010\nG041\n");
  write("go.csv", "gene,a,b\nG003,1,0\nG010,1,1\nG025,0,1\nG041,0,0.5\n");
  std::vector<Names> fits;
  for (const auto& model : models::all_models()) {
    const std::string name(model.name);
    if (kCeilings.contains(name)) continue;
    Names words = fit(name, {"--held-out", "held_out.txt", "--table", "go=go.csv"}, name);
    const auto has = [&](const char* setting) {
      return std::ranges::any_of(model.settings, [&](const auto& s) { return s.name == setting; });
    };
    if (has("features")) words.insert(words.end(), {"--with", "features=table:go"});
    if (has("trees")) words.insert(words.end(), {"--with", "trees=7"});
    if (has("rounds")) words.insert(words.end(), {"--with", "rounds=3"});
    fits.push_back(words);
  }
  auto with_cells = fit("ridge", {"--held-out", "held_out.txt", "--cells", "5"}, "cells");
  fits.push_back(with_cells);
  const auto run_all = [&](const std::string& suffix) {
    for (auto words : fits) {
      words[5] += suffix;
      expect_done(cupel(words));
    }
  };
  run_all("_before.h5ad");
  for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
    const auto& label = screen.labels[static_cast<std::size_t>(cell)];
    if (label != "G010" && label != "G041") continue;
    for (std::int64_t gene = 0; gene < 60; ++gene) {
      screen.value(cell, gene) = std::numeric_limits<double>::quiet_NaN();
    }
  }
  write_screen(folder.file("screen.h5ad"), screen);
  run_all("_after.h5ad");
  for (const auto& words : fits) {
    EXPECT_EQ(text(words[5] + "_before.h5ad"), text(words[5] + "_after.h5ad")) << words[5];
    EXPECT_EQ(text(words[5] + "_before.rules.csv"), text(words[5] + "_after.rules.csv"));
  }
  EXPECT_NE(cupel({"pseudobulk", "screen.h5ad", "-o", "bulk.h5ad"}).exit_code, 0)
      << "NaN in the file was not seen by a command that reads it";
}

// A ceiling and its truth share the held-out cells between them, and nobody is told that a score on
// it is one of a prediction.
TEST_F(Fit, CeilingsSayWhatTheySee) {
  auto screen = make_small_screen();
  screen.to_lognorm();
  write_screen(folder.file("screen.h5ad"), screen);
  expect_done(cupel({"split", "gex", "--real", "screen.h5ad", "--hold-out", "G010", "--hold-out",
                     "G041", "--val", "0", "-o", "split.json"}));
  const auto claim = nlohmann::json::parse(text("split.json")).at("claim").get<std::string>();
  for (const auto& name : kCeilings) {
    const Names words =
        fit(name, {"--split", "split.json", "--input-type", "lognorm"}, name + ".h5ad");
    expect_refused(cupel(words), 2, "give --truth FILE for the other half");
    auto with_truth = words;
    with_truth.insert(with_truth.end(), {"--truth", name + "_truth.h5ad"});
    const auto result = cupel(with_truth);
    expect_done(result);
    EXPECT_TRUE(result.out.starts_with("claim: none: " + name + " is a ceiling, made of half of "))
        << result.out;
    EXPECT_NE(result.out.find("       2 replicate\n"), std::string::npos) << result.out;
    const auto record = nlohmann::json::parse(text(name + ".json"));
    EXPECT_TRUE(record.at("model").at("sees_held_out_cells").get<bool>());
    EXPECT_EQ(record.at("model").at("halves_seed"), 42);
    EXPECT_EQ(record.at("split").at("claim"), claim);
    EXPECT_EQ(csv(name + ".rules.csv").at(1).at(5), "replicate");
  }
  EXPECT_FALSE(nlohmann::json::parse(text("technical_duplicate.json")).at("claim") == claim);
  EXPECT_EQ(text("technical_duplicate_truth.h5ad"), text("interpolated_duplicate_truth.h5ad"))
      << "two ceilings of one seed have two truths";

  // The truth's cells and the duplicate's are the screen's.
  expect_done(cupel({"pseudobulk", "technical_duplicate_truth.h5ad", "--input-type", "lognorm",
                     "-o", "first.h5ad"}));
  const auto first = rows("first.h5ad");
  const auto truth_cells =
      Hdf5Probe(folder.file("technical_duplicate_truth.h5ad")).strings("obs/_index");
  for (const auto* label : {"G010", "G041"}) {
    std::vector<double> whole(60, 0.0);
    std::int64_t cells = 0;
    for (std::int64_t cell = 0; cell < screen.n_cells(); ++cell) {
      if (screen.labels[static_cast<std::size_t>(cell)] != label) continue;
      ++cells;
      for (std::int64_t g = 0; g < 60; ++g)
        whole[static_cast<std::size_t>(g)] += screen.value(cell, g);
    }
    const auto in_truth = std::ranges::count_if(
        truth_cells, [&](const std::string& row) { return row.starts_with(label); });
    EXPECT_EQ(in_truth, cells / 2);
    for (const auto& [row, values] : rows("technical_duplicate.h5ad")) {
      if (!row.starts_with(label)) continue;
      for (std::size_t g = 0; g < 60; ++g) {
        EXPECT_NEAR(static_cast<double>(in_truth) * first.at(label)[g] +
                        static_cast<double>(cells - in_truth) * values[g],
                    whole[g], 1e-3);
      }
    }
  }

  // Measuring again is better than predicting; and every model is scored on the same half.
  expect_done(cupel(fit("perturbed_mean", {"--split", "split.json", "--input-type", "lognorm"})));
  expect_done(
      cupel({"score", "--real", "technical_duplicate_truth.h5ad", "--pred",
             "technical_duplicate.h5ad", "interpolated_duplicate.h5ad", "pred.h5ad", "--profile",
             "anndata", "--input-type", "lognorm", "--ends", "none", "-o", "out"}));
  const auto mean_of = [&](const std::string& model) {
    double sum = 0.0;
    for (const auto& row : csv("out/" + model + "/results.csv")) {
      if (row[2] == "delta_pearson") sum += std::stod(row[3]) / 2.0;
    }
    return sum;
  };
  EXPECT_GT(mean_of("technical_duplicate"), mean_of("pred") + 0.1);
  EXPECT_GT(mean_of("interpolated_duplicate"), mean_of("pred") + 0.1);
}

// True replicates in place of drawn halves.
TEST_F(Fit, CeilingsTakeReplicates) {
  auto screen = make_small_screen();
  int at = 0;
  for (const auto& label : screen.labels) {
    screen.more["replicate"].push_back(++at % 7 == 0     ? SmallScreen::kNoLabel
                                       : label == "G025" ? "rep1"
                                       : at % 3 == 0     ? "rep2"
                                                         : "rep1");
    screen.more["three"].push_back(std::to_string(at % 3));
  }
  write_screen(folder.file("screen.h5ad"), screen);
  write("held_out.txt", "G010\nG025\n");
  const auto words = [&](const std::string& column) {
    return fit("technical_duplicate",
               {"--held-out", "held_out.txt", "--truth", "truth.h5ad", "--halves-col", column});
  };
  expect_done(cupel(words("replicate")));
  EXPECT_EQ(nlohmann::json::parse(text("pred.json")).at("model").at("halves_column"), "replicate");
  const auto rules = csv("pred.rules.csv");
  EXPECT_EQ(rules[1][5], "replicate");
  EXPECT_EQ(rules[2][5], "none") << "G025 was measured once";
  auto parted = screen;
  for (std::size_t i = 0; i < parted.labels.size(); ++i) {
    parted.labels[i] += "/" + screen.more["replicate"][i];
  }
  const auto wanted = profile(parted, "G010/rep2");
  const auto predicted = rows("pred.h5ad").at("G010_1");
  for (std::size_t g = 0; g < 60; ++g) EXPECT_NEAR(predicted[g], wanted[g], 1e-6);
  expect_done(cupel({"pseudobulk", "truth.h5ad", "-o", "bulk.h5ad"}));
  const auto first = profile(parted, "G010/rep1");
  const auto truth = rows("bulk.h5ad").at("G010");
  for (std::size_t g = 0; g < 60; ++g) EXPECT_NEAR(truth[g], first[g], 1e-6);

  auto three = words("three");
  three[5] = "t.h5ad";
  three.emplace_back("--force");
  expect_refused(cupel(three), 3, "obs column 'three' has 3 labels in the cells that are held out");
  expect_refused(
      cupel(fit("no_change", {"--held-out", "held_out.txt", "--halves-col", "three"}, "n.h5ad")), 2,
      "--halves-col is of ceilings; 'no_change' sees no half");
}

// A ceiling of what the screen has no two cells of is not made.
TEST_F(Fit, CeilingsNeedTwoCells) {
  write_screen(folder.file("screen.h5ad"), make_small_screen());
  write("held_out.txt", "G010\nunheard\n");
  expect_done(cupel(fit("technical_duplicate", {"--held-out", "held_out.txt", "--truth",
                                                "truth.h5ad", "--cells", "match-real"})));
  const auto rules = csv("pred.rules.csv");
  EXPECT_EQ(rules[2][5], "none");
  EXPECT_EQ(rules[2][6], "no two halves of it are in the screen");
}

// The fold's train trains, its test is asked, its claim is repeated and no more.
TEST_F(Fit, FollowsASplit) {
  auto screen = make_small_screen({.contexts = 2});
  screen.rename("G041", "G010+G003");
  write_screen(folder.file("screen.h5ad"), screen);
  expect_done(cupel({"split", "cex", "--real", "screen.h5ad", "--context-col", "line", "--hold-out",
                     "line1", "--val", "0", "-o", "split.json"}));
  const auto claim = nlohmann::json::parse(text("split.json")).at("claim").get<std::string>();
  const auto result =
      cupel(fit("perturbation_mean", {"--split", "split.json", "--truth", "truth.h5ad"}));
  expect_done(result);
  EXPECT_TRUE(result.out.starts_with("claim: " + claim + "\n")) << result.out;
  const auto record = nlohmann::json::parse(text("pred.json"));
  EXPECT_EQ(record.at("claim"), claim);
  EXPECT_EQ(record.at("split").at("generator"), "cex");
  EXPECT_EQ(record.at("split").at("sha256"),
            nlohmann::json::parse(text("split.json")).at("split_sha256"));
  EXPECT_EQ(record.at("predictions").at("other-context"), 4);
  EXPECT_EQ(record.at("trained_on").at("conditions"), 4);
  EXPECT_EQ(record.at("columns").at("context"), "line");
  const auto rules = csv("pred.rules.csv");
  ASSERT_EQ(rules.size(), 5U);
  EXPECT_EQ(rules[0],
            (Names{"perturbation", "context", "dataset", "dose", "task", "rule", "reason"}));
  EXPECT_EQ(rules[1], (Names{"G003", "line1", "", "", "cex", "other-context", ""}));
  EXPECT_EQ(rules[2][0], "G010+G003") << "the label is the file's";

  // The prediction is on the truth's scale and carries its controls.
  const auto scored = cupel({"score", "--real", "truth.h5ad", "--pred", "pred.h5ad",
                             "--context-col", "line", "--profile", "anndata", "--ends", "none",
                             "--set", "data.allow_fractional_counts=true", "--force", "-o", "out"});
  expect_done(scored);
  EXPECT_EQ(csv("out/pred/results.csv").size() % 4, 1U);
}

TEST_F(Fit, TakesAFoldByName) {
  write_screen(folder.file("screen.h5ad"), make_small_screen());
  expect_done(cupel({"split", "kfold", "--real", "screen.h5ad", "--folds", "2", "--val", "0", "-o",
                     "split.json"}));
  const auto folds = nlohmann::json::parse(text("split.json")).at("folds");
  expect_refused(cupel(fit("perturbed_mean", {"--split", "split.json"})), 2, "give --fold one of");
  std::set<std::string> asked;
  for (const auto& fold : folds) {
    const std::string name = fold.at("name");
    expect_done(
        cupel(fit("perturbed_mean", {"--split", "split.json", "--fold", name}, name + ".h5ad")));
    for (const auto& row : csv(name + ".rules.csv")) asked.insert(row[0]);
  }
  EXPECT_EQ(asked, (std::set<std::string>{"perturbation", "G003", "G010", "G025", "G041"}));

  // All at once: each condition as its own fold predicts it.
  expect_done(cupel(fit("perturbed_mean", {"--split", "split.json", "--fold", "all"}, "all.h5ad")));
  const auto label_of = [](std::string row) { return row.substr(0, row.rfind('_')); };
  std::map<std::string, std::vector<double>> apart;
  for (const auto& fold : folds) {
    for (const auto& [row, values] : rows(fold.at("name").get<std::string>() + ".h5ad")) {
      apart[label_of(row)] = values;
    }
  }
  std::map<std::string, std::vector<double>> together;
  for (const auto& [row, values] : rows("all.h5ad")) together[label_of(row)] = values;
  EXPECT_EQ(together, apart);
  EXPECT_EQ(nlohmann::json::parse(text("all.json")).at("trained_on").at("conditions"), 4);
  EXPECT_EQ(nlohmann::json::parse(text("all.json")).at("predictions").at("global"), 4);
}

TEST_F(Fit, JoinsNoFoldsThatDoNotFitTogether) {
  write_screen(folder.file("screen.h5ad"), make_small_screen({.contexts = 2}));
  expect_done(cupel({"split", "kfold", "--real", "screen.h5ad", "--context-col", "line", "--folds",
                     "2", "--repeats", "2", "--val", "0", "-o", "twice.json"}));
  expect_refused(cupel(fit("perturbed_mean", {"--split", "twice.json", "--fold", "all"})), 3,
                 "is tested in several folds; fit one fold at a time");
  expect_done(cupel({"split", "cex", "--real", "screen.h5ad", "--context-col", "line", "--val", "0",
                     "--hide-controls", "-o", "hidden.json"}));
  expect_refused(cupel(fit("no_change", {"--split", "hidden.json", "--fold", "all"})), 3, "");
  EXPECT_FALSE(everything().contains("pred.h5ad"));
}

// A condition in a context whose controls do not train is not predicted, and why is said.
TEST_F(Fit, SaysWhyThereIsNoPrediction) {
  write_screen(folder.file("screen.h5ad"), make_small_screen({.contexts = 2}));
  expect_done(cupel({"split", "cex", "--real", "screen.h5ad", "--context-col", "line", "--hold-out",
                     "line1", "--val", "0", "--hide-controls", "-o", "split.json"}));
  expect_refused(cupel(fit("perturbation_mean", {"--split", "split.json"})), 3,
                 "no control cell of context 'line1' may be looked at");
  expect_done(cupel(
      fit("perturbation_mean", {"--split", "split.json", "--reference", "global"}, "g.h5ad")));
}

TEST_F(Fit, MakesWholeCountsThatScoreTakesAsTheyAre) {
  write_screen(folder.file("screen.h5ad"), make_small_screen());
  write("held_out.txt", "G010\nG025\n");
  const auto made = [&](const std::string& cells, const std::string& output) {
    return cupel(
        fit("perturbed_mean",
            {"--held-out", "held_out.txt", "--cells", cells, "--truth", output + "_truth.h5ad"},
            output + ".h5ad"));
  };
  expect_done(made("train-median", "median"));
  EXPECT_EQ(nlohmann::json::parse(text("median.json")).at("output").at("mode"), "scale-counts");
  expect_done(cupel({"score", "--real", "median_truth.h5ad", "--pred", "median.h5ad", "--profile",
                     "minimal", "--ends", "none", "-o", "out"}));
  const auto real = made("match-real", "real");
  expect_done(real);
  EXPECT_NE(real.err.find("tells how many cells"), std::string::npos);
  const auto n_rows = [&](const std::string& file) {
    return Hdf5Probe(folder.file(file)).strings("obs/_index").size();
  };
  EXPECT_EQ(n_rows("real.h5ad"), n_rows("real_truth.h5ad"));
  expect_refused(made("some", "none"), 2, "give a number, train-median or match-real");
}

TEST_F(Fit, TakesSeveralDatasets) {
  write_screen(folder.file("a.h5ad"), make_small_screen({.draw = 1}));
  write_screen(folder.file("b.h5ad"), make_small_screen({.draw = 2}));
  expect_done(cupel({"split", "cross-dataset", "--real", "A=./a.h5ad", "--real", "B=./b.h5ad",
                     "--hold-out", "B", "--val", "0", "-o", "split.json"}));
  expect_done(cupel({"fit", "A=./a.h5ad", "--also", "B=./b.h5ad", "--model", "perturbation_mean",
                     "--split", "split.json", "-o", "pred.h5ad", "--cells", "4"}));
  EXPECT_EQ(nlohmann::json::parse(text("pred.json")).at("predictions").at("other-context"), 4);
}

TEST_F(Fit, TrainsOnWhatItIsToldTo) {
  write_screen(folder.file("screen.h5ad"), make_small_screen({.contexts = 2}));
  write("train.txt", "G003\nline1\tG010\n");
  expect_done(cupel(fit("perturbation_mean", {"--train", "train.txt", "--context-col", "line"})));
  const Hdf5Probe file(folder.file("pred.h5ad"));
  EXPECT_EQ(file.strings("obs/_index"),
            (Names{"line0_non-targeting_0", "line1_non-targeting_1", "line0_G010_2", "line0_G025_3",
                   "line0_G041_4", "line1_G025_5", "line1_G041_6"}));
  EXPECT_EQ(file.strings("obs/rule/categories"), (Names{"control", "other-context", "global"}));
}

TEST_F(Fit, TakesCombinationsApart) {
  auto screen = make_small_screen();
  screen.rename("G041", "G003+G010");
  write_screen(folder.file("screen.h5ad"), screen);
  write("held_out.txt", "G003+G010\n");
  expect_done(cupel(fit("additive", {"--held-out", "held_out.txt"})));
  const auto predicted = rows("pred.h5ad").at("G003+G010_1");
  const auto control = profile(screen, "non-targeting");
  const auto a = profile(screen, "G003");
  const auto b = profile(screen, "G010");
  for (std::size_t g = 0; g < 60; ++g) {
    EXPECT_NEAR(predicted[g], std::max(0.0, a[g] + b[g] - control[g]), 1e-6);
  }
  expect_done(
      cupel(fit("additive", {"--held-out", "held_out.txt", "--silence-targets"}, "silent.h5ad")));
  const auto silent = rows("silent.h5ad").at("G003+G010_1");
  EXPECT_EQ(silent[3], 0.0);
  EXPECT_EQ(silent[10], 0.0);
  EXPECT_EQ(silent[4], predicted[4]);
}

// Doses stand in the order of their label, and each member counts at its own.
TEST_F(Fit, KeepsTheDosesOfACombinationApart) {
  auto screen = make_small_screen();
  screen.rename("G041", "G010+G003");
  std::map<std::string, int> seen;
  for (const auto& label : screen.labels) {  // a column of doses
    const bool odd = ++seen[label] % 2 == 1;
    screen.contexts.push_back(label == "G010+G003" ? "2+1" : odd ? "1" : "2");
  }
  write_screen(folder.file("screen.h5ad"), screen);
  write("held_out.txt", "\tG010+G003\t2+1\n");
  expect_done(cupel(fit("additive", {"--held-out", "held_out.txt", "--dose-col", "line"})));
  EXPECT_EQ(csv("pred.rules.csv").at(1), (Names{"G010+G003", "", "", "2+1", "", "composed", ""}));
  const auto categories = Hdf5Probe(folder.file("pred.h5ad")).strings("obs/line/categories");
  EXPECT_EQ(categories.back(), "2+1");
  const auto control = profile(screen, "non-targeting");
  for (std::size_t cell = 0; cell < screen.labels.size(); ++cell) {
    screen.labels[cell] += "@" + screen.contexts[cell];
  }
  const auto a = profile(screen, "G003@1");
  const auto b = profile(screen, "G010@2");
  const auto predicted = rows("pred.h5ad").at("G010+G003_1");
  for (std::size_t g = 0; g < 60; ++g) {
    EXPECT_NEAR(predicted[g], std::max(0.0, a[g] + b[g] - control[g]), 1e-6);
  }
}

TEST_F(Fit, LearnsFromTables) {
  write_screen(folder.file("screen.h5ad"), make_small_screen());
  write("held_out.txt", "G010\nunheard\n");
  write("go.csv", "gene,a,b\nG003,1,0\nG010,1,1\nG025,0,1\nG041,0,0.5\n");
  const auto result =
      cupel(fit("ridge", {"--held-out", "held_out.txt", "--table", "go=go.csv", "--with",
                          "features=table:go", "--with", "fallback=none"}));
  expect_done(result);
  EXPECT_NE(result.out.find("       1 features\n       1 not predicted\n"), std::string::npos)
      << result.out;
  EXPECT_EQ(rows("pred.h5ad").size(), 2U) << "what was not predicted was written";
}

TEST_F(Fit, MakesCellsWhoseMeanIsTheProfile) {
  auto screen = make_small_screen();
  screen.to_lognorm();
  write_screen(folder.file("screen.h5ad"), screen);
  write("held_out.txt", "G010\n");
  const Names lognorm{"--held-out", "held_out.txt", "--input-type", "lognorm"};
  expect_done(cupel(fit("perturbed_mean", lognorm)));
  auto with_cells = lognorm;
  with_cells.insert(with_cells.end(), {"--cells", "7"});
  expect_done(cupel(fit("perturbed_mean", with_cells, "cells.h5ad")));
  expect_done(cupel({"pseudobulk", "cells.h5ad", "--input-type", "lognorm", "-o", "bulk.h5ad"}));
  const auto wanted = rows("pred.h5ad");
  const auto bulk = rows("bulk.h5ad");
  for (std::size_t g = 0; g < 60; ++g) {
    EXPECT_NEAR(bulk.at("G010")[g], wanted.at("G010_1")[g], 1e-5);
    EXPECT_NEAR(bulk.at("non-targeting")[g], wanted.at("non-targeting_0")[g], 1e-6);
  }
}

// Cells that are real, and said to be a neighbour's.
TEST_F(Fit, CopiesADonorsCells) {
  const auto screen = make_small_screen();
  write_screen(folder.file("screen.h5ad"), screen);
  write("held_out.txt", "G010\nG025\n");
  const Names donor{"--held-out", "held_out.txt", "--mode", "donor", "--cells", "25"};
  expect_done(cupel(fit("perturbed_mean", donor)));
  const auto record = nlohmann::json::parse(text("pred.json"));
  EXPECT_EQ(record.at("output").at("mode"), "donor");
  const auto name = record.at("output").at("donors").at("G010").get<std::string>();
  EXPECT_TRUE(name == "G003" || name == "G041") << name;
  // The mean of fewer than all cells is not the donor's, that of as many is: take one turn of all.
  const auto n = std::ranges::count(screen.labels, name);
  auto one_turn = donor;
  one_turn.back() = std::to_string(n);
  expect_done(cupel(fit("perturbed_mean", one_turn, "turn.h5ad")));
  expect_done(cupel({"pseudobulk", "turn.h5ad", "-o", "bulk.h5ad"}));
  const auto bulk = rows("bulk.h5ad").at("G010");
  const auto wanted = profile(screen, name);
  for (std::size_t g = 0; g < 60; ++g) EXPECT_NEAR(bulk[g], wanted[g], 1e-6);
  auto silent = donor;
  silent.emplace_back("--silence-targets");
  expect_refused(cupel(fit("perturbed_mean", silent, "s.h5ad")), 2,
                 "--mode donor copies real cells");
  auto odd = donor;
  odd[3] = "donors";
  expect_refused(cupel(fit("perturbed_mean", odd, "s.h5ad")), 2,
                 "known: scale-counts, scale, donor");
}

TEST_F(Fit, RefusesWhatCannotBeMeant) {
  write_screen(folder.file("screen.h5ad"), make_small_screen());
  write("held_out.txt", "G010\n");
  write("all.txt", "G003\nG010\nG025\nG041\n");
  write("control.txt", "non-targeting\n");
  write("typo.txt", "G0010\n");
  write("context.txt", "K562\tG010\n");
  const auto refuse = [&](const Names& words, int code, const std::string& what) {
    SCOPED_TRACE(what);
    expect_refused(cupel(words), code, what);
  };
  refuse(fit("perturbed_mean"), 2, "give one of --split FILE");
  refuse(fit("perturbed_mean", {"--train", "all.txt", "--held-out", "all.txt"}), 2, "give one of");
  refuse(fit("ridgge", {"--held-out", "held_out.txt"}), 2, "did you mean 'ridge'?");
  refuse(fit("ridge", {"--held-out", "held_out.txt", "--with", "lamda=1"}), 2,
         "has no setting 'lamda'");
  refuse(fit("ridge", {"--held-out", "held_out.txt", "--with", "lambda"}), 2, "write NAME=VALUE");
  refuse(fit("ridge", {"--held-out", "held_out.txt", "--with", "features=table:go"}), 3,
         "no feature table named 'go'");
  refuse(fit("ridge", {"--held-out", "all.txt"}), 3, "no condition is left to train on");
  refuse(fit("ridge", {"--train", "all.txt"}), 3, "no condition is left to predict");
  refuse(fit("ridge", {"--held-out", "control.txt"}), 3, "the control 'non-targeting'");
  refuse(fit("ridge", {"--train", "typo.txt"}), 3, "no cells of 'G0010' in the screen");
  refuse(fit("ridge", {"--train", "context.txt"}), 3, "no context named 'K562'");
  refuse(fit("ridge", {"--train", "none.txt"}), 3, "none.txt: cannot open");
  refuse(fit("ridge", {"--held-out", "held_out.txt"}, "pred.csv"), 2, "give -o FILE.h5ad");
  EXPECT_FALSE(everything().contains("pred.h5ad"));
}

// Norman 2019: where both members of a pair were measured alone, their sum is nearer to it than the
// control is, and points where it went.
TEST_F(Fit, AddsNormansPairsUp) {
  CUPEL_SKIP_WITHOUT_DATA();
  const auto real = data_file("real/norman19_mcfaline23.h5ad").string();
  expect_done(cupel({"split", "combo", "--real", real, "--pert-col", "perturbation", "--control",
                     "control", "--context-col", "cell_type", "--val", "0", "--test", "0.01",
                     "--test-combinations", "0.8", "-o", "split.json"}));
  for (const auto* model : {"additive", "no_change"}) {
    expect_done(
        cupel({"fit", real, "--model", model, "--split", "split.json", "--input-type", "lognorm",
               "--truth", "truth.h5ad", "--force", "-o", std::string(model) + ".h5ad"}));
  }
  expect_done(cupel({"score",
                     "--real",
                     "truth.h5ad",
                     "--pred",
                     "additive.h5ad",
                     "no_change.h5ad",
                     "--profile",
                     "anndata",
                     "--input-type",
                     "lognorm",
                     "--pert-col",
                     "perturbation",
                     "--control",
                     "control",
                     "--context-col",
                     "cell_type",
                     "--ends",
                     "none",
                     "--set",
                     "pds.exclusion=none",
                     "--set",
                     "expression.exclude_target_gene=false",
                     "--set",
                     "de.exclude_target_gene=false",
                     "-o",
                     "out"}));
  std::set<std::string> composed;
  for (const auto& row : csv("additive.rules.csv")) {
    if (row[5] == "composed") composed.insert(row[0]);
  }
  ASSERT_EQ(composed.size(), 4U);
  const auto scores = [&](const std::string& model, const std::string& metric) {
    std::map<std::string, std::string> by_pair;
    for (const auto& row : csv("out/" + model + "/results.csv")) {
      if (row[2] == metric && composed.contains(row[0])) by_pair[row[0]] = row[3];
    }
    return by_pair;
  };
  const auto mean = [&](const std::string& model, const std::string& metric) {
    double sum = 0.0;
    for (const auto& [pair, value] : scores(model, metric)) sum += std::stod(value) / 4.0;
    return sum;
  };
  EXPECT_LT(mean("additive", "delta_mse"), 0.75 * mean("no_change", "delta_mse"));
  EXPECT_GT(mean("additive", "delta_pearson"), 0.5);
  // No change is none at all, not one of rounding: its correlation is undefined.
  for (const auto& row : csv("out/no_change/results.csv")) {
    if (row[2] != "delta_pearson") continue;
    EXPECT_EQ(row[4], "an effect does not vary across genes") << row[0];
  }
}

TEST_F(Fit, ListsItsBaselines) {
  const auto list = cupel({"list", "baselines"});
  expect_done(list);
  for (const auto* name : {"no_change", "ridge", "random_forest", "l1-ratio"}) {
    EXPECT_NE(list.out.find(name), std::string::npos) << name;
  }
  EXPECT_TRUE(cupel({"list", "baselines", "--json"}).out.starts_with("[\n"));
}

}  // namespace
}  // namespace cupel::test
