#include "cpu/profile_distance.hpp"

#include <algorithm>
#include <cmath>

#include "cupel/math/profile_distance.hpp"
#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

struct Lanes {
  double hi[math::kDistanceLanes] = {};
  double lo[math::kDistanceLanes] = {};
  [[nodiscard]] math::DoubleDouble fold() const { return math::fold_lanes(hi, lo); }
};

struct Scaled {
  const double* values;
  double scale;  // a power of two: products with it are exact
};

// Adds term(a[k], b[k]) of every gene; `term` is one of math's, known when compiling.
template <math::DoubleDouble (*term)(double, double)>
CUPEL_MULTIVERSION void add_blocks(Scaled a, Scaled b, std::int64_t begin, std::int64_t end,
                                   Lanes& lanes) {
  for (std::int64_t block = begin; block < end; ++block) {
    const double* x = a.values + block * math::kDistanceLanes;
    const double* y = b.values + block * math::kDistanceLanes;
    for (std::int64_t k = 0; k < math::kDistanceLanes; ++k) {
      math::accumulate(lanes.hi[k], lanes.lo[k], term(x[k] * a.scale, y[k] * b.scale));
    }
  }
}

// Sum over genes; one that is excluded counts as zero on both sides.
template <math::DoubleDouble (*term)(double, double)>
math::DoubleDouble sum(Scaled a, Scaled b, std::int64_t n, std::int64_t excluded) {
  Lanes lanes;
  const std::int64_t whole = n / math::kDistanceLanes;
  // A block that is short or holds the excluded gene is copied with zeros in the gaps.
  const auto add_patched = [&](std::int64_t block) {
    double patched_a[math::kDistanceLanes] = {};
    double patched_b[math::kDistanceLanes] = {};
    const std::int64_t begin = block * math::kDistanceLanes;
    for (std::int64_t k = begin; k < std::min(n, begin + math::kDistanceLanes); ++k) {
      patched_a[k - begin] = k == excluded ? 0.0 : a.values[k];
      patched_b[k - begin] = k == excluded ? 0.0 : b.values[k];
    }
    add_blocks<term>({patched_a, a.scale}, {patched_b, b.scale}, 0, 1, lanes);
  };
  std::int64_t next = 0;
  if (excluded >= 0 && excluded / math::kDistanceLanes < whole) {
    const std::int64_t hole = excluded / math::kDistanceLanes;
    add_blocks<term>(a, b, 0, hole, lanes);
    add_patched(hole);
    next = hole + 1;
  }
  add_blocks<term>(a, b, next, whole, lanes);
  if (whole * math::kDistanceLanes < n) add_patched(whole);
  return lanes.fold();
}

std::vector<math::DoubleDouble> squares(const math::Profiles& side) {
  std::vector<math::DoubleDouble> square(static_cast<std::size_t>(side.values.rows));
  const std::int64_t n = side.values.cols;
  for_each_chunk(side.values.rows, 16, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const Scaled x{side.values.row(row), side.rows[row].scale};
      square[static_cast<std::size_t>(row)] = sum<math::dot_term>(x, x, n, -1);
    }
  });
  return square;
}

double panel_scale(const math::Profiles& predicted, const math::Profiles& real) {
  double largest = 0.0;
  for (const auto* side : {&predicted, &real}) {
    for (std::int64_t row = 0; row < side->values.rows; ++row) {
      largest = std::max(largest, side->rows[row].largest);
    }
  }
  return math::unit_scale(largest);
}

}  // namespace

ExactDistance::ExactDistance(const math::Profiles& predicted, const math::Profiles& real,
                             ProfileDistance distance)
    : predicted_(predicted),
      real_(real),
      distance_(distance),
      scale_(panel_scale(predicted, real)) {
  if (distance != ProfileDistance::kCosine) return;
  predicted_square_ = squares(predicted);
  real_square_ = squares(real);
}

double ExactDistance::operator()(std::int64_t i, std::int64_t j, std::int64_t excluded) const {
  if (predicted_.has_nan(i, excluded) || real_.has_nan(j, excluded)) return std::nan("");
  if (predicted_.has_infinite(i, excluded) || real_.has_infinite(j, excluded)) {
    return plain(i, j, excluded);
  }
  const std::int64_t n = real_.values.cols;
  Scaled a{predicted_.values.row(i), scale_};
  Scaled b{real_.values.row(j), scale_};
  switch (distance_) {
    case ProfileDistance::kL1:
      return math::l1_distance(sum<math::l1_term>(a, b, n, excluded));
    case ProfileDistance::kL2:
      return math::l2_distance(sum<math::l2_term>(a, b, n, excluded));
    case ProfileDistance::kCosine:
      break;
  }
  a.scale = predicted_.rows[i].scale;
  b.scale = real_.rows[j].scale;
  const auto square = [&](Scaled x, const math::DoubleDouble& whole) {
    return excluded < 0 ? whole : sum<math::dot_term>(x, x, n, excluded);
  };
  return math::cosine_distance(sum<math::dot_term>(a, b, n, excluded),
                               square(a, predicted_square_[static_cast<std::size_t>(i)]),
                               square(b, real_square_[static_cast<std::size_t>(j)]));
}

// The same definitions in double, where an infinity enters: the distance is infinite, or NaN where
// infinities meet and for the cosine.
double ExactDistance::plain(std::int64_t i, std::int64_t j, std::int64_t excluded) const {
  if (distance_ == ProfileDistance::kCosine) return std::nan("");
  double largest = 0.0;
  for (std::int64_t k = 0; k < real_.values.cols; ++k) {
    if (k == excluded) continue;
    const double difference = std::fabs(predicted_.values(i, k) - real_.values(j, k));
    if (std::isnan(difference)) return difference;
    largest = std::max(largest, difference);
  }
  return largest;
}

}  // namespace cupel
