#include "evaluation/truth.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <mutex>
#include <numeric>
#include <utility>

#include "cupel/nan.hpp"
#include "data/batches.hpp"
#include "evaluation/metric_quality.hpp"
#include "parallel/parallel.hpp"
#include "quality/cell_blocks.hpp"
#include "quality/cell_sums.hpp"
#include "quality/correlation.hpp"
#include "quality/de_score.hpp"
#include "quality/duplicates.hpp"
#include "quality/gene_weights.hpp"
#include "quality/mean_shift_test.hpp"
#include "quality/noise_ceiling.hpp"
#include "quality/similarity.hpp"
#include "quality/strata.hpp"
#include "stats/call_policy.hpp"

namespace cupel {
namespace {

using quality::FixedSums;
using quality::Rest;
using quality::Row;
using quality::SumRows;

constexpr std::int64_t kMostControlSketched = 8192;
constexpr std::int64_t kMostSketched = 2048;
constexpr std::size_t kMostHalved = 256;

double squared_distance(Row a, Row b) {
  double sum = 0.0;
  for (std::size_t g = 0; g < a.size(); ++g) sum += (a[g] - b[g]) * (a[g] - b[g]);
  return sum;
}

// Profiles of a group of cells: of all, and of the two halves of each split. Used again for the
// next group.
struct GroupProfiles {
  std::vector<double> whole;
  std::array<std::vector<double>, kSplits> a;
  std::array<std::vector<double>, kSplits> b;
  std::array<std::vector<double>, kBlocks> without;
  std::int32_t splits = 0;
  double noise = kNaN;  // sum over genes of the sampling variance of `whole`
};

// Jackknife over the blocks: (k - 1) / k times the squared deviations of the profiles without each
// block from their mean. Where a profile is a mean, its expectation is the variance of a cell over
// the number of cells; where it is the logarithm of sums, it is taken near the whole, as
// cell-eval's correction is (cell-eval.md 3.0.4), and not at half its depth.
double noise_of(const GroupBlocks& group, const CellSpace& space, GroupProfiles& profiles) {
  if (group.n_blocks == 0) return kNaN;
  const auto k = static_cast<double>(group.n_blocks);
  const std::span without(profiles.without.data(), static_cast<std::size_t>(group.n_blocks));
  for (std::size_t b = 0; b < without.size(); ++b) {
    profile_of(group.without(static_cast<std::int64_t>(b)), space, without[b]);
  }
  double squares = 0.0;
  for (std::size_t g = 0; g < without[0].size(); ++g) {
    double mean = 0.0;
    for (const auto& profile : without) mean += profile[g];
    mean /= k;
    for (const auto& profile : without) squares += (profile[g] - mean) * (profile[g] - mean);
  }
  return (k - 1.0) / k * squares * static_cast<double>(cells_in(group.without(-1))) /
         static_cast<double>(cells_in(group.whole()));
}

void make_profiles(const GroupBlocks& group, const CellSpace& space, GroupProfiles& profiles) {
  profile_of(group.whole(), space, profiles.whole);
  profiles.splits = group.splits();
  for (std::int32_t split = 0; split < profiles.splits; ++split) {
    const auto s = static_cast<std::size_t>(split);
    profile_of(group.half(split, false), space, profiles.a[s]);
    profile_of(group.half(split, true), space, profiles.b[s]);
  }
  profiles.noise = noise_of(group, space, profiles);
}

// What one group needs at a time; as many as there are threads, for all groups.
struct Workspace {
  GroupBlocks group;
  GroupProfiles profiles;
};

class Workspaces {
 public:
  std::unique_ptr<Workspace> take() {
    const std::lock_guard lock(one_at_a_time_);
    if (idle_.empty()) return std::make_unique<Workspace>();
    auto space = std::move(idle_.back());
    idle_.pop_back();
    return space;
  }
  void give_back(std::unique_ptr<Workspace> space) {
    const std::lock_guard lock(one_at_a_time_);
    idle_.push_back(std::move(space));
  }

