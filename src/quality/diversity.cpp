#include "quality/diversity.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "parallel/parallel.hpp"
#include "quality/reasons.hpp"
#include "quality/reference_profiles.hpp"
#include "quality/similarity.hpp"

namespace cupel::quality {
namespace {

constexpr double kNegligible = 1e-12;  // of the greatest eigenvalue
constexpr std::int64_t kRowsAtOnce = 64;

// A symmetric matrix whose only nonzero elements are next to the diagonal.
struct Tridiagonal {
  std::vector<double> diagonal;
  std::vector<double> beside;
};

// Householder's reflections, one column after the other.
Tridiagonal tridiagonal(MatrixView<const double> matrix) {
  const std::int64_t n = matrix.rows;
  std::vector<double> a(matrix.data, matrix.data + matrix.size());
  const auto row = [&](std::int64_t i) { return a.data() + i * n; };
  Tridiagonal result;
  std::vector<double> v(static_cast<std::size_t>(n));
  std::vector<double> w(static_cast<std::size_t>(n));
  for (std::int64_t k = 0; k < n; ++k) {
    result.diagonal.push_back(row(k)[k]);
    if (k + 1 == n) break;
    double squares = 0.0;  // below the element that stays
    for (std::int64_t i = k + 2; i < n; ++i) squares += row(i)[k] * row(i)[k];
    const double first = row(k + 1)[k];
    if (squares == 0.0) {
      result.beside.push_back(first);
      continue;
    }
    const double length = std::copysign(std::sqrt(first * first + squares), -first);
    result.beside.push_back(length);
    for (std::int64_t i = k + 1; i < n; ++i) v[static_cast<std::size_t>(i)] = row(i)[k];
    v[static_cast<std::size_t>(k + 1)] = first - length;
    const double scale = 2.0 / (squares + (first - length) * (first - length));
    const auto rest = n - k - 1;
    for_each_chunk(rest, kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = k + 1 + begin; i < k + 1 + end; ++i) {
        double sum = 0.0;
        for (std::int64_t j = k + 1; j < n; ++j) sum += row(i)[j] * v[static_cast<std::size_t>(j)];
        w[static_cast<std::size_t>(i)] = scale * sum;
      }
    });
    double overlap = 0.0;
    for (std::int64_t i = k + 1; i < n; ++i) {
      overlap += v[static_cast<std::size_t>(i)] * w[static_cast<std::size_t>(i)];
    }
    for (std::int64_t i = k + 1; i < n; ++i) {
      w[static_cast<std::size_t>(i)] -= 0.5 * scale * overlap * v[static_cast<std::size_t>(i)];
    }
    for_each_chunk(rest, kRowsAtOnce, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = k + 1 + begin; i < k + 1 + end; ++i) {
        const double vi = v[static_cast<std::size_t>(i)];
        const double wi = w[static_cast<std::size_t>(i)];
        for (std::int64_t j = k + 1; j < n; ++j) {
          row(i)[j] -= vi * w[static_cast<std::size_t>(j)] + wi * v[static_cast<std::size_t>(j)];
        }
      }
    });
  }
  return result;
}

// How many eigenvalues lie below x: the negative pivots of the matrix less x (Sturm).
std::int64_t eigenvalues_below(const Tridiagonal& t, double x, double least_pivot) {
  std::int64_t below = 0;
  double pivot = 1.0;
  for (std::size_t i = 0; i < t.diagonal.size(); ++i) {
    const double beside = i == 0 ? 0.0 : t.beside[i - 1];
    pivot = t.diagonal[i] - x - beside * beside / pivot;
    if (std::abs(pivot) < least_pivot) pivot = -least_pivot;
    below += pivot < 0.0 ? 1 : 0;
  }
  return below;
}

}  // namespace

