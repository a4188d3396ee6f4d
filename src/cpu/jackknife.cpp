#include "cupel/math/jackknife.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/group_rows.hpp"
#include "cpu/lane_sum.hpp"
#include "cpu/scatter_add.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

using math::JackknifeGene;

constexpr int kHeld = 4;  // sums of math::JackknifeSums, side by side
constexpr int kFar = 2;   // sums of w and of w^2 over cells whose delta is not small
constexpr std::int64_t kNonzerosAtATime = 256;  // nonzeros at a time

// One group, and the tables that its cells share.
struct Group {
  math::JackknifeGroup whole{};
  const double* sums = nullptr;
  std::vector<JackknifeGene> genes;
  std::vector<double> centre;  // log(M / A), what the far cells' w is taken from
};

CUPEL_MULTIVERSION void fill_tables(Group& group) {
  const auto genes = static_cast<std::int64_t>(group.genes.size());
  const math::JackknifeGroup whole = group.whole;
  for (std::int64_t g = 0; g < genes; ++g) {
    group.genes.data()[g] = math::jackknife_gene(whole, group.sums[g]);
  }
  const double scale = math::jackknife_centre_scale(whole);
  for (std::int64_t g = 0; g < genes; ++g) {
    group.centre.data()[g] = math::log1p(group.sums[g] * scale);
  }
}

// For n nonzeros of one cell: the argument of w, and of e.
template <typename Gene, typename Value>
CUPEL_MULTIVERSION void arguments(const JackknifeGene* of_gene, const Gene* genes,
                                  const Value* values, std::int64_t n, double delta, double* w,
                                  double* e) {
  for (std::int64_t k = 0; k < n; ++k) {
    const JackknifeGene& gene = of_gene[genes[k]];
    w[k] = math::jackknife_argument(gene, static_cast<double>(values[k]), delta);
    e[k] = gene.share * delta;
  }
}

// log1p of n arguments in place. Those of a few hundred cells are all small, where the series does
// without log1p's division; the choice rests on the values alone.
CUPEL_MULTIVERSION void take_log1p(double* w, std::int64_t n) {
  std::int64_t large = 0;
  for (std::int64_t k = 0; k < n; ++k) large += std::fabs(w[k]) <= 1.0 / 16.0 ? 0 : 1;
  if (large == 0) {
    for (std::int64_t k = 0; k < n; ++k) w[k] = math::log1p_small(w[k]);
  } else {
    for (std::int64_t k = 0; k < n; ++k) w[k] = math::log1p(w[k]);
  }
}

// What n nonzeros add to math::JackknifeSums, from w and the argument of e: n × kHeld.
CUPEL_MULTIVERSION void terms(const double* w, const double* e_argument, std::int64_t n,
                              double* out) {
  for (std::int64_t k = 0; k < n; ++k) {
    const double e = math::log1p_near(e_argument[k]);
    out[kHeld * k] = 1.0;
    out[kHeld * k + 1] = w[k] - e;
    out[kHeld * k + 2] = (w[k] - e) * (w[k] + e);
    out[kHeld * k + 3] = e;
  }
}

template <typename Typed>
void add_near_cell(const Typed& cells, std::int64_t row, double delta, const Group& group,
                   double* held) {
  double w[kNonzerosAtATime];
  double e[kNonzerosAtATime];
  alignas(64) double out[kNonzerosAtATime * kHeld];
  const std::int64_t end = cells.row_begin[row] + cells.row_length[row];
  for (std::int64_t k = cells.row_begin[row]; k < end; k += kNonzerosAtATime) {
    const std::int64_t n = std::min(kNonzerosAtATime, end - k);
    arguments(group.genes.data(), cells.genes + k, cells.values + k, n, delta, w, e);
    take_log1p(w, n);
    terms(w, e, n, out);
    scatter_add<kHeld>(cells.genes + k, out, n, held);
  }
}