 private:
  std::mutex one_at_a_time_;
  std::vector<std::unique_ptr<Workspace>> idle_;
};

// Mean over the splits of the correlation of effects in two halves, each from a half of the
// control.
double half_correlation(const GroupProfiles& group, const GroupProfiles& control) {
  double sum = 0.0;
  double n = 0.0;
  const auto splits = static_cast<std::size_t>(std::min(group.splits, control.splits));
  for (std::size_t s = 0; s < splits; ++s) {
    for (const bool crossed : {false, true}) {
      const auto r =
          quality::pearson(quality::minus(group.a[s], crossed ? control.b[s] : control.a[s]),
                           quality::minus(group.b[s], crossed ? control.a[s] : control.b[s]));
      if (!r.defined()) continue;
      sum += r.value;
      n += 1.0;
    }
  }
  return n > 0.0 ? sum / n : kNaN;
}

// Perturbations with four cells or more, at most kMostHalved: those whose series are the smallest.
std::vector<std::int32_t> choose_halved(const Grouping& grouping) {
  std::vector<std::int32_t> chosen;
  for (std::size_t p = 0; p < grouping.rows.size(); ++p) {
    if (std::ssize(grouping.rows[p]) >= kBlocks) chosen.push_back(static_cast<std::int32_t>(p));
  }
  if (chosen.size() > kMostHalved) {
    const auto series = [&](std::int32_t p) {
      const auto& name = grouping.perturbations[static_cast<std::size_t>(p)];
      return std::pair(series_of(grouping.context, name), p);
    };
    std::ranges::sort(chosen, {}, series);
    chosen.resize(kMostHalved);
    std::ranges::sort(chosen);
  }
  return chosen;
}

void copy_row(Row from, Matrix<double>& to, std::int64_t row) {
  std::ranges::copy(from, to.view().row(row));
}

}  // namespace

MeasuredTruth measure_truth(Screen& screen, const Grouping& grouping, const Conventions& c,
                            const TruthRequest& request, Console& console) {
  auto& stages = console.stages();
  const CellSpace space(c, screen.genes(), request.dimensions);
  const auto n = std::ssize(grouping.perturbations);
  const auto genes = space.genes;
  MeasuredTruth measured;
  auto& truth = measured.truth;
  truth.context = grouping.context;
  truth.perturbations = grouping.perturbations;
  for (const auto& rows : grouping.rows) truth.n_cells.push_back(std::ssize(rows));
  const std::vector<double> undefined(static_cast<std::size_t>(n), kNaN);
  for (auto* column : {&truth.n_de, &truth.squared_effect, &truth.noise, &truth.e_p, &truth.e_p_adj,
                       &truth.r_half, &truth.reliability, &truth.ceiling}) {
    *column = undefined;
  }
  const auto none = static_cast<std::int32_t>(quality::Stratum::kUnmeasured);
  truth.stratum.assign(static_cast<std::size_t>(n), none);
  truth.decile.assign(static_cast<std::size_t>(n), -1);

  const std::vector<std::vector<std::int64_t>> control_rows{grouping.control};
  stages.enter("read");
  auto control_batch =
      read_batch(screen, control_rows, plan_batches(screen, control_rows, request.memory).front());
  stages.enter("truth");
  Workspace of_control;
  const auto& control = of_control.group;
  const auto& control_profiles = of_control.profiles;
  walk_cells(control_batch.cells.view(), space, request.seed,
             series_of(grouping.context,
                       "\x01"
                       "control"),
             kMostControlSketched, of_control.group);
  control_batch = {};
  make_profiles(control, space, of_control.profiles);
  const auto view_of = [&](const GroupBlocks& group) {
    return MatrixView<const float>{group.sketch.data(), group.n_sketched, space.dimensions};
  };
  const auto scale = quality::fixed_point_scale(view_of(control));
  const auto control_sketch = quality::to_fixed_point(view_of(control), scale);
  if (control.n_blocks > 0) {
    truth.control_a = control_profiles.a.front();
    truth.control_b = control_profiles.b.front();
  }

  auto& halves = measured.halves;
  if (request.halves && control.n_blocks > 0) {
    halves.chosen = choose_halved(grouping);
    halves.control_a = truth.control_a;
    halves.control_b = truth.control_b;
  }
  const auto n_halved = std::ssize(halves.chosen);
  std::vector<std::int32_t> place(static_cast<std::size_t>(n), -1);  // in `chosen`
  for (std::size_t k = 0; k < halves.chosen.size(); ++k) {
    place[static_cast<std::size_t>(halves.chosen[k])] = static_cast<std::int32_t>(k);
  }
  halves.a = make_host_matrix<double>(n_halved, genes);
  halves.b = make_host_matrix<double>(n_halved, genes);
  SumRows sums_a(n_halved, genes);
  SumRows sums_b(n_halved, genes);
  SumRows whole_sums(request.gene_weights ? n : 0, genes);
  auto shifts = make_host_matrix<double>(n, genes);
  std::fill_n(shifts.view().data, shifts.view().size(), 0.0);

  FixedSums all_sum(genes, quality::kSumBits);
  FixedSums all_squares(genes, quality::kSumBits);
  FixedSums all_second(genes, quality::kProfileBits);
  std::int64_t all_cells = 0;
  std::int64_t with_halves = 0;
  const bool with_rest = request.gene_weights || n_halved > 0;
  std::mutex one_at_a_time;

  const auto take = [&](const CellsView& cells, std::int32_t p, Workspace& work) {
    const auto at = static_cast<std::size_t>(p);
    const auto series = series_of(grouping.context, grouping.perturbations[at]);
    auto& [group, profiles] = work;
    walk_cells(cells, space, request.seed, series, kMostSketched, group);
    make_profiles(group, space, profiles);
    for (std::size_t g = 0; g < profiles.whole.size(); ++g) {
      shifts.view()(p, static_cast<std::int64_t>(g)) =
          profiles.whole[g] - control_profiles.whole[g];
    }
    truth.squared_effect[at] = squared_distance(profiles.whole, control_profiles.whole);
    truth.noise[at] = profiles.noise + control_profiles.noise;
    const auto sketch = quality::to_fixed_point(view_of(group), scale);
    const quality::MeanShiftOptions draws{
        .draws = request.permutations, .seed = request.seed, .series = series};
    truth.e_p[at] = quality::mean_shift_test(sketch.view(), control_sketch.view(), draws).p_value;
    truth.r_half[at] = half_correlation(profiles, control_profiles);
    if (!with_rest || group.n_blocks == 0) return;
    if (place[at] >= 0) {
      copy_row(profiles.a.front(), halves.a, place[at]);
      copy_row(profiles.b.front(), halves.b, place[at]);
      sums_a.add(place[at], group.half(0, false));
      sums_b.add(place[at], group.half(0, true));
    }
    const auto both = group.without(-1);
    if (request.gene_weights) whole_sums.add(p, both);
    const std::lock_guard lock(one_at_a_time);
    for (const auto* block : both) {
      all_sum.add(block->log);
      all_squares.add(block->squares);
    }
    all_second.add(profiles.b.front());
    all_cells += cells_in(both);
    ++with_halves;
  };

  Workspaces workspaces;
  Progress progress(console, screen.path(), "perturbations measured", n);
  for (const auto& chosen : plan_batches(screen, grouping.rows, request.memory)) {
    stages.enter("read");
    const auto batch = read_batch(screen, grouping.rows, chosen);
    stages.enter("truth");
    const auto cells = batch.cells.view();
    for_each_chunk(std::ssize(batch.groups), 1, [&](std::int64_t begin, std::int64_t end) {
      auto work = workspaces.take();
      for (std::int64_t k = begin; k < end; ++k) {
        const auto at = static_cast<std::size_t>(k);
        take(cells.slice(batch.start[at], batch.start[at + 1]), batch.groups[at], *work);
      }
      workspaces.give_back(std::move(work));
    });
    progress.advance(std::ssize(batch.groups));
  }

  for (auto& r : truth.e_p) r = std::isfinite(r) ? r : kNaN;
  truth.e_p_adj = quality::benjamini_hochberg(truth.e_p);
  for (std::size_t p = 0; p < static_cast<std::size_t>(n); ++p) {
    truth.reliability[p] = quality::spearman_brown(truth.r_half[p]).value;
    truth.ceiling[p] = quality::noise_ceiling(truth.reliability[p]).value;
    truth.stratum[p] =
        static_cast<std::int32_t>(quality::stratum_of(truth.e_p_adj[p], truth.reliability[p]));
  }
  truth.systematic_variation = quality::systematic_variation(shifts.view()).mean.value;

  const Rest all{all_sum.values(1.0), all_squares.values(1.0), all_cells};
  if (request.gene_weights) {
    auto& weights = measured.weights;
    weights = std::move(shifts);  // no longer needed
    for_each_chunk(n, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t p = begin; p < end; ++p) {
        const auto own = whole_sums.row(p);
        const auto scores = own.cells > 0
                                ? quality::de_scores(own, rest_of(all, {own}).view()).t
                                : std::vector<double>(static_cast<std::size_t>(genes), kNaN);
        copy_row(quality::de_weights(scores).weight, weights, p);
      }
    });
  }
  if (n_halved > 0) {
    halves.mean = all_second.values(static_cast<double>(with_halves));
    halves.interpolated = make_host_matrix<double>(n_halved, genes);
    halves.weights = make_host_matrix<double>(n_halved, genes);
    for_each_chunk(n_halved, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) {
        const auto a = sums_a.row(k);
        const auto b = sums_b.row(k);
        const auto rest = rest_of(all, {a, b});
        copy_row(quality::de_weights(quality::de_scores(a, rest.view()).t).weight, halves.weights,
                 k);
        const auto p_adj = quality::benjamini_hochberg(quality::de_scores(b, rest.view()).p_value);
        copy_row(quality::interpolated_duplicate(quality::row_of(std::as_const(halves.b).view(), k),
                                                 halves.mean, p_adj),
                 halves.interpolated, k);
      }
    });
  }
  return measured;
}

