#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/matrix.hpp"

// Regression trees for many targets at once (A12). A split's gain, the fall of the summed squared
// error over all targets, is 1ᵀ C 1 / n over each side with C the inner products of the rows'
// targets: the search needs the n × n products alone, whatever the number of targets
// (performance.md 3 vi). Leaves hold rows, not values.
namespace cupel::models {

struct TreeNode {
  std::int32_t feature = -1;  // -1: a leaf
  double threshold = 0.0;     // x <= threshold goes left
  std::int32_t left = -1, right = -1;
  std::int32_t begin = 0, end = 0;  // of a leaf, into Tree::row
};

struct Tree {
  std::vector<TreeNode> nodes;
  std::vector<std::int32_t> row;
  [[nodiscard]] const TreeNode& leaf_of(const double* x) const;
};

// Rows in ascending order of each feature, equal values by row: features × n.
[[nodiscard]] std::vector<std::int32_t> sorted_rows(MatrixView<const double> x);

struct TreeLimits {
  std::int64_t features = 0;  // tried per split; 0: all. More are tried while none can split
  std::int64_t min_leaf = 1;  // different rows
  std::int64_t depth = 0;     // 0: until leaves are pure
  bool parallel = false;      // share features out over threads; for trees grown one at a time
};

// One tree on rows of weight `count` (0: not among them), `sorted` from sorted_rows(x). The split
// of greatest gain; of equal ones that of the first feature and then of the least threshold,
// half-way between neighbouring values. Features to try are drawn from (seed, tree) and the node's
// number.
[[nodiscard]] Tree grow_tree(MatrixView<const double> x, std::span<const std::int32_t> sorted,
                             MatrixView<const double> products, std::span<const std::int32_t> count,
                             const TreeLimits& limits, std::uint64_t seed, std::uint64_t tree);

}  // namespace cupel::models
