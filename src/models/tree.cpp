#include "models/tree.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cupel/multiversion.hpp"
#include "parallel/parallel.hpp"
#include "random/philox.hpp"

namespace cupel::models {
namespace {

// Columns whose running sums are kept at a time: a block of a node's products stays in cache while
// all features walk over it.
constexpr std::int64_t kBlock = 128;
constexpr std::int64_t kFeaturesAtATime = 32;
// A node is pure when no more than this share of its rows' squares is left around its mean.
constexpr double kPure = 1e-13;
// Gains that differ by less than this share of a node's squares are equal: features that part its
// rows alike must not be chosen between by rounding.
constexpr double kEqualGain = 1e-9;

// before[k] = sum over earlier rows of the order of their products with row order[k], for the rows
// among columns [from, from + width).
CUPEL_MULTIVERSION void walk(const double* products, std::int64_t n, const std::int32_t* order,
                             std::int64_t from, std::int64_t width, double* running,
                             double* before) {
  for (std::int64_t j = 0; j < width; ++j) running[j] = 0.0;
  for (std::int64_t k = 0; k < n; ++k) {
    const std::int64_t row = order[k];
    if (row >= from && row < from + width) before[k] = running[row - from];
    const double* of_row = products + row * n + from;
    for (std::int64_t j = 0; j < width; ++j) running[j] += of_row[j];
  }
}

// The same over the rows that are few (few[row] != 0) alone, for all rows.
CUPEL_MULTIVERSION void walk_few(const double* products, std::int64_t n, const std::int32_t* order,
                                 const std::uint8_t* few, std::int64_t from, std::int64_t width,
                                 double* running, double* before) {
  for (std::int64_t j = 0; j < width; ++j) running[j] = 0.0;
  for (std::int64_t k = 0; k < n; ++k) {
    const std::int64_t row = order[k];
    if (row >= from && row < from + width) before[k] = running[row - from];
    if (few[row] == 0) continue;
    const double* of_row = products + row * n + from;
    for (std::int64_t j = 0; j < width; ++j) running[j] += of_row[j];
  }
}

struct Split {
  double gain = 0.0;
  std::int64_t feature = -1;
  std::int64_t left = 0;  // rows that go left, in the feature's order
  double threshold = 0.0;
};

// Rows of a node, numbered from 0, with their products weighted by counts.
struct NodeRows {
  std::int64_t n = 0;
  std::vector<std::int32_t> row;  // their numbers in x
  std::vector<double> products;   // n × n
  std::vector<double> row_sum;
  std::vector<double> count;
  double total = 0.0, total_count = 0.0, squares = 0.0, same_gain = 0.0;
};

class Grower {
 public:
  Grower(MatrixView<const double> x, std::span<const std::int32_t> sorted,
         MatrixView<const double> products, std::span<const std::int32_t> count,
         const TreeLimits& limits, std::uint64_t seed, std::uint64_t tree)
      : x_(x),
        products_(products),
        count_(count),
        limits_(limits),
        seed_(seed),
        tree_(tree),
        number_(static_cast<std::size_t>(x.rows)),
        goes_left_(static_cast<std::size_t>(x.rows)) {
    for (const auto row : sorted) {
      if (count[static_cast<std::size_t>(row)] > 0) order_.push_back(row);
    }
    n_ = x.cols > 0 ? std::ssize(order_) / x.cols : 0;
    if (x.cols == 0) {  // nothing to split by: the order is that of the rows
      for (std::int64_t row = 0; row < x.rows; ++row) {
        if (count[static_cast<std::size_t>(row)] > 0) {
          order_.push_back(static_cast<std::int32_t>(row));
        }
      }
      n_ = std::ssize(order_);
    }
    tries_all_ = limits.features <= 0 || limits.features >= x.cols;
    if (tries_all_) before_.resize(order_.size());
  }

