#include "quality/similarity.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"
#include "quality/correlation.hpp"
#include "quality/reasons.hpp"
#include "quality/reference_profiles.hpp"
#include "uncertainty/interval.hpp"

namespace cupel::quality {
namespace {

// Eight running sums in a fixed order, so that vectors of any width give the same bits.
CUPEL_MULTIVERSION double product(const double* x, const double* y, std::int64_t n) {
  constexpr std::int64_t kLanes = 8;
  double sum[kLanes] = {};
  std::int64_t k = 0;
  for (; k + kLanes <= n; k += kLanes) {
    for (std::int64_t lane = 0; lane < kLanes; ++lane) sum[lane] += x[k + lane] * y[k + lane];
  }
  for (; k < n; ++k) sum[k % kLanes] += x[k] * y[k];
  return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
}

// Rows of length 1; a row without length, or one that does not vary where its mean is taken off,
// becomes NaN.
Matrix<double> unit_rows(MatrixView<const double> profiles, bool centred) {
  auto unit = make_host_matrix<double>(profiles.rows, profiles.cols);
  for_each_chunk(profiles.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const Row from = row_of(profiles, row);
      double* to = unit.view().row(row);
      double sum = 0.0;
      for (const double value : from) sum += value;
      const double mean = centred ? sum / static_cast<double>(from.size()) : 0.0;
      const bool constant = std::ranges::all_of(from, [&](double v) { return v == from.front(); });
      for (std::size_t g = 0; g < from.size(); ++g) to[g] = from[g] - mean;
      const double length = std::sqrt(product(to, to, profiles.cols));
      const bool nothing = length == 0.0 || (centred && constant);
      for (std::size_t g = 0; g < from.size(); ++g) to[g] = nothing ? std::nan("") : to[g] / length;
    }
  });
  return unit;
}

Score mean_of(const std::vector<double>& values, std::string_view reason) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return values.empty() ? Score::undefined(reason)
                        : Score::of(sum / static_cast<double>(values.size()));
}

std::vector<double> without_nan(std::vector<double> values) {
  std::erase_if(values, [](double value) { return std::isnan(value); });
  return values;
}

}  // namespace

Matrix<double> scalar_products(MatrixView<const double> rows) {
  auto products = make_host_matrix<double>(rows.rows, rows.rows);
  const auto out = products.view();
  for_each_chunk(rows.rows, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      for (std::int64_t j = 0; j <= i; ++j) {
        out(i, j) = product(rows.row(i), rows.row(j), rows.cols);
        out(j, i) = out(i, j);
      }
    }
  });
  return products;
}

SystematicVariation systematic_variation(MatrixView<const double> shifts) {
  const auto average = centroid_mean(shifts);
  SystematicVariation result;
  result.cosine = score_rows(
      shifts.rows, [&](std::int64_t row) { return cosine(row_of(shifts, row), average); });
  for (std::int64_t row = 0; row < shifts.rows; ++row) {
    result.length.push_back(std::sqrt(product(shifts.row(row), shifts.row(row), shifts.cols)));
  }
  result.mean = mean_of(without_nan(values_of(result.cosine)), reasons::kZeroLength);
  return result;
}

PairwiseSimilarity pairwise_similarity(MatrixView<const double> profiles, Similarity similarity) {
  const auto unit = unit_rows(profiles, similarity == Similarity::kPearson);
  const auto products = scalar_products(unit.view());
  PairwiseSimilarity result;
  for (std::int64_t i = 0; i < profiles.rows; ++i) {
    for (std::int64_t j = i + 1; j < profiles.rows; ++j) {
      result.pairs.push_back(products.view()(i, j));
    }
  }
  auto defined = without_nan(result.pairs);
  result.undefined = std::ssize(result.pairs) - std::ssize(defined);
  const auto reason = result.pairs.empty() ? reasons::kNoPairs : reasons::kZeroLength;
  result.mean = mean_of(defined, reason);
  std::ranges::sort(defined);
  result.median =
      defined.empty() ? Score::undefined(reason) : Score::of(sorted_quantile(defined, 0.5));
  return result;
}

}  // namespace cupel::quality
