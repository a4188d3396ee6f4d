#pragma once
#include <cstdint>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/math/double_double.hpp"
#include "cupel/math/profile_rows.hpp"

namespace cupel {

// Distances as math/profile_distance.hpp defines them, up to one power of two that all distances of
// a panel share: what counts is their order. Slow; ranks ask for a few of them.
class ExactDistance {
 public:
  ExactDistance(const math::Profiles& predicted, const math::Profiles& real,
                ProfileDistance distance);

  // Of predicted row i and real row j without gene `excluded` (or -1). NaN where a NaN enters.
  [[nodiscard]] double operator()(std::int64_t i, std::int64_t j, std::int64_t excluded) const;
  // Power of two by which L1 and L2 are larger than the profiles' own.
  [[nodiscard]] double scale() const { return scale_; }

 private:
  [[nodiscard]] double plain(std::int64_t i, std::int64_t j, std::int64_t excluded) const;

  math::Profiles predicted_;
  math::Profiles real_;
  ProfileDistance distance_;
  double scale_;
  std::vector<math::DoubleDouble> predicted_square_;  // squared norms, for the cosine
  std::vector<math::DoubleDouble> real_square_;
};

}  // namespace cupel