  Tree grow() {
    grow_node(0, n_, 0, false);
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::int32_t* order_of(std::int64_t feature) {
    return order_.data() + feature * n_;
  }
  [[nodiscard]] double* before_of(std::int64_t feature) { return before_.data() + feature * n_; }

  // `ready`: before_ holds the node's sums.
  std::int32_t grow_node(std::int64_t begin, std::int64_t end, std::int64_t depth, bool ready) {
    const auto at = static_cast<std::int32_t>(result_.nodes.size());
    result_.nodes.emplace_back();
    const bool may_split = x_.cols > 0 && end - begin >= 2 * limits_.min_leaf && end - begin > 1 &&
                           (limits_.depth == 0 || depth < limits_.depth);
    NodeRows rows_here = may_split ? rows_of(begin, end) : NodeRows{};
    const Split split = may_split ? best_split(rows_here, begin, at, ready) : Split{};
    if (split.feature < 0) {
      TreeNode& leaf = result_.nodes[static_cast<std::size_t>(at)];
      leaf.begin = static_cast<std::int32_t>(result_.row.size());
      std::vector<std::int32_t> rows(order_of(0) + begin, order_of(0) + end);
      std::ranges::sort(rows);
      result_.row.insert(result_.row.end(), rows.begin(), rows.end());
      leaf.end = static_cast<std::int32_t>(result_.row.size());
      return at;
    }
    part(split, rows_here, begin);
    rows_here = {};  // children need the memory
    const auto left = grow_node(begin, begin + split.left, depth + 1, tries_all_);
    const auto right = grow_node(begin + split.left, end, depth + 1, tries_all_);
    TreeNode& node = result_.nodes[static_cast<std::size_t>(at)];
    node.feature = static_cast<std::int32_t>(split.feature);
    node.threshold = split.threshold;
    node.left = left;
    node.right = right;
    return at;
  }

  // Moves rows that go left before those that go right, in every feature's order.
  void part(const Split& split, const NodeRows& node, std::int64_t begin) {
    const auto* chosen = order_of(split.feature) + begin;
    for (std::int64_t k = 0; k < node.n; ++k) {
      goes_left_[static_cast<std::size_t>(chosen[k])] = k < split.left ? 1 : 0;
    }
    const auto part_some = [&](std::int64_t from, std::int64_t to) {
      part_features(split, node, begin, from, to);
    };
    if (limits_.parallel) {
      for_each_chunk(x_.cols, kFeaturesAtATime, part_some);
    } else {
      part_some(0, x_.cols);
    }
  }

  // Sums over earlier rows need not be made anew: those of the smaller child are made, over it
  // alone, and what they take off the parent's leaves those of the larger.
  void part_features(const Split& split, const NodeRows& node, std::int64_t begin,
                     std::int64_t first, std::int64_t last) {
    const auto n = static_cast<std::size_t>(node.n);
    const std::uint8_t few_go_left = 2 * split.left <= node.n ? 1 : 0;
    std::vector<double> of_few;
    if (tries_all_) {
      std::vector<std::uint8_t> few(n);
      for (std::size_t i = 0; i < n; ++i) {
        few[i] = goes_left_[static_cast<std::size_t>(node.row[i])] == few_go_left ? 1 : 0;
      }
      const auto orders = local_orders(node, begin, first, last);
      of_few.resize(orders.size());
      double running[kBlock];
      for (std::int64_t from = 0; from < node.n; from += kBlock) {
        for (std::size_t at = 0; at < orders.size(); at += n) {
          walk_few(node.products.data(), node.n, orders.data() + at, few.data(), from,
                   std::min(kBlock, node.n - from), running, of_few.data() + at);
        }
      }
    }
    std::vector<std::int32_t> right;
    std::vector<double> right_before;
    for (auto feature = first; feature < last; ++feature) {
      auto* order = order_of(feature) + begin;
      double* before = tries_all_ ? before_of(feature) + begin : nullptr;
      const double* few = of_few.data() + static_cast<std::size_t>(feature - first) * n;
      right.clear();
      right_before.clear();
      std::size_t to = 0;
      for (std::size_t k = 0; k < n; ++k) {
        const auto side = goes_left_[static_cast<std::size_t>(order[k])];
        double sum = 0.0;
        if (tries_all_) sum = side == few_go_left ? few[k] : before[k] - few[k];
        if (side != 0) {
          if (tries_all_) before[to] = sum;
          order[to++] = order[k];
        } else {
          right.push_back(order[k]);
          if (tries_all_) right_before.push_back(sum);
        }
      }
      std::ranges::copy(right, order + to);
      if (tries_all_) std::ranges::copy(right_before, before + to);
    }
  }

  // Rows of the node in the orders of some features, by their numbers in the node.
  [[nodiscard]] std::vector<std::int32_t> local_orders(const NodeRows& node, std::int64_t begin,
                                                       std::int64_t first, std::int64_t last) {
    std::vector<std::int32_t> orders;
    orders.reserve(static_cast<std::size_t>((last - first) * node.n));
    for (auto feature = first; feature < last; ++feature) {
      const auto* rows = order_of(feature) + begin;
      for (std::int64_t k = 0; k < node.n; ++k) {
        orders.push_back(number_[static_cast<std::size_t>(rows[k])]);
      }
    }
    return orders;
  }

  [[nodiscard]] NodeRows rows_of(std::int64_t begin, std::int64_t end) {
    NodeRows node;
    node.n = end - begin;
    const auto n = static_cast<std::size_t>(node.n);
    node.row.assign(order_of(0) + begin, order_of(0) + end);
    std::ranges::sort(node.row);
    for (std::size_t i = 0; i < n; ++i) {
      const auto row = static_cast<std::size_t>(node.row[i]);
      number_[row] = static_cast<std::int32_t>(i);
      node.count.push_back(static_cast<double>(count_[row]));
      node.total_count += node.count.back();
    }
    node.products.resize(n * n);
    node.row_sum.assign(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      const double* from = products_.row(node.row[i]);
      double* to = node.products.data() + i * n;
      for (std::size_t j = 0; j < n; ++j) {
        to[j] = node.count[i] * node.count[j] * from[node.row[j]];
        node.row_sum[i] += to[j];
      }
      node.total += node.row_sum[i];
      node.squares += node.count[i] * from[node.row[i]];
    }
    node.same_gain = kEqualGain * node.squares;
    return node;
  }

  // Features in the order in which they may be tried.
  [[nodiscard]] std::vector<std::int64_t> drawn_features(std::int32_t node) const {
    std::vector<std::int64_t> features(static_cast<std::size_t>(x_.cols));
    std::iota(features.begin(), features.end(), 0);
    if (limits_.features <= 0 || limits_.features >= x_.cols) return features;
    PhiloxStream random(seed_, tree_, static_cast<std::uint32_t>(node) + 1);
    for (std::size_t i = 0; i + 1 < features.size(); ++i) {
      const auto left = static_cast<std::uint32_t>(features.size() - i);
      std::swap(features[i], features[i + random.below(left)]);
    }
    return features;
  }

  [[nodiscard]] Split best_split(const NodeRows& node, std::int64_t begin, std::int32_t at,
                                 bool ready) {
    if (node.squares - node.total / node.total_count <= kPure * node.squares) return {};
    auto features = drawn_features(at);
    const auto step = limits_.features <= 0 ? std::ssize(features)
                                            : std::min(limits_.features, std::ssize(features));
    Split best;
    for (std::int64_t tried = 0; tried < std::ssize(features) && best.feature < 0; tried += step) {
      const auto last = std::min(tried + step, std::ssize(features));
      std::sort(features.begin() + tried, features.begin() + last);
      const std::span<const std::int64_t> now(features.data() + tried,
                                              static_cast<std::size_t>(last - tried));
      std::vector<Split> found(now.size());
      const auto search = [&](std::int64_t from, std::int64_t to) {
        search_features(
            node, begin, ready,
            now.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)),
            found.data() + from);
      };
      if (limits_.parallel) {
        for_each_chunk(std::ssize(now), kFeaturesAtATime, search);
      } else {
        search(0, std::ssize(now));
      }
      for (const Split& split : found) {
        if (split.feature >= 0 && (best.feature < 0 || split.gain > best.gain + node.same_gain)) {
          best = split;
        }
      }
    }
    return best;
  }

