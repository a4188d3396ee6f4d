#include "uncertainty/paired.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>
#include <vector>

#include "parallel/parallel.hpp"
#include "uncertainty/draws.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kFlipsAtOnce = 256;

// Sums that differ by rounding alone are equal.
constexpr double kRounding = 1e-12;

// The sum of `values` for every assignment of signs: bit i of the index flips value i.
std::vector<double> all_sums(std::span<const double> values) {
  std::vector<double> sums{0.0};
  for (const double value : values) {
    const std::size_t half = sums.size();
    sums.resize(2 * half);
    for (std::size_t i = 0; i < half; ++i) {
      sums[half + i] = sums[i] - value;
      sums[i] += value;
    }
  }
  return sums;
}

double sum_of(std::span<const double> values) {
  double sum = 0.0;
  for (const double value : values) sum += value;
  return sum;
}

double size_of(std::span<const double> values) {
  double size = 0.0;
  for (const double value : values) size += std::abs(value);
  return size;
}

// How many sums are at least as far from 0 as this allows.
double reach(std::span<const double> differences) {
  return std::abs(sum_of(differences)) - kRounding * size_of(differences);
}

// Every sum of one half meets every sum of the other; in order, those that reach far enough are
// the ends of the list.
double exact_p_value(std::span<const double> differences) {
  const double least = reach(differences);
  const auto half = differences.size() / 2;
  auto low = all_sums(differences.first(half));
  auto high = all_sums(differences.subspan(half));
  const auto all = static_cast<double>(low.size() * high.size());
  if (least <= 0.0) return 1.0;
  std::ranges::sort(low);
  std::ranges::sort(high);
  std::size_t as_far = 0;
  std::size_t above = high.size();  // the first partner that lifts a sum to `least`
  std::size_t below = high.size();  // the first that does not leave it at -`least` or under
  for (const double a : low) {
    while (above > 0 && a + high[above - 1] >= least) --above;
    while (below > 0 && a + high[below - 1] > -least) --below;
    as_far += high.size() - above + below;
  }
  return static_cast<double>(as_far) / all;
}

// Sums of eight pairs are looked up, for four draws at a time.
double drawn_p_value(std::span<const double> differences, const SignFlips& flips) {
  constexpr std::size_t kPairs = 8;
  constexpr std::size_t kSums = std::size_t{1} << kPairs;
  constexpr std::int64_t kTogether = 4;
  std::vector<double> tables;
  for (std::size_t at = 0; at < differences.size(); at += kPairs) {
    const auto sums = all_sums(differences.subspan(at, std::min(kPairs, differences.size() - at)));
    for (std::size_t i = 0; i < kSums; ++i) tables.push_back(sums[i & (sums.size() - 1)]);
  }
  const std::size_t bytes = tables.size() / kSums;
  const double least = reach(differences);
  std::int64_t as_far = 0;
  const std::int64_t draws = flips.draws();
  const auto count = [&](std::int64_t draw, auto together) {
    constexpr std::int64_t n = decltype(together)::value;
    std::array<double, n> sums{};
    std::array<const std::uint8_t*, n> bits{};
    for (std::int64_t k = 0; k < n; ++k) {
      bits[static_cast<std::size_t>(k)] = flips.bits(draw + k);
    }
    const double* table = tables.data();
    for (std::size_t t = 0; t < bytes; ++t, table += kSums) {
      for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += table[bits[k][t]];
    }
    for (const double sum : sums) as_far += std::abs(sum) >= least ? 1 : 0;
  };
  std::int64_t draw = 0;
  for (; draw + kTogether <= draws; draw += kTogether) {
    count(draw, std::integral_constant<std::int64_t, kTogether>{});
  }
  for (; draw < draws; ++draw) count(draw, std::integral_constant<std::int64_t, 1>{});
  return static_cast<double>(as_far + 1) / static_cast<double>(draws + 1);
}

