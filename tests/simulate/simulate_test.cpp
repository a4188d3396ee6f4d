#include "simulate/simulate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "cupel/error.hpp"
#include "parallel/parallel.hpp"
#include "support/hdf5_probe.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::simulate {
namespace {

using test::bytes_of_file;
using test::Hdf5Probe;
using test::ScratchFolder;

SimulateOptions small(const std::string& folder) {
  SimulateOptions options;
  options.output = folder;
  options.scale = 0.1;
  return options;
}

TEST(Simulate, WritesTheSameBytesOnAnyNumberOfThreads) {
  std::vector<std::map<std::string, std::string>> runs;
  for (const int threads : {1, 2, 7}) {
    const ThreadLimit limit(threads);
    const ScratchFolder folder;
    SimulateOptions options = small(folder.path());
    options.contexts = 2;
    options.dense_prediction = true;
    simulate(options);
    std::map<std::string, std::string> files;
    for (const std::string& name : folder.names()) files[name] = bytes_of_file(folder.file(name));
    runs.push_back(std::move(files));
  }
  EXPECT_EQ(runs[0].size(), 8U);  // six screens, the dense one, the truth
  EXPECT_TRUE(runs[0] == runs[1]);
  EXPECT_TRUE(runs[0] == runs[2]);
  EXPECT_NE(runs[0]["real.h5ad"], runs[0]["replicate.h5ad"]);
}

TEST(Simulate, AnotherSeedGivesAnotherScreen) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.files = {"real"};
  simulate(options);
  const std::string first = bytes_of_file(folder.file("real.h5ad"));
  options.seed = 2;
  options.force = true;
  simulate(options);
  EXPECT_NE(bytes_of_file(folder.file("real.h5ad")), first);
}

TEST(Simulate, HoldsTheCellsOfThePreset) {
  const ScratchFolder folder;
  SimulateOptions options;
  options.output = folder.path();
  options.files = {"real"};
  const auto written = simulate(options);
  ASSERT_EQ(written.size(), 1U);
  const Hdf5Probe file(folder.file("real.h5ad"));
  EXPECT_EQ(written[0].path, folder.file("real.h5ad"));
  EXPECT_EQ(written[0].cells, 2'700);
  EXPECT_EQ(written[0].stored_values, file.shape("X/data")[0]);
  EXPECT_EQ(written[0].bytes,
            static_cast<std::int64_t>(std::filesystem::file_size(folder.file("real.h5ad"))));
  std::map<double, int> cells;
  for (const double code : file.numbers("obs/target/codes")) ++cells[code];
  EXPECT_EQ(cells.size(), 41U);
  for (const auto& [code, n] : cells) EXPECT_EQ(n, code == 40 ? 300 : 60);
  const auto labels = file.strings("obs/target/categories");
  EXPECT_EQ(labels[40], "non-targeting");
  EXPECT_TRUE(std::ranges::is_sorted(labels));
  const auto genes = file.strings("var/_index");
  for (std::size_t p = 0; p < 40; ++p) EXPECT_EQ(std::ranges::count(genes, labels[p]), 1);
  EXPECT_FALSE(file.has("obs/cell_line"));
  for (const double value : file.numbers("X/data")) {
    ASSERT_GT(value, 0);
    ASSERT_EQ(value, std::floor(value));
  }
}

// Each cell's genes and counts.
std::vector<std::vector<double>> cells_of(const std::string& path) {
  const Hdf5Probe file(path);
  const auto data = file.numbers("X/data");
  const auto gene = file.numbers("X/indices");
  const auto row_end = file.numbers("X/indptr");
  std::vector<std::vector<double>> cells;
  for (std::size_t cell = 0; cell + 1 < row_end.size(); ++cell) {
    const auto begin = static_cast<std::ptrdiff_t>(row_end[cell]);
    const auto end = static_cast<std::ptrdiff_t>(row_end[cell + 1]);
    cells.emplace_back(data.begin() + begin, data.begin() + end);
    cells.back().insert(cells.back().end(), gene.begin() + begin, gene.begin() + end);
  }
  return cells;
}

TEST(Simulate, NoTwoCellsAreAlikeInAFileNorBetweenFiles) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.contexts = 2;
  simulate(options);
  std::set<std::vector<double>> seen;
  std::size_t drawn = 0;
  for (const char* name : {"real", "replicate", "noisy", "mean_response", "no_change"}) {
    const auto cells = cells_of(folder.file(std::string(name) + ".h5ad"));
    drawn += cells.size();
    seen.insert(cells.begin(), cells.end());
  }
  EXPECT_EQ(drawn, 5U * 2U * 270U);
  EXPECT_EQ(seen.size(), drawn);
}

