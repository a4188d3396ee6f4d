#include <algorithm>
#include <cmath>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cpu/radix_sort.hpp"
#include "cpu/rank_values.hpp"
#include "cupel/math/ranks.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

struct Ordered {
  std::uint64_t key;  // orders as p does
  std::int64_t column;
};

void sort_by_p(std::vector<Ordered>& items) {
  constexpr std::size_t kRadixPays = 2000;
  if (items.size() < kRadixPays) {
    std::ranges::sort(items, {}, &Ordered::key);
    return;
  }
  std::vector<Ordered> scratch(items.size());
  radix_sort(std::span(items), std::span(scratch), [](const Ordered& item) { return item.key; });
}

// The order among equal p does not show: the running minimum gives them all the last one's value.
void adjust_row(const double* p, double* adjusted, std::int64_t columns) {
  std::vector<Ordered> order;
  order.reserve(static_cast<std::size_t>(columns));
  for (std::int64_t column = 0; column < columns; ++column) {
    adjusted[column] = p[column];
    if (!std::isnan(p[column])) order.push_back({unsigned_order(rank_key(p[column])), column});
  }
  sort_by_p(order);
  const std::int64_t n = std::ssize(order);
  double lowest = 1.0;
  for (std::int64_t rank = n; rank > 0; --rank) {
    const std::int64_t column = order[static_cast<std::size_t>(rank - 1)].column;
    lowest = std::min(lowest, math::bh_candidate(p[column], rank, n));
    adjusted[column] = std::max(lowest, 0.0);
  }
}

}  // namespace

// rows × tests → rows × tests
Matrix<double> CpuBackend::adjust_p_values(MatrixView<const double> p) {
  auto adjusted = make_host_matrix<double>(p.rows, p.cols);
  const auto out = adjusted.view();
  for_each_chunk(p.rows, 1, [&](std::int64_t row, std::int64_t) {
    adjust_row(p.row(row), out.row(row), p.cols);
  });
  return adjusted;
}

}  // namespace cupel
