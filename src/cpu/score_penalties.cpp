#include <algorithm>
#include <limits>
#include <vector>

#include "cpu/cpu_backend.hpp"
#include "cupel/error.hpp"
#include "cupel/math/effect_scores.hpp"
#include "cupel/multiversion.hpp"
#include "linalg/candidates.hpp"
#include "linalg/dot.hpp"
#include "linalg/products.hpp"
#include "linalg/solve.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kRowsAtATime = 384;  // what is in hand of them fits a cache
constexpr std::int64_t kMostItemsAtATime = 4;
constexpr std::int64_t kChunks = 64;  // more items than that are taken several at a time

CUPEL_MULTIVERSION void add_rows(const double* a, const double* b, std::int64_t n, double* out) {
  for (std::int64_t j = 0; j < n; ++j) out[j] = a[j] + b[j];
}
CUPEL_MULTIVERSION void left_out_products(const double* truth, const double* base,
                                          const double* reached, double factor, std::int64_t n,
                                          double* out) {
  for (std::int64_t j = 0; j < n; ++j) {
    out[j] = math::left_out_product(truth[j], base[j], reached[j], factor);
  }
}

// Consecutive rows that are scored together: whole groups.
struct RowBlock {
  std::int64_t begin, end;               // rows
  std::int64_t first_group, end_groups;  // none where rows are not left out
};

// What is in hand while a block is scored, for use again. Rows are those of the block.
struct PenaltyScratch {
  std::vector<double> filter, with;
  Matrix<double> x, half, reached;
};

class PenaltyScorer {
 public:
  explicit PenaltyScorer(const PenaltyPath& path)
      : path_(path),
        m_(path.coordinates.rows),
        r_(path.coordinates.cols),
        n_(path.products.rows),
        candidates_(path.products, path.sets) {
    if (std::ssize(path.row) != m_ || (!path.sets.empty() && std::ssize(path.sets) != n_)) {
      throw Error(ErrorKind::kInternal, "score_penalties: names of rows differ in number");
    }
    if (path.group_start.empty()) {
      for (std::int64_t row = 0; row < m_; row += kRowsAtATime) {
        blocks_.push_back({row, std::min(row + kRowsAtATime, m_), 0, 0});
      }
      return;
    }
    squares_ = make_host_matrix<double>(m_, r_);
    for (std::int64_t k = 0; k < path.vectors.size(); ++k) {
      squares_.view().data[k] = path.vectors.data[k] * path.vectors.data[k];
    }
    entry_.push_back(0);
    for (std::size_t g = 0; g + 1 < path.group_start.size(); ++g) {
      const auto begin = path.group_start[g];
      const auto end = path.group_start[g + 1];
      const auto group = static_cast<std::int64_t>(g);
      entry_.push_back(entry_.back() + (end - begin) * (end - begin));
      if (blocks_.empty() || blocks_.back().end - blocks_.back().begin >= kRowsAtATime) {
        blocks_.push_back({begin, end, group, group + 1});
      }
      blocks_.back().end = end;
      blocks_.back().end_groups = group + 1;
    }
  }

  [[nodiscard]] std::span<const RowBlock> blocks() const { return blocks_; }

  // Scores of a block's rows, on this thread; `to` takes five per row.
  void score(double penalty, const RowBlock& block, PenaltyScratch& s, double* to) const {
    filter(penalty, block, s);
    if (path_.group_start.empty()) {
      for (auto i = block.begin; i < block.end; ++i) {
        score_held_out(i, s, i - block.begin, to + (i - block.begin) * math::kEffectScores);
      }
      return;
    }
    for (auto g = block.first_group; g < block.end_groups; ++g) {
      const auto i = path_.group_start[static_cast<std::size_t>(g)];
      double* scores = to + (i - block.begin) * math::kEffectScores;
      if (path_.group_start[static_cast<std::size_t>(g) + 1] - i == 1) {
        score_left_out(i, g, s, i - block.begin, scores);
      } else {
        score_group(g, s, i - block.begin, scores);
      }
    }
  }