TEST(Simulate, DepthVariesBetweenCellsAndIsDrawnAnewForEachFile) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.files = {"real", "replicate"};
  simulate(options);
  std::vector<std::vector<double>> log_depth;
  for (const char* name : {"real.h5ad", "replicate.h5ad"}) {
    const Hdf5Probe file(folder.file(name));
    const auto data = file.numbers("X/data");
    const auto row_end = file.numbers("X/indptr");
    auto& logs = log_depth.emplace_back();
    for (std::size_t cell = 0; cell + 1 < row_end.size(); ++cell) {
      logs.push_back(
          std::log(std::reduce(data.begin() + static_cast<std::ptrdiff_t>(row_end[cell]),
                               data.begin() + static_cast<std::ptrdiff_t>(row_end[cell + 1]))));
    }
  }
  const auto covariance = [&](const std::vector<double>& a, const std::vector<double>& b) {
    const auto n = static_cast<double>(a.size());
    const double means = std::reduce(a.begin(), a.end()) / n * std::reduce(b.begin(), b.end()) / n;
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0) / n - means;
  };
  // 270 cells of spread 0.40, and a little from counting: five standard errors.
  EXPECT_NEAR(covariance(log_depth[0], log_depth[0]), 0.16, 0.08);
  EXPECT_NEAR(covariance(log_depth[0], log_depth[1]), 0.0, 5 * 0.17 / std::sqrt(270.0));
}

TEST(Simulate, ScaleMultipliesTheCellsAndEmptiesNoGroup) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.files = {"real"};
  options.scale = 1e-6;
  EXPECT_EQ(simulate(options)[0].cells, 41);
  options.scale = 2.0;
  options.force = true;
  EXPECT_EQ(simulate(options)[0].cells, 5'400);
}

TEST(Simulate, EveryContextHasItsOwnControlsAndPerturbations) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.files = {"real"};
  options.contexts = 3;
  simulate(options);
  const Hdf5Probe file(folder.file("real.h5ad"));
  const auto target = file.numbers("obs/target/codes");
  const auto context = file.numbers("obs/cell_line/codes");
  std::set<std::pair<double, double>> groups;
  for (std::size_t cell = 0; cell < target.size(); ++cell)
    groups.emplace(context[cell], target[cell]);
  EXPECT_EQ(groups.size(), 3U * 41U);
  EXPECT_EQ(file.strings("obs/cell_line/categories"),
            (std::vector<std::string>{"line_1", "line_2", "line_3"}));
}

TEST(Simulate, ShuffledLabelsAreTheReplicatesCellsUnderOtherNames) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.files = {"replicate", "shuffled_labels"};
  simulate(options);
  const Hdf5Probe replicate(folder.file("replicate.h5ad"));
  const Hdf5Probe shuffled(folder.file("shuffled_labels.h5ad"));
  EXPECT_EQ(replicate.numbers("X/data"), shuffled.numbers("X/data"));
  EXPECT_EQ(replicate.numbers("X/indices"), shuffled.numbers("X/indices"));
  const auto before = replicate.numbers("obs/target/codes");
  const auto after = shuffled.numbers("obs/target/codes");
  for (std::size_t cell = 0; cell < before.size(); ++cell) {
    EXPECT_EQ(before[cell] == after[cell], before[cell] == 40) << cell;
  }
}

TEST(Simulate, TheDensePredictionHoldsFractionalCountsAboveZero) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.files = {"real"};
  options.dense_prediction = true;
  const auto written = simulate(options);
  ASSERT_EQ(written.size(), 2U);
  EXPECT_EQ(written[1].stored_values, 270 * 600);
  const Hdf5Probe file(folder.file("dense_mean.h5ad"));
  const auto values = file.numbers("X");
  ASSERT_EQ(values.size(), 270U * 600U);
  EXPECT_TRUE(std::ranges::all_of(values, [](double value) { return value > 0; }));
  EXPECT_LT(std::ranges::count_if(values, [](double value) { return value == std::floor(value); }),
            100);
  // The depth of a median cell is the preset's.
  std::vector<double> totals;
  for (std::ptrdiff_t cell = 0; cell < 270; ++cell) {
    totals.push_back(std::reduce(values.begin() + cell * 600, values.begin() + (cell + 1) * 600));
  }
  std::ranges::nth_element(totals, totals.begin() + 135);
  EXPECT_NEAR(totals[135], 6000, 700);
}

TEST(Simulate, TruthListsEveryPlantedEffect) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.files = {"real"};
  simulate(options);
  std::ifstream in(folder.file("truth.csv"));
  std::string line;
  std::getline(in, line);
  EXPECT_EQ(line, "perturbation,gene,log2_fold_change");
  std::map<std::string, int> effects;
  while (std::getline(in, line)) {
    std::istringstream fields(line);
    std::string perturbation;
    std::string gene;
    std::string change;
    std::getline(fields, perturbation, ',');
    std::getline(fields, gene, ',');
    std::getline(fields, change, ',');
    ++effects[perturbation];
    EXPECT_NE(std::stod(change), 0.0);
    if (gene == perturbation) {
      // exp(-2.5) to exp(-1.5)
      EXPECT_NEAR(std::stod(change), -2.885, 0.73);
    }
  }
  EXPECT_EQ(effects.size(), 40U);
  for (const auto& [perturbation, n] : effects) EXPECT_EQ(n, 60) << perturbation;
}

