#include "stats/purity_curve.hpp"

#include <algorithm>

namespace cupel {

void sort_by_confidence(std::vector<CurveGene>& genes) {
  std::ranges::sort(genes, [](const CurveGene& a, const CurveGene& b) {
    if (a.p_adj != b.p_adj) return a.p_adj < b.p_adj;
    if (a.p_value != b.p_value) return a.p_value < b.p_value;
    if (a.abs_log2_fold_change != b.abs_log2_fold_change) {
      return a.abs_log2_fold_change > b.abs_log2_fold_change;
    }
    return a.name_rank < b.name_rank;
  });
}

}  // namespace cupel