 private:
  // x, x · half_inner and x · truth of the block.
  void filter(double penalty, const RowBlock& block, PenaltyScratch& s) const {
    const auto rows = block.end - block.begin;
    if (s.x.rows() != rows) {
      s.x = make_host_matrix<double>(rows, r_);
      s.half = make_host_matrix<double>(rows, r_);
      s.reached = make_host_matrix<double>(rows, n_);
    }
    s.with.resize(static_cast<std::size_t>(n_));
    s.filter.resize(static_cast<std::size_t>(r_));
    const bool left_out = !path_.group_start.empty();
    for (std::int64_t k = 0; k < r_; ++k) {
      const double value = path_.values(0, k);
      s.filter[static_cast<std::size_t>(k)] =
          left_out ? math::penalty_filter(value, penalty) : value + penalty;
    }
    const double* f = s.filter.data();
    for (std::int64_t i = 0; i < rows; ++i) {
      const double* from = path_.coordinates.row(block.begin + i);
      double* x = s.x.view().row(i);
      for (std::int64_t k = 0; k < r_; ++k) x[k] = left_out ? from[k] * f[k] : from[k] / f[k];
    }
    if (path_.half_inner.rows == r_) {
      std::copy_n(s.x.view().data, s.x.view().size(), s.half.view().data);
      multiply_lower_here(s.half.view(), path_.half_inner);
    } else {
      for (std::int64_t i = 0; i < rows; ++i) {
        for (std::int64_t k = 0; k < r_; ++k) {
          s.half.view()(i, k) = s.x.view()(i, k) * path_.half_inner(0, k);
        }
      }
    }
    if (r_ > 0) {
      multiply_here(s.x.view(), path_.truth, s.reached.view());
    } else {
      std::fill_n(s.reached.view().data, s.reached.view().size(), 0.0);
    }
  }

  // `at` is the row's place in the block, `i` its base.
  [[nodiscard]] double square_of(std::int64_t i, double base, const PenaltyScratch& s,
                                 std::int64_t at) const {
    const double* x = s.x.view().row(at);
    return base + 2.0 * dot(x, path_.base_inner.row(i), r_) +
           2.0 * dot(x, s.half.view().row(at), r_);
  }
  [[nodiscard]] double sum_of(std::int64_t i, const PenaltyScratch& s, std::int64_t at) const {
    return path_.base_sum(0, i) + dot(s.x.view().row(at), path_.sum.data, r_);
  }
  [[nodiscard]] std::int64_t own(std::int64_t i) const {
    return path_.row[static_cast<std::size_t>(i)];
  }

  void score_held_out(std::int64_t i, PenaltyScratch& s, std::int64_t at, double* to) const {
    const auto base = i % path_.base_truth.rows;
    add_rows(path_.base_truth.row(base), s.reached.view().row(at), n_, s.with.data());
    math::PredictedEffect p{};
    p.with_own = s.with[static_cast<std::size_t>(own(i))];
    p.squared_norm = square_of(base, path_.base_products(0, base), s, at);
    p.squared_error = math::held_out_error(p.squared_norm, p.with_own, candidates_.square(own(i)));
    p.sum = sum_of(base, s, at);
    write(p, i, s, to);
  }

  void score_left_out(std::int64_t i, std::int64_t g, PenaltyScratch& s, std::int64_t at,
                      double* to) const {
    const auto entry = entry_[static_cast<std::size_t>(g)];
    const double left = path_.reach(0, entry) + dot(squares_.view().row(i), s.filter.data(), r_);
    const double factor = math::left_out_factor(left);
    left_out_products(path_.products.row(own(i)), path_.base_truth.row(i), s.reached.view().row(at),
                      factor, n_, s.with.data());
    math::PredictedEffect p{};
    p.with_own = s.with[static_cast<std::size_t>(own(i))];
    p.squared_error =
        math::left_out_error(square_of(i, path_.base_products(0, entry), s, at), factor);
    p.squared_norm = math::left_out_norm(p.with_own, candidates_.square(own(i)), p.squared_error);
    p.sum = path_.true_sum(0, own(i)) - factor * sum_of(i, s, at);
    write(p, i, s, to);
  }

  // W^-1/2 A⁻¹ W^1/2; NaN where the group decides its own predictions.
  [[nodiscard]] Matrix<double> factors(std::int64_t begin, std::int64_t size, std::int64_t entry,
                                       const PenaltyScratch& s) const {
    auto left = make_host_matrix<double>(size, size);
    for (std::int64_t a = 0; a < size; ++a) {
      for (std::int64_t b = 0; b <= a; ++b) {
        const double* ua = path_.vectors.row(begin + a);
        const double* ub = path_.vectors.row(begin + b);
        double sum = 0.0;
        for (std::int64_t k = 0; k < r_; ++k) {
          sum += ua[k] * s.filter[static_cast<std::size_t>(k)] * ub[k];
        }
        left.view()(a, b) = path_.reach(0, entry + a * size + b) + sum;
        left.view()(b, a) = left.view()(a, b);
      }
    }
    auto inverse = invert_positive(left.view(), math::kDecides);
    if (!inverse) {
      std::fill_n(left.view().data, left.view().size(), std::numeric_limits<double>::quiet_NaN());
      return left;
    }
    for (std::int64_t a = 0; a < size; ++a) {
      for (std::int64_t b = 0; b < size; ++b) {
        inverse->view()(a, b) *= path_.root[static_cast<std::size_t>(begin + b)] /
                                 path_.root[static_cast<std::size_t>(begin + a)];
      }
    }
    return std::move(*inverse);
  }