// `differences` are one metric's, NaN where a pair is not there.
PairedComparison compared(std::span<const double> differences, Estimate difference,
                          const SignFlips& flips) {
  PairedComparison result;
  result.difference = difference;
  result.dropped = std::ssize(differences) - difference.n;
  const SignFlipTest test = sign_flip_test(differences, flips);
  result.nonzero = test.nonzero;
  result.p_value = test.p_value;
  result.undefined_because = test.undefined_because;
  result.exact = test.exact;
  result.draws = test.draws;
  return result;
}

MatrixView<const double> as_column(std::span<const double> values) {
  return {values.data(), std::ssize(values), 1, Space::kHost};
}

}  // namespace

SignFlips::SignFlips(std::int64_t pairs, const SignFlipOptions& options)
    : options_(options), stride_((pairs + 31) / 32 * 4) {
  bits_.resize(static_cast<std::size_t>(stride_ * options.draws));
  for_each_chunk(options.draws, kFlipsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t draw = begin; draw < end; ++draw) {
      PhiloxStream stream = draw_stream(options_.seed, DrawsFor::kSignFlips, options_.series, draw);
      std::uint8_t* out = bits_.data() + draw * stride_;
      for (std::int64_t byte = 0; byte < stride_; byte += 4) {
        const std::uint32_t word = stream.next();
        for (int k = 0; k < 4; ++k) out[byte + k] = static_cast<std::uint8_t>(word >> (8 * k));
      }
    }
  });
}

SignFlipTest sign_flip_test(std::span<const double> differences, const SignFlips& flips) {
  SignFlipTest test;
  std::vector<double> nonzero;
  std::vector<double> all;  // 0 where a pair is not there: its sign does not matter
  bool any = false;
  for (const double d : differences) {
    any = any || !std::isnan(d);
    all.push_back(std::isnan(d) ? 0.0 : d);
    if (all.back() != 0.0) nonzero.push_back(d);
  }
  test.nonzero = std::ssize(nonzero);
  if (!any) {
    test.undefined_because = "no perturbation has a value on both sides";
    return test;
  }
  if (!std::isfinite(size_of(nonzero))) {
    test.undefined_because = "a difference is infinite";
    return test;
  }
  test.exact = test.nonzero <= flips.options().exact_up_to;
  if (test.exact) {
    test.p_value = exact_p_value(nonzero);
  } else {
    test.draws = flips.draws();
    test.p_value = drawn_p_value(all, flips);
  }
  return test;
}

std::vector<PairedComparison> compare_paired(MatrixView<const double> first,
                                             MatrixView<const double> second,
                                             const Resamples& resamples,
                                             const SignFlipOptions& flips,
                                             const IntervalOptions& interval) {
  const std::int64_t metrics = first.cols;
  auto differences = make_host_matrix<double>(first.rows, metrics);
  auto by_metric = make_host_matrix<double>(metrics, first.rows);
  for (std::int64_t row = 0; row < first.rows; ++row) {
    for (std::int64_t metric = 0; metric < metrics; ++metric) {
      const double a = first(row, metric);
      const double b = second(row, metric);
      const double d = a == b ? 0.0 : a - b;  // not the difference of two equal infinities
      differences.view()(row, metric) = d;
      by_metric.view()(metric, row) = d;
    }
  }
  const auto estimates = estimate_means(differences.view(), resamples, interval);
  const SignFlips signs(first.rows, flips);
  std::vector<PairedComparison> results(static_cast<std::size_t>(metrics));
  for_each_chunk(metrics, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t metric = begin; metric < end; ++metric) {
      const auto at = static_cast<std::size_t>(metric);
      const std::span<const double> row(by_metric.view().row(metric),
                                        static_cast<std::size_t>(first.rows));
      results[at] = compared(row, estimates[at], signs);
    }
  });
  return results;
}

PairedComparison compare_paired(std::span<const double> first, std::span<const double> second,
                                const Resamples& resamples, const SignFlipOptions& flips,
                                const IntervalOptions& interval) {
  return compare_paired(as_column(first), as_column(second), resamples, flips, interval).front();
}

}  // namespace cupel
