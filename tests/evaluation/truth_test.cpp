// Screens whose effects are planted, and what the measured side says of them.
#include "evaluation/truth.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numeric>
#include <random>

#include "data/grouping.hpp"
#include "quality/cell_blocks.hpp"
#include "evaluation/strata.hpp"
#include "quality/correlation.hpp"
#include "quality/strata.hpp"
#include "report/truth_report.hpp"
#include "support/matrices.hpp"
#include "support/memory_screen.hpp"

namespace cupel::test {
namespace {

struct Planted {
  std::int64_t genes = 120;
  int perturbations = 20;
  int strong = 10;  // the first ones
  int cells = 24;
  int control = 120;
  double effect = 1.0;
  std::uint64_t seed = 1;
};

// Log expression with noise of variance 1 in every gene; a strong perturbation moves every fourth
// gene up or down, each perturbation in its own way.
struct PlantedScreen {
  DenseCells values;
  std::vector<std::string> labels;

  explicit PlantedScreen(const Planted& planted) {
    std::mt19937_64 random(planted.seed);
    std::normal_distribution<double> normal;
    values.cols = planted.genes;
    std::vector<double> base;
    for (std::int64_t g = 0; g < planted.genes; ++g) base.push_back(6.0 + normal(random));
    const auto add = [&](const std::string& label, int cells, const std::vector<double>& mean) {
      for (int cell = 0; cell < cells; ++cell) {
        labels.push_back(label);
        for (const double m : mean) values.values.push_back(std::max(0.0, m + normal(random)));
        ++values.rows;
      }
    };
    add("control", planted.control, base);
    for (int p = 0; p < planted.perturbations; ++p) {
      auto mean = base;
      if (p < planted.strong) {
        std::mt19937_64 own(static_cast<std::uint64_t>(p) + 1000);
        for (auto& m : mean) {
          if (own() % 4 == 0) m += own() % 2 == 0 ? planted.effect : -planted.effect;
        }
      }
      add(fmt::format("p{:03}", p), planted.cells, mean);
    }
  }
  [[nodiscard]] MemoryScreen screen() const { return {values, {{"target", labels}}}; }
  // Cells [first, last).
  void drop(std::int64_t first, std::int64_t last) {
    labels.erase(labels.begin() + first, labels.begin() + last);
    values.values.erase(values.values.begin() + first * values.cols,
                        values.values.begin() + last * values.cols);
    values.rows -= last - first;
  }
  void reverse() {
    values = reversed_rows(values);
    std::ranges::reverse(labels);
  }
};

Conventions lognorm() {
  Conventions c;
  c.data.input_type = InputType::kLognorm;
  return c;
}

struct Measured {
  MeasuredTruth all;
  std::string json;
};

Measured measure(const PlantedScreen& planted, const TruthRequest& request, const Conventions& c,
                 std::int64_t memory = 1 << 30) {
  auto screen = planted.screen();
  const auto groups = group_cells(screen, "target", "control", "");
  Console console(true);
  auto own = request;
  own.memory = memory;
  Measured measured{measure_truth(screen, groups.front(), c, own, console), {}};
  add_calls({}, c.de, measured.all.truth);
  Truth truth;
  truth.contexts.push_back(measured.all.truth);
  measured.json = truth_json(truth);
  return measured;
}

std::vector<double> values_of(const Matrix<double>& matrix) {
  return {matrix.view().data, matrix.view().data + matrix.view().size()};
}

TEST(MeasuredTruth, TellsPlantedEffectsFromNone) {
  const auto truth = measure(PlantedScreen({}), {}, lognorm()).all.truth;
  for (std::size_t p = 0; p < 20; ++p) {
    const bool strong = p < 10;
    EXPECT_EQ(truth.stratum[p],
              static_cast<int>(strong ? quality::Stratum::kStrong : quality::Stratum::kNull))
        << p << ": " << truth.e_p_adj[p] << ", " << truth.reliability[p];
    // 120 genes with a variance of 1 / 24 + 1 / 120 each: 6 +- 0.9 for the effect's noise; of the
    // estimate, from three differences, the same over root three
    EXPECT_NEAR(truth.noise[p], 6.0, 2.0);
    // About 30 genes moved by 1.
    EXPECT_NEAR(truth.corrected_effect(p), strong ? 30.0 : 0.0, strong ? 14.0 : 4.0) << p;
    EXPECT_EQ(truth.n_cells[p], 24);
    EXPECT_TRUE(std::isnan(truth.n_de[p]));
    EXPECT_EQ(truth.decile[p] >= 5, strong) << "the stronger half";
    EXPECT_EQ(std::isnan(truth.ceiling[p]), !(truth.reliability[p] >= 0.0));
  }
}

TEST(MeasuredTruth, FindsEffectsInFivePercentOfNullPerturbations) {
  const auto truth =
      measure(PlantedScreen(
                  {.genes = 40, .perturbations = 300, .strong = 0, .cells = 12, .control = 2000}),
              {.permutations = 399}, lognorm())
          .all.truth;
  const auto n = std::ranges::count_if(truth.e_p, [](double p) { return p <= 0.05; });
  EXPECT_NEAR(static_cast<double>(n), 15.0, 11.0);  // standard deviation 3.8
  EXPECT_GE(std::ranges::count(truth.stratum, 0), 298);
  EXPECT_NEAR(std::accumulate(truth.r_half.begin(), truth.r_half.end(), 0.0) / 300.0, 0.0, 0.02);
}

TEST(MeasuredTruth, HasTheSameBitsForAnyOrderThreadsAndBatches) {
  auto planted = PlantedScreen({.cells = 9});
  const TruthRequest request{.gene_weights = true, .halves = true};
  const auto expected = measure(planted, request, lognorm());
  const auto same = [&](const Measured& other) {
    EXPECT_EQ(other.json, expected.json);
    EXPECT_TRUE(same_bits(values_of(other.all.weights), values_of(expected.all.weights)));
    EXPECT_TRUE(same_bits(values_of(other.all.halves.a), values_of(expected.all.halves.a)));
    EXPECT_TRUE(same_bits(values_of(other.all.halves.interpolated),
                          values_of(expected.all.halves.interpolated)));
    EXPECT_TRUE(
        same_bits(values_of(other.all.halves.weights), values_of(expected.all.halves.weights)));
    EXPECT_TRUE(same_bits(other.all.halves.mean, expected.all.halves.mean));
  };
  for (const auto& other : with_thread_counts(
           [&] { return std::make_shared<Measured>(measure(planted, request, lognorm())); })) {
    same(*other);
  }
  same(measure(planted, request, lognorm(), 120));  // bytes, one a cell: the control just fits
  planted.reverse();
  same(measure(planted, request, lognorm()));
}

TEST(MeasuredTruth, ReadsTheCellsOnce) {
  const auto planted = PlantedScreen({});
  auto screen = planted.screen();
  const auto groups = group_cells(screen, "target", "control", "");
  Console console(true);
  (void)measure_truth(screen, groups.front(), lognorm(),
                      {.gene_weights = true, .halves = true, .memory = 1 << 30}, console);
  EXPECT_EQ(screen.reads, 2) << "the control and one batch";
}

TEST(MeasuredTruth, SaysNothingOfPerturbationsWithoutCellsEnough) {
  PlantedScreen planted({.perturbations = 3, .strong = 0, .cells = 5});
  planted.drop(127, 130);  // three of the five cells of p001
  planted.drop(121, 125);  // four of those of p000
  const auto measured = measure(planted, {.gene_weights = true, .halves = true}, lognorm()).all;
  const auto& truth = measured.truth;
  EXPECT_EQ(truth.n_cells, (std::vector<std::int64_t>{1, 2, 5}));
  EXPECT_TRUE(std::isnan(truth.e_p[0]) && std::isnan(truth.noise[0]) &&
              std::isnan(truth.r_half[0]));
  EXPECT_EQ(truth.stratum[0], 4);
  EXPECT_EQ(truth.decile[0], -1);
  EXPECT_FALSE(std::isnan(truth.e_p[1]) || std::isnan(truth.noise[1]) ||
               std::isnan(truth.r_half[1]));
  EXPECT_EQ(measured.halves.chosen, (std::vector<std::int32_t>{2}));
}

// 1 / n of the mean of squared lengths, by the definition: every gene's sample variance.
TEST(MeasuredTruth, EstimatesTheNoiseOfMeans) {
  const Planted plan{.genes = 400, .perturbations = 6, .strong = 0, .cells = 40, .control = 40};
  const PlantedScreen planted(plan);
  const auto truth = measure(planted, {}, lognorm()).all.truth;
  const auto variance = [&](std::int64_t first) {
    double total = 0.0;
    for (std::int64_t g = 0; g < plan.genes; ++g) {
      double sum = 0.0;
      double squares = 0.0;
      for (std::int64_t cell = first; cell < first + 40; ++cell) {
        sum += planted.values(cell, g);
        squares += planted.values(cell, g) * planted.values(cell, g);
      }
      total += (squares - sum * sum / 40.0) / 39.0 / 40.0;
    }
    return total;
  };
  for (int p = 0; p < 6; ++p) {
    const double expected = variance(0) + variance(40 * (p + 1));
    // From three degrees of freedom per gene in 400 genes: 4 % either way.
    EXPECT_NEAR(truth.noise[static_cast<std::size_t>(p)], expected, 0.15 * expected);
  }
}

TEST(MeasuredTruth, WeighsGenesThatAreSpecificToAPerturbation) {
  const Planted plan{.genes = 60, .perturbations = 8, .strong = 8, .cells = 30, .effect = 2.0};
  const auto weights = measure(PlantedScreen(plan), {.gene_weights = true}, lognorm()).all.weights;
  for (int p = 0; p < 8; ++p) {
    std::mt19937_64 own(static_cast<std::uint64_t>(p) + 1000);
    double moved = 0.0;
    double others = 0.0;
    int n_moved = 0;
    for (std::int64_t g = 0; g < 60; ++g) {
      const double weight = weights.view()(p, g);
      EXPECT_TRUE(weight >= 0.0 && weight <= 1.0);
      if (own() % 4 == 0) {
        (void)own();
        moved += weight;
        ++n_moved;
      } else {
        others += weight;
      }
    }
    EXPECT_GT(moved / n_moved, 3.0 * others / (60 - n_moved)) << p;
  }
}

TEST(MeasuredTruth, TakesCountsInTheSpaceThatIsScored) {
  PlantedScreen planted({.genes = 50, .perturbations = 3, .strong = 3, .cells = 21});
  std::mt19937_64 random(5);
  for (double& value : planted.values.values) {
    value = static_cast<double>(std::poisson_distribution<int>(value)(random));
  }
  auto screen = planted.screen();
  const auto groups = group_cells(screen, "target", "control", "");
  const Conventions c;
  Console console(true);
  ValueWatch watch(screen, c, false);
  const auto backend = make_backend("cpu");
  const auto control =
      summarise_control(screen, groups.front(), c, {.needs = kNeedsBulk, .memory = 1 << 30}, watch,
                        *backend, console);
  const auto side =
      summarise_perturbations(screen, groups.front(), control, c,
                              {.needs = kNeedsBulk, .memory = 1 << 30}, watch, *backend, console);
  const auto truth = measure(planted, {}, c).all.truth;
  for (std::int64_t p = 0; p < 3; ++p) {
    double squared = 0.0;
    for (std::int64_t g = 0; g < 50; ++g) {
      squared += std::pow(side.bulk.view()(p, g) - control.bulk.view()(0, g), 2.0);
    }
    EXPECT_NEAR(truth.squared_effect[static_cast<std::size_t>(p)], squared, 1e-12 * squared);
  }
}

TEST(CellBlocks, AreEqualAndShareNoCell) {
  GroupBlocks group;  // used again, so that what it held must be gone
  for (const std::int64_t n : {9, 0, 1, 2, 3, 4, 7, 8, 2500, 3}) {
    DenseCells dense{n, 1, {}};
    for (std::int64_t i = 0; i < n; ++i) dense.values.push_back(1.0 + static_cast<double>(i));
    const auto cells = compress(dense);
    const std::vector<std::string> genes{"g"};
    const CellSpace space(lognorm(), genes, 4);
    walk_cells(cells.view(), space, 0, 7, 3, group);
    EXPECT_EQ(group.n_blocks, n >= 4 ? 4 : n >= 2 ? 2 : 0);
    const auto sum_of = [](const BlockSet& set) {
      double sum = 0.0;
      for (const auto* block : set) sum += block->log[0];
      return sum;
    };
    for (const auto* block : group.without(-1)) EXPECT_EQ(block->cells, n >= 4 ? n / 4 : 1);
    EXPECT_EQ(sum_of(group.whole()), static_cast<double>(n * (n + 1) / 2));
    EXPECT_EQ(cells_in(group.whole()), n);
    EXPECT_EQ(group.n_sketched, std::min<std::int64_t>(n, 3));
    for (std::int32_t split = 0; split < group.splits(); ++split) {
      const auto first = group.half(split, false);
      const auto second = group.half(split, true);
      EXPECT_EQ(cells_in(first), cells_in(second));
      EXPECT_EQ(sum_of(first) + sum_of(second), sum_of(group.without(-1)));
      for (const auto* block : first) EXPECT_EQ(std::ranges::count(second, block), 0);
    }
    if (n < 8) continue;
    EXPECT_NE(sum_of(group.half(0, false)), sum_of(group.half(1, false)));
    EXPECT_NE(sum_of(group.half(0, false)), sum_of(group.half(2, false)));
  }
}

// Predictions of nothing, measured from the control that the truth is measured from: its noise is
// in both effects.
TEST(SharedControl, CorrelatesEffectsOfNothingUnlessItIsSplit) {
  const Planted plan{.genes = 4000, .perturbations = 16, .strong = 0, .cells = 8, .control = 8};
  const PlantedScreen planted(plan);
  const auto truth = measure(planted, {}, lognorm()).all.truth;
  const auto mean_of = [&](std::int64_t first) {
    std::vector<double> mean(4000, 0.0);
    for (std::int64_t g = 0; g < plan.genes; ++g) {
      for (std::int64_t cell = first; cell < first + 8; ++cell) {
        mean[static_cast<std::size_t>(g)] += planted.values(cell, g) / 8.0;
      }
    }
    return mean;
  };
  const auto control = mean_of(0);
  Dense real = zeros(16, 4000);
  Dense pred = zeros(16, 4000);
  for (std::int64_t p = 0; p < 16; ++p) {
    const auto own = mean_of(8 * (p + 1));
    const auto other = mean_of(8 * ((p + 5) % 16 + 1));  // other cells of the same distribution
    for (std::int64_t g = 0; g < 4000; ++g) {
      real(p, g) = own[static_cast<std::size_t>(g)];
      pred(p, g) = other[static_cast<std::size_t>(g)];
    }
  }
  const auto backend = make_backend("cpu");
  const auto real_bulk = to_backend(*backend, real);
  const auto pred_bulk = to_backend(*backend, pred);
  const auto control_bulk = to_backend(*backend, {1, 4000, control});
  const auto real_delta = backend->subtract_row(real_bulk.view(), control_bulk.view());
  const auto pred_delta = backend->subtract_row(pred_bulk.view(), control_bulk.view());
  Case c;
  c.real_bulk = real_bulk.view();
  c.pred_bulk = pred_bulk.view();
  c.real_delta = real_delta.view();
  c.pred_delta = pred_delta.view();
  const auto predicted = observe_effects(c, truth, *backend);
  const auto& naive_metric = find_metric("delta_pearson");
  const auto naive = naive_metric.compute(c, naive_metric, *backend);
  double naive_mean = 0.0;
  double split_mean = 0.0;
  for (std::size_t p = 0; p < 16; ++p) {
    naive_mean += naive[p].value / 16.0;
    split_mean += predicted.split_control[p].value / 16.0;
  }
  EXPECT_NEAR(naive_mean, 0.5, 0.05);  // half of an effect's variance is the control's
  EXPECT_NEAR(split_mean, 0.0, 0.02);
  // So it is for the halves of a perturbation; from one control they would correlate at about 1
  // / 3.
  EXPECT_NEAR(std::accumulate(truth.r_half.begin(), truth.r_half.end(), 0.0) / 16.0, 0.0, 0.02);
  // A null perturbation and a prediction of as many cells: as large as the noise.
  for (std::size_t p = 0; p < 16; ++p) {
    EXPECT_NEAR(predicted.length[p] / std::sqrt(truth.noise[p]), 1.0, 0.12);
  }
}

}  // namespace
}  // namespace cupel::test
