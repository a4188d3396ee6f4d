#pragma once
#include <cstdint>
#include <vector>

namespace cupel {

// One gene of a ranking by the prediction's confidence that it is truly changed.
struct RankedLabel {
  double score;
  bool positive;
};

// Areas under the precision-recall curve (average precision) and the ROC curve; genes with equal
// scores form one threshold. `single_class` says that both are undefined.
struct RankingAreas {
  double precision_recall = 0.0;
  double roc = 0.0;
  bool single_class = true;
};

[[nodiscard]] RankingAreas ranking_areas(std::vector<RankedLabel> genes);

}  // namespace cupel
