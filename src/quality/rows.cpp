#include "quality/rows.hpp"

#include <cmath>

#include "parallel/parallel.hpp"
#include "quality/reasons.hpp"

namespace cupel::quality {

std::vector<double> minus(Row a, Row b) {
  std::vector<double> difference(a.size());
  for (std::size_t g = 0; g < a.size(); ++g) difference[g] = a[g] - b[g];
  return difference;
}

std::vector<double> at_genes(Row row, std::span<const std::int32_t> genes) {
  std::vector<double> chosen;
  for (const std::int32_t gene : genes) chosen.push_back(row[static_cast<std::size_t>(gene)]);
  return chosen;
}

Score checked(double value) {
  return std::isnan(value) ? Score::undefined(reasons::kNotANumber) : Score::of(value);
}

std::vector<double> values_of(std::span<const Score> scores) {
  std::vector<double> values;
  for (const Score& score : scores) values.push_back(score.value);
  return values;
}

std::vector<Score> score_rows(std::int64_t rows, const std::function<Score(std::int64_t)>& score) {
  std::vector<Score> scores(static_cast<std::size_t>(rows));
  for_each_chunk(rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      scores[static_cast<std::size_t>(row)] = score(row);
    }
  });
  return scores;
}

}  // namespace cupel::quality
