#pragma once
#include <cstdint>

#include "cupel/multiversion.hpp"

namespace cupel {

// A gene's kSums sums lie side by side, so that a nonzero costs one load, add and store of a
// vector: genes × kSums, each gene aligned to its vector.
template <int kSums>
struct SumVector;
template <>
struct SumVector<1> {
  using Vector = double;
};
template <>
struct SumVector<2> {
  using Vector = double __attribute__((vector_size(16), may_alias));
};
template <>
struct SumVector<4> {
  using Vector = double __attribute__((vector_size(32), may_alias));
};

// Adds n vectors of kSums terms to the sums of the genes they belong to.
template <int kSums, typename Gene>
CUPEL_MULTIVERSION void scatter_add(const Gene* genes, const double* terms, std::int64_t n,
                                    double* sums) {
  using Vector = typename SumVector<kSums>::Vector;
  const auto* add = reinterpret_cast<const Vector*>(terms);
  auto* to = reinterpret_cast<Vector*>(sums);
  for (std::int64_t k = 0; k < n; ++k) to[genes[k]] += add[k];
}

}  // namespace cupel
