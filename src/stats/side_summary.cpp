#include "stats/side_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cupel/error.hpp"
#include "cupel/metric.hpp"
#include "data/batches.hpp"
#include "data/lognorm_screen.hpp"
#include "stats/batch_reader.hpp"
#include "stats/content_fingerprint.hpp"
#include "stats/energy_distance.hpp"
#include "stats/exact_rank_sum.hpp"
#include "stats/gene_gate.hpp"
#include "stats/memory_budget.hpp"
#include "text.hpp"

namespace cupel {
namespace {

Linear linear_of(const Conventions& c) {
  return {c.data.input_type, c.expression.target_sum,
          c.de.rank_values == RankValues::kF32Linear && c.data.input_type == InputType::kCounts,
          false};
}

bool wants(const SummaryRequest& request, Needs need) { return (request.needs & need) != 0; }

MomentRequest moments_for(const Conventions& c, const SummaryRequest& request) {
  const bool bulk = uses_bulk_lognorm(c);
  const bool expression = wants(request, kNeedsBulk) || wants(request, kNeedsCorrections);
  const bool de = wants(request, kNeedsDe);
  const bool geometric = de && c.de.mean == MeanKind::kGeometric;
  return {.stored = expression && bulk,
          .linear = de && !geometric,
          .log = (expression && !bulk) || geometric,
          .log_squared = wants(request, kNeedsCorrections) && !bulk};
}

// One number for which cell stands in which row of the file, summed over cells.
std::uint64_t order_of(const GroupBatch& batch) {
  std::uint64_t sum = 0;
  for (std::size_t row = 0; row < batch.row_key.size(); ++row) {
    std::uint64_t x = batch.row_key[row] ^
                      (static_cast<std::uint64_t>(batch.file_rows[row]) * 0xD6E8FEB86659FD93ULL);
    x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15ULL;
    sum += x ^ (x >> 29);
  }
  return sum;
}

// One batch where the backend computes, with what every step needs of it.
struct Loaded {
  std::vector<std::int64_t> start;
  std::vector<std::int32_t> groups;
  std::vector<double> group_size;
  Cells cells;
  Matrix<double> totals;
  std::int64_t bytes = 0;
  Cells kept;  // the host's copy, where it was asked for and a device has another
};

// The host's copy of the cells, where a device has another, goes with `batch` unless it is to be
// kept.
Loaded load(Backend& backend, GroupBatch batch, const Conventions& c, ValueWatch& watch,
            bool keep = false) {
  Loaded loaded;
  loaded.start = batch.start;
  loaded.groups = batch.groups;
  for (std::size_t k = 0; k < batch.groups.size(); ++k) {
    loaded.group_size.push_back(static_cast<double>(batch.start[k + 1] - batch.start[k]));
  }
  loaded.bytes = batch.cells.genes.size() + batch.cells.values.size();
  const CellsView on_host = batch.cells.view();  // upload leaves the arrays where they are
  loaded.cells = backend.upload(std::move(batch.cells));
  loaded.totals = backend.row_totals(loaded.cells.view(), c.data.input_type);
  std::vector<double> totals(batch.file_rows.size());
  backend.download(std::as_const(loaded.totals).view(), totals);
  watch.check(on_host, batch.file_rows, totals);
  if (keep && backend.space() == Space::kDevice) loaded.kept = std::move(batch.cells);
  return loaded;
}

// Means rounded as the conventions have them, on the host: cell-eval's conventions alone ask for
// it, and the matrices are small.
Matrix<double> as_stored(Matrix<double> means, const Screen& screen, const Conventions& c,
                         Backend& backend) {
  if (!c.expression.means_as_stored || holds_doubles(screen)) return means;
  auto host = make_host_matrix<double>(means.rows(), means.cols());
  const std::span<double> values(host.view().data, static_cast<std::size_t>(host.view().size()));
  backend.download(std::as_const(means).view(), values);
  for (auto& value : values) value = static_cast<double>(static_cast<float>(value));
  return backend.upload(std::as_const(host).view());
}

// Comparator profiles of the batch's groups: groups × genes (cell-eval.md 1.5).
Matrix<double> profiles_of(Backend& backend, const Loaded& batch, const GroupMoments& moments,
                           const Screen& screen, const Conventions& c) {
  if (uses_bulk_lognorm(c)) {
    return backend.bulk_lognorm(moments.stored.view(), c.expression.bulk_target_sum);
  }
  std::vector<double> reciprocal(batch.group_size);
  for (auto& n : reciprocal) n = 1.0 / n;
  return as_stored(backend.scale_rows(moments.log.view(), reciprocal), screen, c, backend);
}

std::vector<double> corrections_of(Backend& backend, const Loaded& batch,
                                   const GroupMoments& moments, const Matrix<double>& profiles,
                                   const Conventions& c) {
  std::vector<double> correction(batch.groups.size());
  if (uses_bulk_lognorm(c)) {
    const auto jackknife = backend.jackknife(batch.cells.view(), batch.totals.view(), batch.start,
                                             moments.stored.view(), c.expression.bulk_target_sum);
    backend.download(jackknife.view(), correction);
    return correction;
  }
  // tr(Sigma) / n = (sum ||x||^2 - n ||mean||^2) / ((n - 1) n)
  backend.download(moments.log_squared.view(), correction);
  std::vector<double> squares(batch.groups.size());
  backend.download(backend.row_squared_norms(profiles.view()).view(), squares);
  for (std::size_t k = 0; k < correction.size(); ++k) {
    const double n = batch.group_size[k];
    correction[k] = n < 2.0 ? 0.0 : (correction[k] - n * squares[k]) / ((n - 1.0) * n);
  }
  return correction;
}

// Linear group means on the tested genes, for fold changes.
Matrix<double> tested_means(Backend& backend, const Loaded& batch, const GroupMoments& moments,
                            std::span<const std::int32_t> tested, const Screen& screen,
                            const Conventions& c) {
  std::vector<double> reciprocal(batch.group_size);
  for (auto& n : reciprocal) n = 1.0 / n;
  const bool geometric = c.de.mean == MeanKind::kGeometric;
  auto means =
      backend.scale_rows(geometric ? moments.log.view() : moments.linear.view(), reciprocal);
  means = as_stored(std::move(means), screen, c, backend);
  if (geometric) means = as_stored(backend.expm1(means.view()), screen, c, backend);
  return backend.select(means.view(), {}, tested);
}

// p of each rank sum, exact where the conventions ask for it: on the host, for few rows of a run.
Matrix<double> p_values_of(Backend& backend, const RankSums& sums,
                           std::span<const std::int64_t> start, std::int64_t n_control,
                           const Conventions& c) {
  auto p = backend.rank_sum_p_values(sums, start, n_control, c.de.continuity);
  const auto is_small = [&](std::size_t group) {
    const auto cells = std::min(start[group + 1] - start[group], n_control);
    return cells > 0 && static_cast<double>(cells) <= c.de.exact_up_to;
  };
  bool any = false;
  for (std::size_t k = 0; k + 1 < start.size(); ++k) any |= is_small(k);
  if (!any) return p;
  const auto size = static_cast<std::size_t>(p.rows() * p.cols());
  std::vector<std::int64_t> two_u(size);
  std::vector<double> ties(size);
  auto host = make_host_matrix<double>(p.rows(), p.cols());
  backend.download(sums.two_u.view(), two_u);
  backend.download(sums.ties.view(), ties);
  backend.download(std::as_const(p).view(), {host.view().data, size});
  for (std::size_t k = 0; k + 1 < start.size(); ++k) {
    if (!is_small(k)) continue;
    const ExactRankSum exact(start[k + 1] - start[k], n_control);
    if (exact.empty()) continue;
    const auto first = k * static_cast<std::size_t>(p.cols());
    for (auto i = first; i < first + static_cast<std::size_t>(p.cols()); ++i) {
      if (ties[i] == 0.0) host.view().data[i] = exact.p_value(two_u[i]);
    }
  }
  return backend.upload(std::as_const(host).view());
}

bool is_gated(const Conventions& c, const SummaryRequest& request) {
  return wants(request, kNeedsDe) && c.de.min_control_cpm.has_value() && !request.all_genes &&
         (c.data.input_type == InputType::kCounts || c.de.gate_lognorm);
}

// Mean per-cell CPM of each gene in the control: what the gate compares (cell-eval.md 2.5).
// `moments` hold the linear sums of counts; lognorm cells are rescaled and summed anew.
std::vector<double> control_cpm(Backend& backend, const Loaded& control,
                                const GroupMoments& moments, const Conventions& c) {
  const bool counts = c.data.input_type == InputType::kCounts;
  Linear linear = linear_of(c);
  GroupMoments rescaled;
  if (!counts) {
    linear.renormalise = true;
    linear.target_sum = 1e6;
    rescaled = backend.group_moments(control.cells.view(), control.totals.view(), control.start,
                                     linear, {.linear = true});
  }
  const auto& sums = counts ? moments.linear : rescaled.linear;
  std::vector<double> cpm(static_cast<std::size_t>(sums.cols()));
  backend.download(sums.view(), cpm);
  for (auto& value : cpm) value = value / control.group_size[0] * (1e6 / linear.target_sum);
  return cpm;
}

// How many groups, from this one on, each follow the one before.
std::size_t run_from(std::size_t first, std::span<const std::int32_t> groups) {
  std::size_t last = first + 1;
  while (last < groups.size() && groups[last] == groups[last - 1] + 1) ++last;
  return last - first;
}

// Row k of `from` becomes row groups[k] of `to`, runs of neighbours at once.
void place(Backend& backend, MatrixView<const double> from, std::span<const std::int32_t> groups,
           MatrixView<double> to) {
  const auto download = [&](MatrixView<const double> rows, double* there) {
    backend.download(rows, {there, static_cast<std::size_t>(rows.size())});
  };
  if (from.space == Space::kDevice && run_from(0, groups) < groups.size()) {
    // One wait for everything, not one for each run.
    auto all = make_host_matrix<double>(from.rows, from.cols);
    download(from, all.view().data);
    for (std::size_t k = 0; k < groups.size(); ++k) {
      std::copy_n(all.view().row(static_cast<std::int64_t>(k)), from.cols, to.row(groups[k]));
    }
    return;
  }
  for (std::size_t first = 0; first < groups.size();) {
    const auto run = run_from(first, groups);
    download({from.row(static_cast<std::int64_t>(first)), static_cast<std::int64_t>(run), from.cols,
              from.space},
             to.row(groups[first]));
    first += run;
  }
}

}  // namespace

bool uses_bulk_lognorm(const Conventions& c) {
  if (c.expression.space == ExpressionSpace::kAuto) return c.data.input_type == InputType::kCounts;
  return c.expression.space == ExpressionSpace::kBulkLognorm;
}

double bulk_total(const Conventions& c) {
  return uses_bulk_lognorm(c) ? c.expression.bulk_target_sum : c.expression.target_sum;
}

ControlSummary summarise_control(Screen& screen, const Grouping& grouping, const Conventions& c,
                                 const SummaryRequest& request, ValueWatch& watch, Backend& backend,
                                 Console& console) {
  auto& stages = console.stages();
  stages.enter("read");
  ControlSummary summary;
  const std::vector<std::vector<std::int64_t>> lists{grouping.control};
  const auto plan = plan_batches(screen, lists, request.memory);
  GroupBatch batch = read_batch(screen, lists, plan.front());
  const std::vector<std::string> label{
      "\x01"
      "control"};
  summary.fingerprint = fingerprint_of(batch, label);
  summary.order = order_of(batch);
  summary.n_cells = static_cast<std::int64_t>(grouping.control.size());
  stages.enter("check");
  const bool energy = wants(request, kNeedsEnergy);
  if (energy && c.data.input_type != InputType::kLognorm) {
    throw Error(ErrorKind::kUsage,
                "pearson_edistance compares cells by their log expression; with counts, set "
                "data.log_when_read=true");
  }
  Loaded control = load(backend, std::move(batch), c, watch, energy);
  summary.bytes = energy ? 2 * control.bytes : control.bytes;

  const bool gated = is_gated(c, request);
  auto wanted = moments_for(c, request);
  // The gate of counts looks at the means of what is tested anyway.
  wanted.linear |= gated && c.data.input_type == InputType::kCounts;
  stages.enter("moments");
  const auto moments = backend.group_moments(control.cells.view(), control.totals.view(),
                                             control.start, linear_of(c), wanted);
  if (wants(request, kNeedsBulk) || wants(request, kNeedsCorrections)) {
    summary.bulk = profiles_of(backend, control, moments, screen, c);
    if (wants(request, kNeedsCorrections)) {
      stages.enter("corrections");
      summary.correction = corrections_of(backend, control, moments, summary.bulk, c)[0];
    }
  }
  if (wants(request, kNeedsDe)) {
    stages.enter("moments");
    if (gated) {
      summary.cpm = control_cpm(backend, control, moments, c);
      summary.tested = genes_above(summary.cpm, c.de.min_control_cpm);
      if (summary.tested.empty()) {
        throw Error(
            ErrorKind::kInput,
            fmt::format("{}: no gene's mean CPM in the {} control cells exceeds {}, so nothing "
                        "can be tested; lower it with --set de.min_control_cpm=0",
                        screen.path(), summary.n_cells, *c.de.min_control_cpm));
      }
    } else {
      summary.tested.resize(screen.genes().size());
      std::iota(summary.tested.begin(), summary.tested.end(), 0);
    }
    summary.tested_mean = tested_means(backend, control, moments, summary.tested, screen, c);
    stages.enter("rank test");
    summary.ranks = backend.make_rank_reference(control.cells.view(), control.totals.view(),
                                                linear_of(c), c.de.rank_values, summary.tested);
  }
  if (energy) {
    stages.enter("energy distances");
    summary.cells = std::move(backend.space() == Space::kDevice ? control.kept : control.cells);
    summary.mean_distance = mean_distances_within(summary.cells.view(), control.start)[0];
  }
  return summary;
}

SideSummary summarise_perturbations(Screen& screen, const Grouping& grouping,
                                    const ControlSummary& control, const Conventions& c,
                                    const SummaryRequest& request, ValueWatch& watch,
                                    Backend& backend, Console& console) {
  const auto n = static_cast<std::int64_t>(grouping.perturbations.size());
  const auto genes = static_cast<std::int64_t>(screen.genes().size());
  const auto tested = static_cast<std::int64_t>(control.tested.size());
  const bool expression = wants(request, kNeedsBulk) || wants(request, kNeedsCorrections);
  const bool de = wants(request, kNeedsDe);

  SideSummary side;
  for (const auto& rows : grouping.rows) {
    side.n_cells.push_back(static_cast<std::int64_t>(rows.size()));
  }
  auto bulk = make_host_matrix<double>(expression ? n : 0, genes);
  if (wants(request, kNeedsCorrections)) side.correction.resize(static_cast<std::size_t>(n));
  if (wants(request, kNeedsEnergy)) side.energy.resize(static_cast<std::size_t>(n));
  if (de) {
    side.de.targets = grouping.perturbations;
    for (const auto gene : control.tested) {
      side.de.features.push_back(screen.genes()[static_cast<std::size_t>(gene)]);
    }
    side.de.log2_fold_change = make_host_matrix<double>(n, tested);
    side.de.p_value = make_host_matrix<double>(n, tested);
    side.de.p_adj = make_host_matrix<double>(n, tested);
  }

  const auto resident = kDevicePerControlByte * control.bytes + (expression ? 2 * 8 * n * genes : 0);
  auto plan = fit_batches(plan_batches(screen, grouping.rows, request.memory - control.bytes),
                          screen, grouping.rows, backend, resident);
  Progress progress(console, screen.path(), "perturbations", n);
  auto& stages = console.stages();
  BatchReader reader(screen, grouping.rows, std::move(plan), backend, stages);
  reader.for_each([&](GroupBatch&& read) {
    const auto fingerprint = fingerprint_of(read, grouping.perturbations);
    const auto order = order_of(read);
    if (wants(request, kNeedsEnergy)) {
      stages.enter("energy distances");
      const auto cells = read.cells.view();
      const auto between = mean_distances_between(cells, read.start, control.cells.view());
      const auto within = mean_distances_within(cells, read.start);
      for (std::size_t k = 0; k < within.size(); ++k) {
        side.energy[static_cast<std::size_t>(read.groups[k])] =
            2.0 * between[k] - within[k] - control.mean_distance;
      }
    }
    stages.enter("check");
    const Loaded batch = load(backend, std::move(read), c, watch);
    reader.read_ahead();
    stages.enter("moments");
    const auto moments = backend.group_moments(batch.cells.view(), batch.totals.view(), batch.start,
                                               linear_of(c), moments_for(c, request));
    if (expression) {
      const auto profiles = profiles_of(backend, batch, moments, screen, c);
      place(backend, profiles.view(), batch.groups, bulk.view());
      if (wants(request, kNeedsCorrections)) {
        stages.enter("corrections");
        const auto corrections = corrections_of(backend, batch, moments, profiles, c);
        for (std::size_t k = 0; k < corrections.size(); ++k) {
          side.correction[static_cast<std::size_t>(batch.groups[k])] = corrections[k];
        }
      }
    }
    if (de) {
      stages.enter("rank test");
      const auto sums =
          backend.rank_sums(*control.ranks, batch.cells.view(), batch.totals.view(), batch.start);
      stages.enter("p and fold changes");
      const auto p = p_values_of(backend, sums, batch.start, control.ranks->n_cells(), c);
      const auto means = tested_means(backend, batch, moments, control.tested, screen, c);
      place(backend, p.view(), batch.groups, side.de.p_value.view());
      place(backend,
            backend
                .log2_fold_change(means.view(), control.tested_mean.view(), c.de.epsilon, c.de.clip)
                .view(),
            batch.groups, side.de.log2_fold_change.view());
      if (c.de.fdr_scope == FdrScope::kPerPerturbation) {
        place(backend, backend.adjust_p_values(p.view()).view(), batch.groups,
              side.de.p_adj.view());
      }
    }
    side.fingerprint += fingerprint;
    side.order += order;
    progress.advance(std::ssize(batch.groups));
  });
  if (de && c.de.fdr_scope == FdrScope::kGlobal) {
    const auto& p = std::as_const(side.de.p_value);
    const auto one_row = backend.upload(MatrixView<const double>{p.view().data, 1, n * tested});
    backend.download(backend.adjust_p_values(one_row.view()).view(),
                     {side.de.p_adj.view().data, static_cast<std::size_t>(n * tested)});
  }
  if (expression) side.bulk = backend.upload(std::as_const(bulk).view());
  return side;
}

Matrix<double> effects_of(const Screen& screen, MatrixView<const double> profiles,
                          const ControlSummary& control, const Conventions& c, Backend& backend) {
  return as_stored(backend.subtract_row(profiles, control.bulk.view()), screen, c, backend);
}

GroupProfiles summarise_groups(Screen& screen, std::span<const std::vector<std::int64_t>> rows,
                               const Conventions& c, std::int64_t memory, ValueWatch& watch,
                               Backend& backend, Console& console) {
  const auto n = std::ssize(rows);
  const auto genes = std::ssize(screen.genes());
  const bool bulk = uses_bulk_lognorm(c);
  GroupProfiles result{make_host_matrix<double>(n, genes), make_host_matrix<double>(n, genes)};
  Progress progress(console, screen.path(), "groups", n);
  auto& stages = console.stages();
  BatchReader reader(screen, rows,
                     fit_batches(plan_batches(screen, rows, memory), screen, rows, backend, 0),
                     backend, stages);
  reader.for_each([&](GroupBatch&& read) {
    stages.enter("check");
    const Loaded batch = load(backend, std::move(read), c, watch);
    reader.read_ahead();
    stages.enter("moments");
    const auto moments = backend.group_moments(batch.cells.view(), batch.totals.view(), batch.start,
                                               linear_of(c), {.stored = true, .log = !bulk});
    const auto profiles = profiles_of(backend, batch, moments, screen, c);
    place(backend, profiles.view(), batch.groups, result.profiles.view());
    place(backend, moments.stored.view(), batch.groups, result.sums.view());
    progress.advance(std::ssize(batch.groups));
  });
  return result;
}

}  // namespace cupel
