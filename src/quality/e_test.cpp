#include "quality/e_test.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "parallel/parallel.hpp"
#include "uncertainty/draws.hpp"

namespace cupel::quality {
namespace {

constexpr std::int64_t kDrawsAtOnce = 16;

// The E-distance of any split follows from the sum of distances within one of its groups.
class Splits {
 public:
  Splits(MatrixView<const double> distance, std::int64_t n_first, Within within)
      : distance_(distance), within_(within) {
    const std::int64_t cells = distance.rows;
    // The smaller group is the cheaper one to sum over.
    mine_ = std::min(n_first, cells - n_first);
    others_ = cells - mine_;
    for (std::int64_t i = 0; i < cells; ++i) {
      double sum = 0.0;
      for (std::int64_t j = 0; j < cells; ++j) sum += distance(i, j);
      row_sum_.push_back(sum);
      total_ += sum;
    }
  }

  [[nodiscard]] std::int64_t mine() const { return mine_; }

  // `group` holds the cells of the smaller group.
  [[nodiscard]] double e_distance(const std::vector<std::int64_t>& group) const {
    double inside = 0.0;
    double from_group = 0.0;
    for (const std::int64_t i : group) {
      const double* row = distance_.row(i);
      double sum = 0.0;
      for (const std::int64_t j : group) sum += row[j];
      inside += sum;
      from_group += row_sum_[static_cast<std::size_t>(i)];
    }
    const double between = from_group - inside;
    const double outside = total_ - 2.0 * between - inside;
    return 2.0 * between / (static_cast<double>(mine_) * static_cast<double>(others_)) -
           inside / pairs(mine_) - outside / pairs(others_);
  }

  // Differences below this are rounding.
  [[nodiscard]] double rounding() const {
    return 1e-12 * std::abs(total_) / (static_cast<double>(mine_) * static_cast<double>(others_));
  }

 private:
  [[nodiscard]] double pairs(std::int64_t n) const {
    return static_cast<double>(n) * static_cast<double>(within_ == Within::kV ? n : n - 1);
  }

  MatrixView<const double> distance_;
  Within within_;
  std::int64_t mine_ = 0;
  std::int64_t others_ = 0;
  std::vector<double> row_sum_;
  double total_ = 0.0;
};

// n over k, or limit + 1 where it is more than the limit.
std::int64_t combinations(std::int64_t n, std::int64_t k, std::int64_t limit) {
  std::int64_t count = 1;
  for (std::int64_t i = 1; i <= k; ++i) {
    if (count > limit) return limit + 1;
    count = count * (n - k + i) / i;
  }
  return std::min(count, limit + 1);
}

// The next k of n in lexicographic order; false after the last.
bool next_group(std::vector<std::int64_t>& group, std::int64_t n) {
  const auto k = std::ssize(group);
  for (std::int64_t i = k - 1; i >= 0; --i) {
    auto& place = group[static_cast<std::size_t>(i)];
    if (place == n - k + i) continue;
    ++place;
    for (std::int64_t j = i + 1; j < k; ++j) {
      group[static_cast<std::size_t>(j)] = group[static_cast<std::size_t>(j - 1)] + 1;
    }
    return true;
  }
  return false;
}

std::vector<std::int64_t> first_of(std::int64_t n) {
  std::vector<std::int64_t> cells(static_cast<std::size_t>(n));
  std::iota(cells.begin(), cells.end(), std::int64_t{0});
  return cells;
}

}  // namespace

ETest e_test(MatrixView<const double> distance, std::int64_t n_first, const ETestOptions& options) {
  ETest result;
  const std::int64_t cells = distance.rows;
  const std::int64_t least = options.within == Within::kV ? 1 : 2;
  if (n_first < least || cells - n_first < least) {
    result.undefined_because = "a group has too few cells";
    return result;
  }
  const Splits splits(distance, n_first, options.within);
  auto observed = first_of(cells);
  if (splits.mine() == n_first) {
    observed.resize(static_cast<std::size_t>(n_first));
  } else {
    observed.erase(observed.begin(), observed.begin() + n_first);
  }
  result.observed = splits.e_distance(observed);
  if (std::isnan(result.observed)) {
    result.undefined_because = "a distance is not a number";
    return result;
  }
  const double slack = splits.rounding();
  const auto count = [&](double e, std::int64_t& at_least, std::int64_t& beyond) {
    at_least += e >= result.observed - slack ? 1 : 0;
    beyond += e > result.observed + slack ? 1 : 0;
  };

  const auto all = combinations(cells, splits.mine(), options.exact_up_to);
  if (all <= options.exact_up_to) {
    result.exact = true;
    result.splits = all;
    auto group = first_of(splits.mine());
    do {
      count(splits.e_distance(group), result.at_least, result.beyond);
    } while (next_group(group, cells));
    result.p_value = static_cast<double>(result.at_least) / static_cast<double>(all);
    return result;
  }

  const auto chunks = static_cast<std::size_t>((options.draws + kDrawsAtOnce - 1) / kDrawsAtOnce);
  std::vector<std::int64_t> at_least(chunks, 0);
  std::vector<std::int64_t> beyond(chunks, 0);
  for_each_chunk(options.draws, kDrawsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    const auto chunk = static_cast<std::size_t>(begin / kDrawsAtOnce);
    for (std::int64_t draw = begin; draw < end; ++draw) {
      PhiloxStream stream = draw_stream(options.seed, DrawsFor::kLabels, options.series, draw);
      auto order = first_of(cells);
      const auto mine = static_cast<std::size_t>(splits.mine());
      for (std::size_t i = 0; i < mine; ++i) {
        std::swap(order[i], order[i + stream.below(static_cast<std::uint32_t>(order.size() - i))]);
      }
      order.resize(mine);
      count(splits.e_distance(order), at_least[chunk], beyond[chunk]);
    }
  });
  result.splits = options.draws;
  result.at_least = std::accumulate(at_least.begin(), at_least.end(), std::int64_t{0});
  result.beyond = std::accumulate(beyond.begin(), beyond.end(), std::int64_t{0});
  result.p_value =
      static_cast<double>(result.at_least + 1) / static_cast<double>(options.draws + 1);
  return result;
}

}  // namespace cupel::quality
