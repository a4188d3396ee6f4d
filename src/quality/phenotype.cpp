#include "quality/phenotype.hpp"

#include "quality/pointwise_error.hpp"
#include "quality/reasons.hpp"
#include "stats/binary_ranking.hpp"

namespace cupel::quality {

PhenotypeSeparation phenotype_separation(MatrixView<const double> predictions, Row prototype1,
                                         Row prototype0, std::span<const std::uint8_t> label) {
  PhenotypeSeparation result;
  result.score = score_rows(predictions.rows, [&](std::int64_t row) {
    const Score far = mean_squared_error(row_of(predictions, row), prototype0);
    if (!far.defined()) return far;
    return checked(far.value - mean_squared_error(row_of(predictions, row), prototype1).value);
  });
  std::vector<double> score;
  std::vector<std::uint8_t> of_defined;
  for (std::size_t p = 0; p < result.score.size(); ++p) {
    if (!result.score[p].defined()) continue;
    score.push_back(result.score[p].value);
    of_defined.push_back(label[p]);
  }
  const RankingAreas areas = ranking_areas(score, of_defined);
  result.auc = areas.single_class ? Score::undefined(reasons::kOneClass) : Score::of(areas.roc);
  return result;
}

}  // namespace cupel::quality
