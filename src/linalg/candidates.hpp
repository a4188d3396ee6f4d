#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/math/effect_scores.hpp"
#include "cupel/matrix.hpp"

namespace cupel {

// True effects among which predictions are to be told apart: what distances need of them.
class Candidates {
 public:
  // `products` of the n effects; `sets` says among which each is to be told apart, empty: all.
  Candidates(MatrixView<const double> products, std::span<const std::int32_t> sets);

  // How near a prediction is to its own effect and to the others, from its products with all.
  struct Rank {
    math::Nearness l2, cosine;
    std::int64_t among;
  };
  [[nodiscard]] Rank rank(const double* with, std::int64_t own) const;
  [[nodiscard]] double square(std::int64_t effect) const {
    return square_[static_cast<std::size_t>(effect)];
  }

 private:
  std::vector<double> square_, scale_;
  std::vector<std::vector<std::int64_t>> rows_of_set_;  // none where all are one
  std::vector<std::size_t> set_;
};

}  // namespace cupel