// A cell so large (or a group so small) that every gene is computed, by the definition.
CUPEL_MULTIVERSION void add_far_cell(const double* counts, const Group& group, double total,
                                     double* far) {
  const double scale = math::jackknife_far_scale(group.whole, total);
  const auto genes = static_cast<std::int64_t>(group.genes.size());
  const double* sums = group.sums;
  const double* centre = group.centre.data();
  for (std::int64_t g = 0; g < genes; ++g) {
    const double w = math::log1p((sums[g] - counts[g]) * scale) - centre[g];
    far[kFar * g] += w;
    far[kFar * g + 1] += w * w;
  }
}

template <typename Typed>
void add_cells(const Typed& cells, const double* totals, std::int64_t begin, std::int64_t end,
               const Group& group, double* sums) {
  std::vector<double> counts;
  for (std::int64_t row = begin; row < end; ++row) {
    const double delta = math::jackknife_delta(group.whole, totals[row]);
    if (math::jackknife_is_near(delta)) {
      add_near_cell(cells, row, delta, group, sums);
      continue;
    }
    counts.assign(static_cast<std::size_t>(cells.n_genes), 0.0);
    const std::int64_t at = cells.row_begin[row];
    for (std::int64_t k = at; k < at + cells.row_length[row]; ++k) {
      counts[cells.genes[k]] = static_cast<double>(cells.values[k]);
    }
    add_far_cell(counts.data(), group, totals[row], sums + kHeld * cells.n_genes);
  }
}

// The scatter of w over all cells, gene by gene.
CUPEL_MULTIVERSION double scatter(const Group& group, const double* power, const double* sums) {
  const auto genes = static_cast<std::int64_t>(group.genes.size());
  const auto series = math::jackknife_series_of(power);
  const double* far = sums + kHeld * genes;
  return lane_sum(genes, [&](std::int64_t g) {
    const double* held = sums + kHeld * g;
    double first = far[kFar * g];
    double second = far[kFar * g + 1];
    math::jackknife_near(group.genes.data()[g], {held[0], held[1], held[2], held[3]}, series,
                         power[0], first, second);
    return second - first * first / group.whole.n;
  });
}

template <typename Typed>
double correction(const Typed& cells, const double* totals, std::int64_t begin, std::int64_t end,
                  const double* stored_sums, double target_sum) {
  const double all = lane_sum(cells.n_genes, [&](std::int64_t gene) { return stored_sums[gene]; });
  Group group;
  group.whole = math::jackknife_group(static_cast<double>(end - begin), all, target_sum);
  if (!math::jackknife_applies(group.whole)) return 0.0;
  group.sums = stored_sums;
  group.genes.resize(static_cast<std::size_t>(cells.n_genes));
  group.centre.resize(static_cast<std::size_t>(cells.n_genes));
  fill_tables(group);

  double power[math::kJackknifePowers] = {};
  for (std::int64_t row = begin; row < end; ++row) {
    const double delta = math::jackknife_delta(group.whole, totals[row]);
    if (!math::jackknife_is_near(delta)) continue;
    double term = 1.0;
    for (double& sum : power) {
      sum += term;
      term *= delta;
    }
  }
  auto sums = make_host_buffer<double>(cells.n_genes * (kHeld + kFar));
  add_rows(begin, end, sums.size(), sums.data(),
           [&](std::int64_t from, std::int64_t to, double* table) {
             add_cells(cells, totals, from, to, group, table);
           });
  return math::jackknife_correction(group.whole, scatter(group, power, sums.data()));
}

}  // namespace

Matrix<double> CpuBackend::jackknife(CellsView cells, MatrixView<const double> totals,
                                     std::span<const std::int64_t> group_start,
                                     MatrixView<const double> stored_sums, double bulk_target_sum) {
  const auto groups = static_cast<std::int64_t>(group_start.size()) - 1;
  auto result = make_host_matrix<double>(groups, 1);
  double* out = result.view().data;
  visit(cells, [&](const auto& typed) {
    for_each_chunk(groups, 1, [&](std::int64_t group, std::int64_t) {
      const auto g = static_cast<std::size_t>(group);
      out[group] = correction(typed, totals.data, group_start[g], group_start[g + 1],
                              stored_sums.row(group), bulk_target_sum);
    });
  });
  return result;
}

}  // namespace cupel