TEST(Simulate, ProgressEndsAtTheTotal) {
  const ScratchFolder folder;
  SimulateOptions options = small(folder.path());
  options.files = {"real", "no_change"};
  std::vector<std::pair<std::int64_t, std::int64_t>> calls;
  simulate(options,
           [&](std::int64_t done, std::int64_t total) { calls.emplace_back(done, total); });
  ASSERT_FALSE(calls.empty());
  EXPECT_EQ(calls.back(), (std::pair<std::int64_t, std::int64_t>{540, 540}));
  EXPECT_TRUE(std::ranges::is_sorted(calls));
}

TEST(Simulate, RefusesWhatItCannotDoInOneLine) {
  const ScratchFolder folder;
  const auto message = [](const SimulateOptions& options) -> std::string {
    try {
      simulate(options);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing refused";
  };
  SimulateOptions options = small(folder.path());
  options.files = {"reel"};
  EXPECT_EQ(message(options),
            "no simulated file named 'reel'; known: real, replicate, noisy, mean_response, "
            "no_change, shuffled_labels");
  options = small(folder.path());
  options.scale = 0;
  EXPECT_EQ(message(options), "--scale 0 must be above 0");
  options = small(folder.path());
  options.contexts = 0;
  EXPECT_EQ(message(options), "--contexts 0 must be at least 1");
  options = small("");
  EXPECT_EQ(message(options), "simulate needs a folder: -o DIR");
  options = small(folder.path());
  options.preset = "vcc2026";
  options.scale = 1e9;
  EXPECT_NE(message(options).find(" are free; name fewer files"), std::string::npos)
      << message(options);
  EXPECT_TRUE(folder.names().empty());
  options = small(folder.path());
  options.files = {"real"};
  simulate(options);
  EXPECT_EQ(message(options),
            folder.file("real.h5ad") + ": is there already; use --force to replace it");
}

// --- the demo's promise, checked by a board of its own -------------------------------------------

// Perturbations × genes: log1p of the pooled counts per 50,000, less the control's.
std::vector<std::vector<double>> slow_deltas(const std::string& path) {
  const Hdf5Probe file(path);
  const auto data = file.numbers("X/data");
  const auto gene = file.numbers("X/indices");
  const auto row_end = file.numbers("X/indptr");
  const auto code = file.numbers("obs/target/codes");
  std::vector<std::vector<double>> pooled(41, std::vector<double>(600));
  for (std::size_t cell = 0; cell < code.size(); ++cell) {
    for (auto i = static_cast<std::size_t>(row_end[cell]);
         i < static_cast<std::size_t>(row_end[cell + 1]); ++i) {
      pooled[static_cast<std::size_t>(code[cell])][static_cast<std::size_t>(gene[i])] += data[i];
    }
  }
  for (auto& row : pooled) {
    const double total = std::accumulate(row.begin(), row.end(), 0.0);
    for (double& value : row) value = std::log1p(value / total * 5e4);
  }
  for (std::size_t p = 0; p < 40; ++p) {
    for (std::size_t g = 0; g < 600; ++g) pooled[p][g] -= pooled[40][g];
  }
  pooled.pop_back();
  return pooled;
}

double slow_cosine(const std::vector<double>& a, const std::vector<double>& b) {
  const double aa = std::inner_product(a.begin(), a.end(), a.begin(), 0.0);
  const double bb = std::inner_product(b.begin(), b.end(), b.begin(), 0.0);
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0) / std::sqrt(aa * bb);
}

// Mean share of the other real perturbations that lie farther from a prediction than its own.
double slow_pds(const std::vector<std::vector<double>>& predicted,
                const std::vector<std::vector<double>>& real) {
  double sum = 0;
  for (std::size_t p = 0; p < 40; ++p) {
    const double own = slow_cosine(predicted[p], real[p]);
    for (std::size_t q = 0; q < 40; ++q) {
      sum += q != p && slow_cosine(predicted[p], real[q]) < own ? 1 : 0;
    }
  }
  return sum / (40.0 * 39.0);
}

TEST(Simulate, ThePredictionsAreWorthWhatTheirNamesSay) {
  for (const std::uint64_t seed : {1, 2}) {
    const ScratchFolder folder;
    SimulateOptions options;
    options.output = folder.path();
    options.seed = seed;
    simulate(options);
    const auto real = slow_deltas(folder.file("real.h5ad"));
    const auto pds = [&](const char* name) {
      return slow_pds(slow_deltas(folder.file(name)), real);
    };
    EXPECT_GT(pds("replicate.h5ad"), 0.99);
    EXPECT_NEAR(pds("noisy.h5ad"), 0.85, 0.08);
    EXPECT_NEAR(pds("mean_response.h5ad"), 0.5, 0.12);
    EXPECT_NEAR(pds("no_change.h5ad"), 0.5, 0.12);
    EXPECT_NEAR(pds("shuffled_labels.h5ad"), 0.5, 0.12);
  }
}

}  // namespace
}  // namespace cupel::simulate
