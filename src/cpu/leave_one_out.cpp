#include <algorithm>
#include <map>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cupel/math/effect_scores.hpp"
#include "cupel/multiversion.hpp"
#include "linalg/dot.hpp"
#include "linalg/products.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kSettingsAtATime = 4;

using Rows = std::vector<std::int64_t>;

CUPEL_MULTIVERSION void left_out_products(const double* truth, const double* perp,
                                          const double* reached, double factor, std::int64_t n,
                                          double* out) {
  for (std::int64_t j = 0; j < n; ++j) {
    out[j] = math::left_out_product(truth[j], perp[j], reached[j], factor);
  }
}

// A key per candidate: math::l2_key with the squares, math::cosine_key with the scales.
struct L2Key {
  const double* square;
  double operator()(const double* with, std::int64_t j) const {
    return math::l2_key(with[j], square[j]);
  }
};
struct CosineKey {
  const double* scale;
  double operator()(const double* with, std::int64_t j) const {
    return math::cosine_key(with[j], scale[j]);
  }
};

template <typename Key>
inline math::Nearness count_all(const double* with, Key key, std::int64_t n, std::int64_t own) {
  const double limit = key(with, own);
  std::int64_t nearer = 0;
  std::int64_t equal = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    nearer += key(with, j) < limit ? 1 : 0;
    equal += key(with, j) == limit ? 1 : 0;
  }
  return {static_cast<double>(nearer), static_cast<double>(equal)};
}
CUPEL_MULTIVERSION math::Nearness count_l2(const double* with, const double* square, std::int64_t n,
                                           std::int64_t own) {
  return count_all(with, L2Key{square}, n, own);
}
CUPEL_MULTIVERSION math::Nearness count_cosine(const double* with, const double* scale,
                                               std::int64_t n, std::int64_t own) {
  return count_all(with, CosineKey{scale}, n, own);
}

template <typename Key>
math::Nearness count_in(const Rows& rows, const double* with, Key key, std::int64_t own) {
  const double limit = key(with, own);
  math::Nearness at{0.0, 0.0};
  for (const auto j : rows) {
    at.nearer += key(with, j) < limit ? 1.0 : 0.0;
    at.equal += key(with, j) == limit ? 1.0 : 0.0;
  }
  return at;
}

// What all penalties share.
struct Shared {
  const RidgePath& path;
  std::int64_t n, rank;
  Matrix<double> squares;             // of the entries of the vectors
  std::vector<double> square, scale;  // of the true effects
  std::map<std::int32_t, Rows> rows_of_set;

  explicit Shared(const RidgePath& of)
      : path(of),
        n(of.products.rows()),
        rank(of.scaled.cols()),
        squares(make_host_matrix<double>(n, rank)) {
    const auto u = of.vectors.view();
    for (std::int64_t k = 0; k < u.size(); ++k) squares.view().data[k] = u.data[k] * u.data[k];
    for (std::int64_t j = 0; j < n; ++j) {
      square.push_back(of.products.view()(j, j));
      scale.push_back(math::cosine_scale(square.back()));
      if (!of.sets.empty()) rows_of_set[of.sets[static_cast<std::size_t>(j)]].push_back(j);
    }
  }
};

// Scores of every row at one penalty, on this thread.
std::vector<math::EffectScores> scores_at(const Shared& shared, double penalty) {
  const RidgePath& path = shared.path;
  const auto n = shared.n;
  const auto r = shared.rank;
  std::vector<double> f;
  for (std::int64_t k = 0; k < r; ++k) {
    f.push_back(math::penalty_filter(path.values.view()(0, k), penalty));
  }
  auto filtered = make_host_matrix<double>(n, r);
  auto half_inner = make_host_matrix<double>(n, r);
  for (std::int64_t i = 0; i < n; ++i) {
    for (std::int64_t k = 0; k < r; ++k) {
      filtered.view()(i, k) = path.scaled.view()(i, k) * f[static_cast<std::size_t>(k)];
    }
  }
  std::copy_n(filtered.view().data, filtered.view().size(), half_inner.view().data);
  auto reached = make_host_matrix<double>(n, n);
  if (r > 0) {
    multiply_here(filtered.view(), path.with_targets.view(), reached.view());
  } else {
    std::fill_n(reached.view().data, n * n, 0.0);
  }
  multiply_lower_here(half_inner.view(), path.lower.view());

  const auto of_row = path.of_row.view();
  std::vector<double> with(static_cast<std::size_t>(n));
  std::vector<math::EffectScores> scores;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const double* x = filtered.view().row(i);
    const double reach = dot(shared.squares.view().row(i), f.data(), r);
    const double factor = math::left_out_factor(of_row(1, i) + reach);
    left_out_products(path.products.view().row(i), path.perp_targets.view().row(i),
                      reached.view().row(i), factor, n, with.data());
    const double square = of_row(0, i) + 2.0 * dot(x, path.perp_inner.view().row(i), r) +
                          2.0 * dot(x, half_inner.view().row(i), r);
    const math::TrueEffect y{shared.square[at], of_row(3, i)};
    math::PredictedEffect p{};
    p.with_own = with[at];
    p.squared_error = math::left_out_square(square, factor);
    p.squared_norm = math::left_out_norm(p.with_own, y.square, p.squared_error);
    p.sum = y.sum - factor * (of_row(2, i) + dot(x, path.sum_with.view().data, r));
    if (shared.rows_of_set.size() < 2) {
      scores.push_back(
          math::effect_scores(p, y, path.genes, count_l2(with.data(), shared.square.data(), n, i),
                              count_cosine(with.data(), shared.scale.data(), n, i), n));
    } else {
      const Rows& rows = shared.rows_of_set.at(path.sets[at]);
      scores.push_back(math::effect_scores(
          p, y, path.genes, count_in(rows, with.data(), L2Key{shared.square.data()}, i),
          count_in(rows, with.data(), CosineKey{shared.scale.data()}, i), std::ssize(rows)));
    }
  }
  return scores;
}

}  // namespace

LeaveOneOutMeans CpuBackend::leave_one_out(const RidgePath& path,
                                           std::span<const double> penalties) {
  using Score = double math::EffectScores::*;
  constexpr Score kScores[math::kEffectScores] = {
      &math::EffectScores::mse, &math::EffectScores::pearson, &math::EffectScores::cosine,
      &math::EffectScores::pds_l2, &math::EffectScores::pds_cosine};
  const Shared shared(path);
  const auto settings = std::ssize(penalties);
  LeaveOneOutMeans result{make_host_matrix<double>(settings, math::kEffectScores),
                          make_host_matrix<std::int32_t>(settings, math::kEffectScores)};
  for_each_chunk(settings, kSettingsAtATime, [&](std::int64_t begin, std::int64_t end) {
    for (auto setting = begin; setting < end; ++setting) {
      const auto scores = scores_at(shared, penalties[static_cast<std::size_t>(setting)]);
      for (std::int64_t k = 0; k < math::kEffectScores; ++k) {
        math::DefinedMean mean;
        for (const auto& of_row : scores) mean.add(of_row.*kScores[k]);
        result.mean.view()(setting, k) = mean.mean();
        result.missing.view()(setting, k) = static_cast<std::int32_t>(shared.n - mean.defined);
      }
    }
  });
  return result;
}

}  // namespace cupel
