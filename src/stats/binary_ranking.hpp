#pragma once
#include <cstdint>
#include <span>

namespace cupel {

// How well a score finds the genes that are positive: areas under the precision-recall curve
// (average precision) and the ROC curve; genes with equal scores form one threshold. `single_class`
// says that both are undefined.
struct RankingAreas {
  double precision_recall = 0.0;
  double roc = 0.0;
  bool single_class = true;
};

// `score` and `positive` (0 or 1) hold one value per gene.
[[nodiscard]] RankingAreas ranking_areas(std::span<const double> score,
                                         std::span<const std::uint8_t> positive);

}  // namespace cupel
