#include "cpu/profile_distance.hpp"

#include <algorithm>
#include <cmath>

#include "cpu/multiversion.hpp"
#include "cupel/math/profile_distance.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kLanes = math::kDistanceLanes;

struct Lanes {
  double hi[kLanes] = {};
  double lo[kLanes] = {};
  [[nodiscard]] math::DoubleDouble fold() const { return math::fold_lanes(hi, lo); }
};

// Adds term(a[k], b[k]) of every gene; `term` is one of math's, known when compiling.
template <math::DoubleDouble (*term)(double, double)>
CUPEL_MULTIVERSION void add_blocks(const double* a, const double* b, std::int64_t blocks,
                                   Lanes& lanes) {
  for (std::int64_t block = 0; block < blocks; ++block, a += kLanes, b += kLanes) {
    for (std::int64_t k = 0; k < kLanes; ++k) {
      math::accumulate(lanes.hi[k], lanes.lo[k], term(a[k], b[k]));
    }
  }
}

template <math::DoubleDouble (*term)(double, double)>
math::DoubleDouble sum(const double* a, const double* b, std::int64_t n, std::int64_t excluded) {
  Lanes lanes;
  const std::int64_t blocks = n / kLanes;
  // A block that is short or holds the excluded gene is copied with zeros in the gaps.
  const auto add_patched = [&](std::int64_t block) {
    double patched_a[kLanes] = {};
    double patched_b[kLanes] = {};
    const std::int64_t begin = block * kLanes;
    for (std::int64_t k = begin; k < std::min(n, begin + kLanes); ++k) {
      patched_a[k - begin] = k == excluded ? 0.0 : a[k];
      patched_b[k - begin] = k == excluded ? 0.0 : b[k];
    }
    add_blocks<term>(patched_a, patched_b, 1, lanes);
  };
  std::int64_t next = 0;
  if (excluded >= 0 && excluded / kLanes < blocks) {
    const std::int64_t hole = excluded / kLanes;
    add_blocks<term>(a, b, hole, lanes);
    add_patched(hole);
    next = hole + 1;
  }
  add_blocks<term>(a + next * kLanes, b + next * kLanes, blocks - next, lanes);
  if (blocks * kLanes < n) add_patched(blocks);
  return lanes.fold();
}

// The same definitions in double, for profiles that hold infinities or NaN.
double plain_distance(const double* a, const double* b, std::int64_t n, std::int64_t excluded,
                      ProfileDistance distance) {
  double l1 = 0.0;
  double l2 = 0.0;
  double dot = 0.0;
  double square_a = 0.0;
  double square_b = 0.0;
  for (std::int64_t k = 0; k < n; ++k) {
    if (k == excluded) continue;
    l1 += std::fabs(a[k] - b[k]);
    l2 += (a[k] - b[k]) * (a[k] - b[k]);
    dot += a[k] * b[k];
    square_a += a[k] * a[k];
    square_b += b[k] * b[k];
  }
  if (distance == ProfileDistance::kL1) return l1;
  if (distance == ProfileDistance::kL2) return std::sqrt(l2);
  const double cosine = dot / (std::sqrt(square_a) * std::sqrt(square_b));
  return std::isnan(cosine) ? cosine : std::clamp(1.0 - cosine, 0.0, 2.0);
}

}  // namespace

double exact_distance(const double* a, const double* b, std::int64_t n, std::int64_t excluded,
                      ProfileDistance distance) {
  double exact = 0.0;
  switch (distance) {
    case ProfileDistance::kL1:
      exact = math::l1_distance(sum<math::l1_term>(a, b, n, excluded));
      break;
    case ProfileDistance::kL2:
      exact = math::l2_distance(sum<math::l2_term>(a, b, n, excluded));
      break;
    case ProfileDistance::kCosine:
      exact = math::cosine_distance(sum<math::dot_term>(a, b, n, excluded),
                                    sum<math::dot_term>(a, a, n, excluded),
                                    sum<math::dot_term>(b, b, n, excluded));
      break;
  }
  return std::isfinite(exact) ? exact : plain_distance(a, b, n, excluded, distance);
}

}  // namespace cupel
