#include "linalg/candidates.hpp"

#include <map>

#include "cupel/multiversion.hpp"

namespace cupel {
namespace {

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
math::Nearness count_in(const std::vector<std::int64_t>& rows, const double* with, Key key,
                        std::int64_t own) {
  const double limit = key(with, own);
  math::Nearness at{0.0, 0.0};
  for (const auto j : rows) {
    at.nearer += key(with, j) < limit ? 1.0 : 0.0;
    at.equal += key(with, j) == limit ? 1.0 : 0.0;
  }
  return at;
}

}  // namespace

Candidates::Candidates(MatrixView<const double> products, std::span<const std::int32_t> sets) {
  for (std::int64_t j = 0; j < products.rows; ++j) {
    square_.push_back(products(j, j));
    scale_.push_back(math::cosine_scale(square_.back()));
  }
  std::map<std::int32_t, std::size_t> number;
  for (std::size_t j = 0; j < sets.size(); ++j) {
    const auto [at, is_new] = number.emplace(sets[j], number.size());
    if (is_new) rows_of_set_.emplace_back();
    rows_of_set_[at->second].push_back(static_cast<std::int64_t>(j));
    set_.push_back(at->second);
  }
  if (rows_of_set_.size() == 1) rows_of_set_.clear();
}

Candidates::Rank Candidates::rank(const double* with, std::int64_t own) const {
  const auto n = std::ssize(square_);
  if (rows_of_set_.empty()) {
    return {count_l2(with, square_.data(), n, own), count_cosine(with, scale_.data(), n, own), n};
  }
  const auto& rows = rows_of_set_[set_[static_cast<std::size_t>(own)]];
  return {count_in(rows, with, L2Key{square_.data()}, own),
          count_in(rows, with, CosineKey{scale_.data()}, own), std::ssize(rows)};
}

}  // namespace cupel
