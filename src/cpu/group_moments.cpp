#include <algorithm>
#include <array>

#include "cpu/cell_expression.hpp"
#include "cpu/cpu_backend.hpp"
#include "cpu/group_rows.hpp"
#include "cpu/lane_sum.hpp"
#include "cpu/scatter_add.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

// A gene's sums are, in this order: stored, linear, log, log squared. Only the first or the first
// two are kept where no more is asked for.

constexpr std::int64_t kTabled = 64;  // counts below it are looked up: 98 % and more of them
constexpr std::int64_t kValuesAtATime = 256;  // values expressed at a time

template <int kSums>
void interleave(const double* stored, const double* linear, const double* log, std::int64_t n,
                double* sums) {
  for (std::int64_t k = 0; k < n; ++k) {
    sums[k * kSums] = stored[k];
    if constexpr (kSums >= 2) sums[k * kSums + 1] = linear[k];
    if constexpr (kSums == 4) {
      sums[k * kSums + 2] = log[k];
      sums[k * kSums + 3] = log[k] * log[k];
    }
  }
}

// What n values of one cell add to their genes' sums: n × kSums.
template <int kSums, typename Value>
void terms(const CellExpression& cell, const Value* values, std::int64_t n, double* out) {
  double stored[kValuesAtATime];
  double linear[kValuesAtATime];
  double log[kValuesAtATime];
  express(cell, values, n, stored, linear, kSums == 4 ? log : nullptr);
  interleave<kSums>(stored, linear, log, n, out);
}

// Adds counts by a table of what each small count adds; returns how many large ones it left to
// `large`, as positions.
template <int kSums, typename Gene>
CUPEL_MULTIVERSION std::int64_t scatter_counts(const Gene* genes, const std::uint16_t* counts,
                                               std::int64_t n, const double* table,
                                               std::int32_t* large, double* sums) {
  using Vector = typename SumVector<kSums>::Vector;
  const auto* add = reinterpret_cast<const Vector*>(table);
  auto* to = reinterpret_cast<Vector*>(sums);
  std::int64_t n_large = 0;
  for (std::int64_t k = 0; k < n; ++k) {
    if (counts[k] < kTabled) {
      to[genes[k]] += add[counts[k]];
    } else {
      large[n_large++] = static_cast<std::int32_t>(k);
    }
  }
  return n_large;
}

template <int kSums, typename Gene, typename Value>
void add_values(const CellExpression& cell, const Gene* genes, const Value* values, std::int64_t n,
                double* sums) {
  alignas(64) double add[kValuesAtATime * kSums];
  for (std::int64_t k = 0; k < n; k += kValuesAtATime) {
    const std::int64_t some = std::min(kValuesAtATime, n - k);
    terms<kSums>(cell, values + k, some, add);
    scatter_add<kSums>(genes + k, add, some, sums);
  }
}

template <typename Gene>
CUPEL_MULTIVERSION void add_counts(const Gene* genes, const std::uint16_t* counts, std::int64_t n,
                                   double* sums) {
  for (std::int64_t k = 0; k < n; ++k) sums[genes[k]] += counts[k];
}

template <int kSums, typename Gene>
void add_tabled(const CellExpression& cell, const Gene* genes, const std::uint16_t* counts,
                std::int64_t n, double* sums) {
  static constexpr auto kSmall = [] {
    std::array<std::uint16_t, kTabled> small{};
    for (std::size_t count = 0; count < small.size(); ++count) {
      small[count] = static_cast<std::uint16_t>(count);
    }
    return small;
  }();
  alignas(64) double table[kTabled * kSums];
  terms<kSums>(cell, kSmall.data(), kTabled, table);
  constexpr std::int64_t kStretch = 4096;
  std::int32_t large[kStretch];
  std::uint16_t large_counts[kValuesAtATime];
  Gene large_genes[kValuesAtATime];
  alignas(64) double add[kValuesAtATime * kSums];
  for (std::int64_t k = 0; k < n; k += kStretch) {
    const std::int64_t n_large =
        scatter_counts<kSums>(genes + k, counts + k, std::min(kStretch, n - k), table, large, sums);
    for (std::int64_t first = 0; first < n_large; first += kValuesAtATime) {
      const std::int64_t some = std::min(kValuesAtATime, n_large - first);
      for (std::int64_t j = 0; j < some; ++j) {
        large_counts[j] = counts[k + large[first + j]];
        large_genes[j] = genes[k + large[first + j]];
      }
      terms<kSums>(cell, large_counts, some, add);
      scatter_add<kSums>(large_genes, add, some, sums);
    }
  }
}

