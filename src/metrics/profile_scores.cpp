#include "metrics/profile_scores.hpp"

#include <algorithm>

namespace cupel {
namespace {

// Value of each row at its excluded column, 0 where nothing is excluded. Gathered in square blocks,
// so that no backend has to hand over whole rows.
std::vector<double> values_at(Backend& backend, MatrixView<const double> matrix,
                              const std::vector<std::int32_t>& excluded) {
  constexpr std::size_t kBlock = 256;
  std::vector<double> values(excluded.size(), 0.0);
  std::vector<std::int32_t> rows;
  for (std::size_t row = 0; row < excluded.size(); ++row) {
    if (excluded[row] >= 0) rows.push_back(static_cast<std::int32_t>(row));
  }
  for (std::size_t begin = 0; begin < rows.size(); begin += kBlock) {
    const auto block = std::span(rows).subspan(begin, std::min(kBlock, rows.size() - begin));
    std::vector<std::int32_t> columns;
    for (const std::int32_t row : block) columns.push_back(excluded[static_cast<std::size_t>(row)]);
    const Matrix<double> square = backend.select(matrix, block, columns);
    std::vector<double> host(block.size() * block.size());
    backend.download(square.view(), host);
    for (std::size_t i = 0; i < block.size(); ++i) {
      values[static_cast<std::size_t>(block[i])] = host[i * block.size() + i];
    }
  }
  return values;
}

// Takes each row's own term out of its sum of squares.
ScoredDistance without_own(std::vector<double> squared, const std::vector<double>& own,
                           const std::vector<std::int32_t>& excluded, std::int64_t n_genes) {
  ScoredDistance distance{std::move(squared), {}};
  for (std::size_t row = 0; row < own.size(); ++row) {
    distance.squared[row] -= own[row] * own[row];
    distance.n_scored.push_back(static_cast<double>(n_genes - (excluded[row] >= 0 ? 1 : 0)));
  }
  return distance;
}

}  // namespace

std::vector<double> column(Backend& backend, MatrixView<const double> matrix, std::int64_t index) {
  std::vector<double> host(static_cast<std::size_t>(matrix.size()));
  backend.download(matrix, host);
  std::vector<double> values(static_cast<std::size_t>(matrix.rows));
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    values[static_cast<std::size_t>(row)] =
        host[static_cast<std::size_t>(row * matrix.cols + index)];
  }
  return values;
}

std::vector<Score> scores_per(const std::vector<double>& values, double divisor,
                              std::string_view reason) {
  std::vector<Score> scores;
  scores.reserve(values.size());
  for (const double value : values) {
    scores.push_back(divisor == 0.0 ? Score::undefined(reason) : Score::of(value / divisor));
  }
  return scores;
}

std::vector<std::int32_t> excluded_columns(const Case& c) {
  if (c.conventions->expression.exclude_target_gene) {
    return {c.own_gene.begin(), c.own_gene.end()};
  }
  return std::vector<std::int32_t>(c.perturbations.size(), -1);
}

ScoredDistance scored_distance(const Case& c, Backend& backend, MatrixView<const double> a,
                               MatrixView<const double> b) {
  const auto excluded = excluded_columns(c);
  auto own = values_at(backend, a, excluded);
  const auto own_b = values_at(backend, b, excluded);
  for (std::size_t row = 0; row < own.size(); ++row) own[row] -= own_b[row];
  return without_own(column(backend, backend.row_differences(a, b).view(), 1), own, excluded,
                     a.cols);
}

ScoredDistance scored_norm(const Case& c, Backend& backend, MatrixView<const double> a) {
  const auto excluded = excluded_columns(c);
  return without_own(column(backend, backend.row_squared_norms(a).view(), 0),
                     values_at(backend, a, excluded), excluded, a.cols);
}

}  // namespace cupel