void add_calls(const DeTable& de, const Conventions::De& conventions, ContextTruth& truth) {
  const CallPolicy policy(conventions);
  const auto n = static_cast<std::int64_t>(truth.perturbations.size());
  const auto tested = std::ssize(de.features);
  if (tested > 0) {
    for (std::int64_t p = 0; p < n; ++p) {
      std::int64_t calls = 0;
      for (std::int64_t g = 0; g < tested; ++g) {
        calls +=
            policy.called(policy.p_adj(de.p_adj.view()(p, g), de.log2_fold_change.view()(p, g)))
                ? 1
                : 0;
      }
      truth.n_de[static_cast<std::size_t>(p)] = static_cast<double>(calls);
    }
  }
  // Places by number of calls, then by effect: what is sorted into deciles.
  std::vector<std::size_t> order;
  for (std::size_t p = 0; p < static_cast<std::size_t>(n); ++p) {
    if (!std::isnan(truth.n_de[p]) || !std::isnan(truth.corrected_effect(p))) order.push_back(p);
  }
  const auto strength = [&](std::size_t p) {
    const double calls = tested > 0 ? truth.n_de[p] : 0.0;
    const double effect = truth.corrected_effect(p);
    return std::pair(calls, std::isnan(effect) ? -std::numeric_limits<double>::infinity() : effect);
  };
  std::ranges::stable_sort(order, {}, strength);
  std::vector<double> places(static_cast<std::size_t>(n), kNaN);
  for (std::size_t i = 0; i < order.size(); ++i) places[order[i]] = static_cast<double>(i);
  truth.decile = quality::equal_count_bins(places);
}