template <int kSums, typename Gene>
void add_values(const CellExpression& cell, const Gene* genes, const std::uint16_t* counts,
                std::int64_t n, double* sums) {
  if constexpr (kSums == 1) {
    add_counts(genes, counts, n, sums);
  } else {
    add_tabled<kSums>(cell, genes, counts, n, sums);
  }
}

struct Output {
  double* stored;
  double* linear;
  double* log;
  double* log_squared;
};

// genes × kSums into the rows asked for.
template <int kSums>
void write(const double* sums, std::int64_t genes, const Output& out) {
  for (std::int64_t gene = 0; gene < genes; ++gene) {
    if (out.stored != nullptr) out.stored[gene] = sums[gene * kSums];
    if constexpr (kSums >= 2) {
      if (out.linear != nullptr) out.linear[gene] = sums[gene * kSums + 1];
    }
    if constexpr (kSums == 4) {
      if (out.log != nullptr) out.log[gene] = sums[gene * kSums + 2];
    }
  }
  if constexpr (kSums == 4) {
    if (out.log_squared != nullptr) {
      *out.log_squared = lane_sum(genes, [&](std::int64_t gene) { return sums[gene * kSums + 3]; });
    }
  }
}

template <int kSums, typename Typed>
void sum_groups(const Typed& cells, const double* totals, std::span<const std::int64_t> group_start,
                const Linear& how, GroupMoments& moments) {
  const auto groups = static_cast<std::int64_t>(group_start.size()) - 1;
  const auto row_of = [](Matrix<double>& matrix, std::int64_t row) {
    return matrix.rows() == 0 ? nullptr : matrix.view().row(row);
  };
  for_each_chunk(groups, 1, [&](std::int64_t group, std::int64_t) {
    const auto g = static_cast<std::size_t>(group);
    auto sums = make_host_buffer<double>(cells.n_genes * kSums);
    add_rows(group_start[g], group_start[g + 1], sums.size(), sums.data(),
             [&](std::int64_t begin, std::int64_t end, double* to) {
               for (std::int64_t row = begin; row < end; ++row) {
                 const std::int64_t at = cells.row_begin[row];
                 add_values<kSums>(math::cell_expression(how, totals[row]), cells.genes + at,
                                   cells.values + at, cells.row_length[row], to);
               }
             });
    write<kSums>(sums.data(), cells.n_genes,
                 {row_of(moments.stored, group), row_of(moments.linear, group),
                  row_of(moments.log, group), row_of(moments.log_squared, group)});
  });
}

}  // namespace

GroupMoments CpuBackend::group_moments(CellsView cells, MatrixView<const double> totals,
                                       std::span<const std::int64_t> group_start,
                                       const Linear& linear, const MomentRequest& request) {
  const auto groups = static_cast<std::int64_t>(group_start.size()) - 1;
  GroupMoments moments;
  if (request.stored) moments.stored = make_host_matrix<double>(groups, cells.n_genes);
  if (request.linear) moments.linear = make_host_matrix<double>(groups, cells.n_genes);
  if (request.log) moments.log = make_host_matrix<double>(groups, cells.n_genes);
  if (request.log_squared) moments.log_squared = make_host_matrix<double>(groups, 1);
  visit(cells, [&](const auto& typed) {
    if (request.log || request.log_squared) {
      sum_groups<4>(typed, totals.data, group_start, linear, moments);
    } else if (request.linear) {
      sum_groups<2>(typed, totals.data, group_start, linear, moments);
    } else if (request.stored) {
      sum_groups<1>(typed, totals.data, group_start, linear, moments);
    }
  });
  return moments;
}

}  // namespace cupel
