#include <algorithm>

#include "cpu/cpu_backend.hpp"
#include "cpu/rank_reference.hpp"
#include "cupel/math/ranks.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

template <typename Key>
struct Side {
  const std::vector<Key>& keys;  // nonzero, ascending
  std::int64_t cells;
  std::int64_t next = 0;
  [[nodiscard]] std::int64_t zeros() const {
    return cells - static_cast<std::int64_t>(keys.size());
  }
  // How many cells have `key`, and moves past them.
  std::int64_t take(Key key) {
    if (key == 0) return zeros();
    const auto begin = next;
    while (next < std::ssize(keys) && keys[static_cast<std::size_t>(next)] == key) ++next;
    return next - begin;
  }
  [[nodiscard]] bool has_next() const { return next < std::ssize(keys); }
  [[nodiscard]] Key peek() const { return keys[static_cast<std::size_t>(next)]; }
};

template <typename Key>
RankSums merge(const CpuRankReference<Key>& reference, CellsView cells, const double* totals,
               std::span<const std::int64_t> group_start) {
  const auto groups = std::ssize(group_start) - 1;
  RankSums sums{make_host_matrix<std::int64_t>(groups, reference.n_genes()),
                make_host_matrix<double>(groups, reference.n_genes())};
  const auto two_u_out = sums.two_u.view();
  const auto ties_out = sums.ties.view();
  for_each_chunk(groups, 1, [&](std::int64_t group, std::int64_t) {
    const auto begin = group_start[static_cast<std::size_t>(group)];
    const auto end = group_start[static_cast<std::size_t>(group) + 1];
    const auto keys = sorted_keys<Key>(cells.slice(begin, end), totals + begin, reference.linear,
                                       reference.column, reference.n_genes());
    for (std::int64_t gene = 0; gene < reference.n_genes(); ++gene) {
      Side<Key> x{keys[static_cast<std::size_t>(gene)], end - begin};
      Side<Key> y{reference.keys[static_cast<std::size_t>(gene)], reference.cells};
      std::int64_t two_u = 0;
      std::int64_t below = 0;
      math::Uint128 ties = 0;
      bool zero_done = false;
      while (x.has_next() || y.has_next() || !zero_done) {
        Key key = !x.has_next()   ? (y.has_next() ? y.peek() : 0)
                  : !y.has_next() ? x.peek()
                                  : std::min(x.peek(), y.peek());
        if (!zero_done && key >= 0) {
          key = 0;
          zero_done = true;
        }
        const auto in_group = x.take(key);
        const auto in_control = y.take(key);
        two_u += in_group * (2 * below + in_control);
        ties += math::tie_term(static_cast<std::uint64_t>(in_group + in_control));
        below += in_control;
      }
      two_u_out(group, gene) = two_u;
      ties_out(group, gene) = static_cast<double>(ties);
    }
  });
  return sums;
}

}  // namespace

RankSums CpuBackend::rank_sums(const RankReference& reference, CellsView cells,
                               MatrixView<const double> totals,
                               std::span<const std::int64_t> group_start) {
  if (const auto* f32 = dynamic_cast<const CpuRankReference<std::int32_t>*>(&reference)) {
    return merge(*f32, cells, totals.data, group_start);
  }
  return merge(dynamic_cast<const CpuRankReference<std::int64_t>&>(reference), cells, totals.data,
               group_start);
}

}  // namespace cupel
