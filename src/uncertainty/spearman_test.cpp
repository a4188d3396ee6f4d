#include "uncertainty/spearman_test.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "parallel/parallel.hpp"
#include "stats/spearman.hpp"
#include "uncertainty/draws.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kPermutationsAtOnce = 256;

std::int64_t product_sum(std::span<const std::int64_t> a, std::span<const std::int64_t> b) {
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

// Twice the average ranks, centred.
std::vector<std::int64_t> centred_ranks(std::span<const double> values) {
  auto ranks = twice_average_ranks(values);
  for (std::int64_t& rank : ranks) rank -= std::ssize(values) + 1;
  return ranks;
}

double exact_p_value(std::span<const std::int64_t> x, std::span<const std::int64_t> y,
                     std::int64_t observed) {
  // Orders of places, not of ranks: tied ranks are as many orders as there are places.
  std::vector<std::size_t> order(y.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::int64_t orders = 0;
  std::int64_t as_far = 0;
  do {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < x.size(); ++i) sum += x[i] * y[order[i]];
    ++orders;
    as_far += std::abs(sum) >= observed ? 1 : 0;
  } while (std::ranges::next_permutation(order).found);
  return static_cast<double>(as_far) / static_cast<double>(orders);
}

double drawn_p_value(std::span<const std::int64_t> x, std::span<const std::int64_t> y,
                     std::int64_t observed, const PermutationOptions& options) {
  const std::int64_t chunks = (options.draws + kPermutationsAtOnce - 1) / kPermutationsAtOnce;
  std::vector<std::int64_t> as_far(static_cast<std::size_t>(chunks), 0);
  for_each_chunk(options.draws, kPermutationsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    std::vector<std::int64_t> shuffled(y.size());
    for (std::int64_t draw = begin; draw < end; ++draw) {
      PhiloxStream stream = draw_stream(options.seed, DrawsFor::kOrders, options.series, draw);
      std::ranges::copy(y, shuffled.begin());
      for (std::size_t left = shuffled.size(); left > 1; --left) {
        std::swap(shuffled[left - 1], shuffled[stream.below(static_cast<std::uint32_t>(left))]);
      }
      as_far[static_cast<std::size_t>(begin / kPermutationsAtOnce)] +=
          std::abs(product_sum(x, shuffled)) >= observed ? 1 : 0;
    }
  });
  std::int64_t total = 0;
  for (const std::int64_t count : as_far) total += count;
  return static_cast<double>(total + 1) / static_cast<double>(options.draws + 1);
}

}  // namespace

SpearmanTest spearman_test(std::span<const double> x, std::span<const double> y,
                           const PermutationOptions& options) {
  SpearmanTest result;
  const double rho = spearman(x, y);
  if (std::isnan(rho)) {
    result.rho = Score::undefined("fewer than two points, or one side does not vary");
    return result;
  }
  result.rho = Score::of(rho);
  const auto rank_x = centred_ranks(x);
  const auto rank_y = centred_ranks(y);
  const std::int64_t observed = std::abs(product_sum(rank_x, rank_y));
  result.exact = std::ssize(x) <= options.exact_up_to;
  if (result.exact) {
    result.p_value = exact_p_value(rank_x, rank_y, observed);
  } else {
    result.draws = options.draws;
    result.p_value = drawn_p_value(rank_x, rank_y, observed, options);
  }
  return result;
}

}  // namespace cupel