  void search_features(const NodeRows& node, std::int64_t begin, bool ready,
                       std::span<const std::int64_t> features, Split* found) {
    const auto n = static_cast<std::size_t>(node.n);
    std::vector<std::int32_t> order(features.size() * n);
    for (std::size_t f = 0; f < features.size(); ++f) {
      const auto* rows = order_of(features[f]) + begin;
      for (std::size_t k = 0; k < n; ++k) {
        order[f * n + k] = number_[static_cast<std::size_t>(rows[k])];
      }
    }
    std::vector<double> own(tries_all_ ? 0 : features.size() * n);
    const auto before = [&](std::size_t f) {
      return tries_all_ ? before_of(features[f]) + begin : own.data() + f * n;
    };
    double running[kBlock];
    for (std::int64_t from = 0; from < node.n && !ready; from += kBlock) {
      for (std::size_t f = 0; f < features.size(); ++f) {
        walk(node.products.data(), node.n, order.data() + f * n, from,
             std::min(kBlock, node.n - from), running, before(f));
      }
    }
    for (std::size_t f = 0; f < features.size(); ++f) {
      found[f] = best_of(node, features[f], order.data() + f * n, before(f));
    }
  }

  [[nodiscard]] Split best_of(const NodeRows& node, std::int64_t feature, const std::int32_t* order,
                              const double* before) const {
    Split best;
    double left = 0.0;    // 1ᵀ C 1 over the left
    double across = 0.0;  // and over left × all
    double count = 0.0;
    const auto value = [&](std::int64_t k) {
      return x_(node.row[static_cast<std::size_t>(order[k])], feature);
    };
    for (std::int64_t k = 0; k + 1 < node.n; ++k) {
      const auto row = static_cast<std::size_t>(order[k]);
      left += node.products[row * static_cast<std::size_t>(node.n) + row] + 2.0 * before[k];
      across += node.row_sum[row];
      count += node.count[row];
      if (k + 1 < limits_.min_leaf || node.n - k - 1 < limits_.min_leaf) continue;
      const double here = value(k);
      const double next = value(k + 1);
      if (!(here < next)) continue;
      const double right = node.total - 2.0 * across + left;
      const double gain = left / count + right / (node.total_count - count);
      if (best.feature >= 0 && !(gain > best.gain + node.same_gain)) continue;
      const double middle = here + (next - here) / 2.0;
      best = {gain, feature, k + 1, middle < next ? middle : here};
    }
    return best;
  }