MeasuredTruth measure_truth(Plan& plan, const Grouping& grouping, Console& console) {
  const bool weights = (plan.request.needs & kNeedsWeights) != 0;
  if (!plan.strata && !weights) return {};
  return measure_truth(*plan.real.screen, grouping, *plan.real.conventions,
                       {.gene_weights = weights,
                        .halves = plan.strata && (plan.request.needs & kNeedsBulk) != 0,
                        .memory = plan.request.memory},
                       console);
}

void add_truth(const Plan& plan, MeasuredTruth measured, RealTables& tables, Backend& backend,
               Console& console, Truth& into) {
  tables.weights = std::move(measured.weights);
  if (!plan.strata) return;
  const auto& c = *plan.real.conventions;
  auto& truth = measured.truth;
  add_calls(tables.de, c.de, truth);
  console.stages().enter("metric quality");
  const std::vector<const Metric*> reported(
      plan.metrics.begin(), plan.metrics.begin() + static_cast<std::ptrdiff_t>(plan.reported));
  const TruthRequest defaults;
  truth.metrics = judge_metrics(reported, truth.perturbations, tables.own_gene, c, measured.halves,
                                defaults.seed, backend);
  into.seed = defaults.seed;
  into.permutations = defaults.permutations;
  into.dimensions = defaults.dimensions;
  into.contexts.push_back(std::move(truth));
  tables.truth = &into.contexts.back();
}

}  // namespace cupel
