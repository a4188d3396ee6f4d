#include "fitting/second_halves.hpp"

#include <cmath>
#include <set>

#include "fitting/labelled_screens.hpp"
#include "fitting/model_condition.hpp"
#include "support/matrices.hpp"
#include "support/memory_screen.hpp"
#include "uncertainty/normal.hpp"

namespace cupel::fitting {
namespace {

using Names = std::vector<std::string>;

constexpr std::int64_t kHalvedGenes = 6;

// Log expression or counts of cells with a label, a context and a batch; label "b" moves gene 1.
struct Labelled {
  std::vector<std::array<std::string, 3>> cells;
  test::DenseCells values{0, kHalvedGenes, {}};

  void add(const std::string& label, const std::string& context, const std::string& batch, int n) {
    for (int i = 0; i < n; ++i) cells.push_back({label, context, batch});
  }
  void fill(bool counts) {
    values.rows = std::ssize(cells);
    values.values = test::random_counts(values.rows, kHalvedGenes, 5).values;
    for (std::size_t i = 0; i < values.values.size(); ++i) {
      double& value = values.values[i];
      value += i % kHalvedGenes == 0 ? 3.0 : 0.0;
      if (i % kHalvedGenes == 1 && cells[i / kHalvedGenes][0] == "b") value += 4.0;
      if (!counts) value = std::log1p(value / 3.0);
    }
  }
  void reverse() {
    std::ranges::reverse(cells);
    values = test::reversed_rows(values);
  }
  [[nodiscard]] OpenScreens screens(bool batches = true) const {
    return labelled_screens(values, cells, batches);
  }
};

Labelled labelled_cells(bool counts) {
  Labelled made;
  made.add("ctrl", "x", "1", 6);
  made.add("a", "x", "1", 7);
  made.add("b", "x", "1", 4);
  made.add("b", "x", "2", 5);
  made.add("c", "x", "2", 1);
  made.add("ctrl", "y", "1", 3);
  made.add("b", "y", "1", 2);
  made.add("a", "y", "1", 3);
  made.fill(counts);
  return made;
}

Division divide_labelled(const OpenScreens& screens) {
  return divide_by_lines(screens.conditions, Names{"b", "c"}, "list", false,
                         {.controls = {"ctrl"}});
}

std::vector<std::int64_t> half_rows(const std::vector<ConditionCells>& batches) {
  std::vector<std::int64_t> rows;
  for (const auto& batch : batches) rows.insert(rows.end(), batch.rows.begin(), batch.rows.end());
  std::ranges::sort(rows);
  return rows;
}

TEST(SecondHalves, ShareNoCellWithTheTruth) {
  const auto made = labelled_cells(true);
  auto screens = made.screens();
  const auto whole = divide_labelled(screens);
  std::set<std::vector<std::int64_t>> drawn;
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    auto division = divide_labelled(screens);
    const auto halves = take_second_halves(screens, division, seed, 0);
    ASSERT_EQ(halves.size(), 4U);  // b and c in x, in y, where c has no cells
    for (std::size_t i = 0; i < halves.size(); ++i) {
      const auto all = half_rows(whole.asked[i].cells);
      const auto first = half_rows(division.asked[i].cells);
      const auto second = half_rows(halves[i]);
      EXPECT_EQ(std::ssize(first), all.size() == 1 ? 1 : std::ssize(all) / 2);
      std::vector<std::int64_t> both;
      std::ranges::merge(first, second, std::back_inserter(both));
      EXPECT_EQ(both, all) << "condition " << i;
      for (const auto& side : {division.asked[i].cells, halves[i]}) {
        for (const auto& batch : side) {  // rows stay with their batch
          for (const auto row : batch.rows) {
            EXPECT_EQ(made.cells[static_cast<std::size_t>(row)][2], batch.condition.batch);
          }
        }
      }
    }
    EXPECT_TRUE(halves[1].empty()) << "a single cell was taken from the truth";
    drawn.insert(half_rows(halves[0]));
  }
  EXPECT_GT(drawn.size(), 1U) << "the seed has no say";
}

// The p value of scanpy's "t-test_overestim_var" and Benjamini-Hochberg, from their definitions.
std::vector<double> slow_p_adj(const std::vector<std::vector<double>>& group,
                               const std::vector<std::vector<double>>& rest) {
  std::vector<std::pair<double, std::size_t>> p;
  for (std::size_t g = 0; g < kHalvedGenes; ++g) {
    const auto mean_and_variance = [&](const auto& cells) {
      double mean = 0.0;
      for (const auto& cell : cells) mean += cell[g] / static_cast<double>(cells.size());
      double squares = 0.0;
      for (const auto& cell : cells) squares += (cell[g] - mean) * (cell[g] - mean);
      return std::pair(mean, squares / static_cast<double>(cells.size() - 1));
    };
    const auto [mean_a, variance_a] = mean_and_variance(group);
    const auto [mean_b, variance_b] = mean_and_variance(rest);
    const auto n = static_cast<double>(group.size());
    const double a = variance_a / n;
    const double b = variance_b / n;
    const double t = (mean_a - mean_b) / std::sqrt(a + b);
    const double freedom = (a + b) * (a + b) / ((a * a + b * b) / (n - 1.0));
    p.emplace_back(2.0 * student_cdf(-std::abs(t), static_cast<std::int64_t>(freedom)), g);
  }
  std::ranges::sort(p);
  std::vector<double> adjusted(kHalvedGenes);
  for (std::size_t i = 0; i < p.size(); ++i) {
    double least = 1.0;
    for (std::size_t j = i; j < p.size(); ++j) {
      least = std::min(least,
                       p[j].first * static_cast<double>(kHalvedGenes) / static_cast<double>(j + 1));
    }
    adjusted[p[i].second] = least;
  }
  return adjusted;
}

class LoadedHalves : public ::testing::TestWithParam<bool> {};

TEST_P(LoadedHalves, AreProfilesAndTestsOfTheirCells) {
  const bool counts = GetParam();
  const auto made = labelled_cells(counts);
  auto screens = made.screens();
  auto division = divide_labelled(screens);
  const auto halves = take_second_halves(screens, division, 7, 0);
  Conventions conventions;
  conventions.data.input_type = counts ? InputType::kCounts : InputType::kLognorm;
  const auto backend = make_backend("cpu");
  Console console(true);
  const auto data = load_training(screens, division, conventions, ControlReference::kContext, {}, 0,
                                  *backend, console);
  const auto loaded = load_second_halves(screens, division, halves, data.training, true,
                                         conventions, 0, *backend, console);
  ASSERT_EQ(loaded.conditions.size(), 2U);
  EXPECT_EQ(loaded.conditions[0], models::make_condition("x", {"b"}));
  EXPECT_EQ(loaded.conditions[1], models::make_condition("y", {"b"}));

  // Log expression as scores have it: of counts, log1p of counts per 50,000.
  const auto log_cell = [&](std::int64_t row) {
    std::vector<double> cell;
    double total = 0.0;
    for (std::int64_t g = 0; g < kHalvedGenes; ++g) {
      cell.push_back(made.values.values[static_cast<std::size_t>(row * kHalvedGenes + g)]);
      total += cell.back();
    }
    if (!counts) return cell;
    for (double& value : cell) value = std::log1p(value * 5e4 / total);
    return cell;
  };
  const auto control = data.training.control.view();
  for (const std::size_t k : {0U, 1U}) {
    const auto& half = halves[k == 0 ? 0 : 2];
    const auto own = half_rows(half);
    std::vector<double> profile(kHalvedGenes, 0.0);
    double total = 0.0;
    std::vector<std::vector<double>> group;
    for (const auto row : own) {
      group.push_back(log_cell(row));
      for (std::size_t g = 0; g < kHalvedGenes; ++g) {
        const double value = made.values.values[static_cast<std::size_t>(row * kHalvedGenes) + g];
        profile[g] += value;
        total += value;
      }
    }
    std::vector<std::vector<double>> rest;  // of this context alone; what is truth is in neither
    for (const auto& one : division.train) {
      if (one.condition.context != loaded.conditions[k].context) continue;
      for (const auto row : half_rows(one.batches)) rest.push_back(log_cell(row));
    }
    const auto p_adj = group.size() < 2 ? profile : slow_p_adj(group, rest);
    for (std::size_t g = 0; g < kHalvedGenes; ++g) {
      const auto gene = static_cast<std::int64_t>(g);
      const double wanted = counts ? std::log1p(profile[g] * 5e4 / total)
                                   : profile[g] / static_cast<double>(own.size());
      EXPECT_NEAR(loaded.delta.view()(static_cast<std::int64_t>(k), gene),
                  wanted - control(static_cast<std::int64_t>(k), gene), 1e-9);
      if (group.size() < 2) {
        EXPECT_TRUE(std::isnan(loaded.p_adj.view()(static_cast<std::int64_t>(k), gene)));
      } else {
        EXPECT_NEAR(loaded.p_adj.view()(static_cast<std::int64_t>(k), gene), p_adj[g], 1e-4);
      }
    }
  }
  EXPECT_LT(loaded.p_adj.view()(0, 1), 0.1) << "the gene that was moved";

  const auto untested = load_second_halves(screens, division, halves, data.training, false,
                                           conventions, 0, *backend, console);
  EXPECT_EQ(untested.p_adj.rows(), 0);
}
INSTANTIATE_TEST_SUITE_P(Values, LoadedHalves, ::testing::Bool());

// Other second halves are part of the rest, their truths are not.
TEST(SecondHalves, AreTestedAgainstOneAnotherToo) {
  Labelled made;
  made.add("ctrl", "x", "1", 4);
  made.add("a", "x", "1", 4);
  made.add("b", "x", "1", 8);
  made.add("c", "x", "1", 8);
  made.fill(false);
  const auto tests = [&](const Labelled& from) {
    auto screens = from.screens();
    auto division = divide_labelled(screens);
    const auto halves = take_second_halves(screens, division, 1, 0);
    Conventions conventions;
    conventions.data.input_type = InputType::kLognorm;
    const auto backend = make_backend("cpu");
    Console console(true);
    const auto data = load_training(screens, division, conventions, ControlReference::kContext, {},
                                    0, *backend, console);
    auto loaded = load_second_halves(screens, division, halves, data.training, true, conventions, 0,
                                     *backend, console);
    return std::pair(halves, std::move(loaded));
  };
  const auto [halves, before] = tests(made);
  std::vector<std::vector<double>> group, rest;
  const auto add = [&](const std::vector<std::int64_t>& rows, auto& to) {
    for (const auto row : rows) {
      const auto begin = made.values.values.begin() + row * kHalvedGenes;
      to.emplace_back(begin, begin + kHalvedGenes);
    }
  };
  add(half_rows(halves[0]), group);
  add({4, 5, 6, 7}, rest);
  add(half_rows(halves[1]), rest);
  const auto p_adj = slow_p_adj(group, rest);
  for (std::int64_t g = 0; g < kHalvedGenes; ++g) {
    EXPECT_NEAR(before.p_adj.view()(0, g), p_adj[static_cast<std::size_t>(g)], 1e-4);
  }

  // Any order of the file's rows: the same bits.
  auto turned = made;
  turned.reverse();
  const auto after = tests(turned).second;
  for (std::int64_t i = 0; i < before.delta.view().size(); ++i) {
    EXPECT_EQ(before.delta.view().data[i], after.delta.view().data[i]);
    EXPECT_EQ(before.p_adj.view().data[i], after.p_adj.view().data[i]);
  }
}

}  // namespace
}  // namespace cupel::fitting