  MatrixView<const double> x_, products_;
  std::span<const std::int32_t> count_;
  TreeLimits limits_;
  std::uint64_t seed_, tree_;
  bool tries_all_ = false;           // features at every split
  std::vector<std::int32_t> order_;  // features × rows; a node is the same range in each
  // Where all features are tried: of each row, its products with earlier rows of its node.
  std::vector<double> before_;
  std::int64_t n_ = 0;
  std::vector<std::int32_t> number_;
  std::vector<std::uint8_t> goes_left_;
  Tree result_;
};

}  // namespace

const TreeNode& Tree::leaf_of(const double* x) const {
  const TreeNode* node = nodes.data();
  while (node->feature >= 0) {
    node = nodes.data() + (x[node->feature] <= node->threshold ? node->left : node->right);
  }
  return *node;
}

std::vector<std::int32_t> sorted_rows(MatrixView<const double> x) {
  std::vector<std::int32_t> sorted(static_cast<std::size_t>(x.size()));
  for_each_chunk(x.cols, kFeaturesAtATime, [&](std::int64_t begin, std::int64_t end) {
    for (auto feature = begin; feature < end; ++feature) {
      const std::span<std::int32_t> order(sorted.data() + feature * x.rows,
                                          static_cast<std::size_t>(x.rows));
      std::iota(order.begin(), order.end(), 0);
      std::ranges::sort(order, [&](std::int32_t a, std::int32_t b) {
        return x(a, feature) < x(b, feature) || (x(a, feature) == x(b, feature) && a < b);
      });
    }
  });
  return sorted;
}

Tree grow_tree(MatrixView<const double> x, std::span<const std::int32_t> sorted,
               MatrixView<const double> products, std::span<const std::int32_t> count,
               const TreeLimits& limits, std::uint64_t seed, std::uint64_t tree) {
  return Grower(x, sorted, products, count, limits, seed, tree).grow();
}

}  // namespace cupel::models