  void score_group(std::int64_t g, PenaltyScratch& s, std::int64_t at, double* to) const {
    const auto begin = path_.group_start[static_cast<std::size_t>(g)];
    const auto size = path_.group_start[static_cast<std::size_t>(g) + 1] - begin;
    const auto entry = entry_[static_cast<std::size_t>(g)];
    const auto factor = factors(begin, size, entry, s);
    auto square = make_host_matrix<double>(size, size);  // of the residuals
    std::vector<double> sum;
    const auto x = s.x.view();
    for (std::int64_t b = 0; b < size; ++b) {
      sum.push_back(sum_of(begin + b, s, at + b));
      for (std::int64_t d = 0; d <= b; ++d) {
        square.view()(b, d) = path_.base_products(0, entry + b * size + d) +
                              dot(x.row(at + b), path_.base_inner.row(begin + d), r_) +
                              dot(x.row(at + d), path_.base_inner.row(begin + b), r_) +
                              dot(x.row(at + b), s.half.view().row(at + d), r_) +
                              dot(x.row(at + d), s.half.view().row(at + b), r_);
        square.view()(d, b) = square.view()(b, d);
      }
    }
    for (std::int64_t a = 0; a < size; ++a) {
      const auto i = begin + a;
      std::copy_n(path_.products.row(own(i)), n_, s.with.data());
      math::PredictedEffect p{};
      p.sum = path_.true_sum(0, own(i));
      double error = 0.0;
      for (std::int64_t b = 0; b < size; ++b) {
        const double share = factor.view()(a, b);
        left_out_products(s.with.data(), path_.base_truth.row(begin + b),
                          s.reached.view().row(at + b), share, n_, s.with.data());
        p.sum -= share * sum[static_cast<std::size_t>(b)];
        for (std::int64_t d = 0; d < size; ++d) {
          error += share * factor.view()(a, d) * square.view()(b, d);
        }
      }
      p.with_own = s.with[static_cast<std::size_t>(own(i))];
      p.squared_error = math::left_out_error(error, 1.0);
      p.squared_norm = math::left_out_norm(p.with_own, candidates_.square(own(i)), p.squared_error);
      write(p, i, s, to + a * math::kEffectScores);
    }
  }

  void write(const math::PredictedEffect& p, std::int64_t i, const PenaltyScratch& s,
             double* to) const {
    const auto rank = candidates_.rank(s.with.data(), own(i));
    const auto scores =
        math::effect_scores(p, {candidates_.square(own(i)), path_.true_sum(0, own(i))}, path_.genes,
                            rank.l2, rank.cosine, rank.among);
    to[0] = scores.mse;
    to[1] = scores.pearson;
    to[2] = scores.cosine;
    to[3] = scores.pds_l2;
    to[4] = scores.pds_cosine;
  }

  const PenaltyPath& path_;
  std::int64_t m_, r_, n_;
  Candidates candidates_;
  Matrix<double> squares_;           // of the entries of the vectors
  std::vector<std::int64_t> entry_;  // of each group, its first
  std::vector<RowBlock> blocks_;
};

}  // namespace

Matrix<double> CpuBackend::score_penalties(const PenaltyPath& path,
                                           std::span<const double> penalties) {
  const PenaltyScorer scorer(path);
  const auto m = path.coordinates.rows;
  const auto blocks = std::ssize(scorer.blocks());
  const auto items = std::ssize(penalties) * blocks;
  auto scores = make_host_matrix<double>(std::ssize(penalties) * m, math::kEffectScores);
  const auto grain = std::clamp<std::int64_t>(items / kChunks, 1, kMostItemsAtATime);
  for_each_chunk(items, grain, [&](std::int64_t begin, std::int64_t end) {
    PenaltyScratch scratch;
    for (auto item = begin; item < end; ++item) {
      const auto setting = item / blocks;
      const auto& block = scorer.blocks()[static_cast<std::size_t>(item % blocks)];
      scorer.score(penalties[static_cast<std::size_t>(setting)], block, scratch,
                   scores.view().row(setting * m + block.begin));
    }
  });
  return scores;
}

}  // namespace cupel