std::vector<double> variance_over_perturbations(MatrixView<const double> profiles) {
  const auto mean = centroid_mean(profiles);
  std::vector<double> variance(mean.size(), 0.0);
  for (std::int64_t row = 0; row < profiles.rows; ++row) {
    for (std::size_t g = 0; g < mean.size(); ++g) {
      const double difference = profiles.row(row)[g] - mean[g];
      variance[g] += difference * difference;
    }
  }
  for (double& value : variance) value /= static_cast<double>(profiles.rows);
  return variance;
}

Score variance_ratio(Row predicted_variance, Row true_variance) {
  double predicted = 0.0;
  double real = 0.0;
  for (const double value : predicted_variance) predicted += value;
  for (const double value : true_variance) real += value;
  if (real == 0.0) return Score::undefined(reasons::kNoDeviation);
  return checked(predicted / real);
}

std::vector<double> symmetric_eigenvalues(MatrixView<const double> matrix) {
  const Tridiagonal t = tridiagonal(matrix);
  const auto n = std::ssize(t.diagonal);
  double reach = 0.0;  // no eigenvalue is farther from 0 (Gershgorin)
  for (std::size_t i = 0; i < t.diagonal.size(); ++i) {
    const double before = i == 0 ? 0.0 : std::abs(t.beside[i - 1]);
    const double after = i + 1 == t.diagonal.size() ? 0.0 : std::abs(t.beside[i]);
    reach = std::max(reach, std::abs(t.diagonal[i]) + before + after);
  }
  const double least_pivot = std::max(reach, 1e-290) * 1e-18;
  std::vector<double> eigenvalues(static_cast<std::size_t>(n), 0.0);
  for_each_chunk(n, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t k = begin; k < end; ++k) {
      double low = -reach;
      double high = reach;
      for (int step = 0; step < 100 && high - low > 1e-16 * reach; ++step) {
        const double middle = 0.5 * (low + high);
        (eigenvalues_below(t, middle, least_pivot) > k ? high : low) = middle;
      }
      eigenvalues[static_cast<std::size_t>(k)] = 0.5 * (low + high);
    }
  });
  return eigenvalues;
}

Score effective_rank(MatrixView<const double> profiles) {
  if (profiles.rows < 2) return Score::undefined(reasons::kNoPairs);
  const auto mean = centroid_mean(profiles);
  auto centred = make_host_matrix<double>(profiles.rows, profiles.cols);
  for (std::int64_t row = 0; row < profiles.rows; ++row) {
    std::ranges::copy(minus(row_of(profiles, row), mean), centred.view().row(row));
  }
  auto eigenvalues = symmetric_eigenvalues(scalar_products(centred.view()).view());
  const double greatest = eigenvalues.back();
  // Rounding of the mean leaves a scatter of this size where all rows are the same.
  double size = 0.0;
  for (const double value : mean) size += value * value;
  if (!(greatest > 1e-28 * size)) return Score::undefined(reasons::kNoDeviation);
  std::erase_if(eigenvalues, [&](double value) { return value <= kNegligible * greatest; });
  double sum = 0.0;
  for (const double value : eigenvalues) sum += value;
  double entropy = 0.0;
  for (const double value : eigenvalues) entropy -= value / sum * std::log(value / sum);
  return checked(std::exp(entropy));
}

HitConcentration hit_concentration(std::span<const std::int32_t> hits, std::int32_t most_frequent) {
  std::map<std::int32_t, std::int64_t> times;
  for (const std::int32_t gene : hits) ++times[gene];
  std::vector<std::int64_t> counts;
  for (const auto& [gene, count] : times) counts.push_back(count);
  std::ranges::sort(counts, std::greater<>());
  HitConcentration result;
  for (std::size_t k = 0; k < counts.size() && k < static_cast<std::size_t>(most_frequent); ++k) {
    result.held += counts[k];
  }
  result.share =
      hits.empty() ? Score::undefined(reasons::kNoHits)
                   : Score::of(static_cast<double>(result.held) / static_cast<double>(hits.size()));
  return result;
}

}  // namespace cupel::quality
