#include "stats/purity_curve.hpp"

#include <algorithm>

#include "stats/stable_order.hpp"

namespace cupel {
namespace {

std::vector<double> values_of(const std::vector<CurveGene>& genes, double CurveGene::*field) {
  std::vector<double> values(genes.size());
  std::ranges::transform(genes, values.begin(), field);
  return values;
}

bool equally_significant(const CurveGene& a, const CurveGene& b) {
  return a.p_adj == b.p_adj && a.p_value == b.p_value;
}

bool larger_then_by_name(const CurveGene& a, const CurveGene& b) {
  if (a.abs_log2_fold_change != b.abs_log2_fold_change) {
    return a.abs_log2_fold_change > b.abs_log2_fold_change;
  }
  return a.name_rank < b.name_rank;
}

}  // namespace

void sort_by_confidence(std::vector<CurveGene>& genes) {
  auto order = positions(genes.size());
  stable_order(values_of(genes, &CurveGene::p_value), order);
  stable_order(values_of(genes, &CurveGene::p_adj), order);
  std::vector<CurveGene> sorted;
  sorted.reserve(genes.size());
  for (const std::int32_t position : order) {
    sorted.push_back(genes[static_cast<std::size_t>(position)]);
  }
  for (auto begin = sorted.begin(); begin != sorted.end();) {
    const auto end = std::find_if_not(begin, sorted.end(), [&](const CurveGene& gene) {
      return equally_significant(gene, *begin);
    });
    std::sort(begin, end, larger_then_by_name);
    begin = end;
  }
  genes.swap(sorted);
}

}  // namespace cupel
