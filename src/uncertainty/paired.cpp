#include "uncertainty/paired.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "parallel/parallel.hpp"
#include "uncertainty/draws.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kDrawsAtOnce = 256;

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

double exact_p_value(std::span<const double> differences) {
  const double least = reach(differences);
  const auto half = differences.size() / 2;
  const auto low = all_sums(differences.first(half));
  const auto high = all_sums(differences.subspan(half));
  std::int64_t as_far = 0;
  for (const double a : low) {
    for (const double b : high) as_far += std::abs(a + b) >= least ? 1 : 0;
  }
  return static_cast<double>(as_far) / static_cast<double>(low.size() * high.size());
}

// Bit i of draw k flips pair i, whatever the metric. Sums of eight pairs are looked up.
double drawn_p_value(std::span<const double> differences, const SignFlipOptions& options) {
  constexpr std::size_t kPairs = 8;
  std::vector<std::vector<double>> tables;
  for (std::size_t at = 0; at < differences.size(); at += kPairs) {
    tables.push_back(all_sums(differences.subspan(at, std::min(kPairs, differences.size() - at))));
  }
  const double least = reach(differences);
  const std::int64_t chunks = (options.draws + kDrawsAtOnce - 1) / kDrawsAtOnce;
  std::vector<std::int64_t> as_far(static_cast<std::size_t>(chunks), 0);
  for_each_chunk(options.draws, kDrawsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t draw = begin; draw < end; ++draw) {
      PhiloxStream stream = draw_stream(options.seed, DrawsFor::kSignFlips, options.series, draw);
      double sum = 0.0;
      std::uint32_t bits = 0;
      for (std::size_t t = 0; t < tables.size(); ++t) {
        bits = t % 4 == 0 ? stream.next() : bits >> kPairs;
        sum += tables[t][bits & (tables[t].size() - 1)];
      }
      as_far[static_cast<std::size_t>(begin / kDrawsAtOnce)] += std::abs(sum) >= least ? 1 : 0;
    }
  });
  std::int64_t total = 0;
  for (const std::int64_t count : as_far) total += count;
  return static_cast<double>(total + 1) / static_cast<double>(options.draws + 1);
}

// `differences` are one metric's, NaN where a pair is not there.
PairedComparison compared(std::span<const double> differences, Estimate difference,
                          const SignFlipOptions& flips) {
  PairedComparison result;
  result.difference = difference;
  std::vector<double> nonzero;
  std::vector<double> all;  // 0 where a pair is not there: its sign does not matter
  for (const double d : differences) {
    all.push_back(std::isnan(d) ? 0.0 : d);
    if (all.back() != 0.0) nonzero.push_back(d);
  }
  result.nonzero = std::ssize(nonzero);
  result.dropped = std::ssize(differences) - difference.n;
  if (difference.n == 0) {
    result.undefined_because = "no perturbation has a value on both sides";
    return result;
  }
  if (!std::isfinite(size_of(nonzero))) {
    result.undefined_because = "a difference is infinite";
    return result;
  }
  result.exact = result.nonzero <= flips.exact_up_to;
  if (result.exact) {
    result.p_value = exact_p_value(nonzero);
  } else {
    result.draws = flips.draws;
    result.p_value = drawn_p_value(all, flips);
  }
  return result;
}

MatrixView<const double> as_column(std::span<const double> values) {
  return {values.data(), std::ssize(values), 1, Space::kHost};
}

}  // namespace

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
  std::vector<PairedComparison> results(static_cast<std::size_t>(metrics));
  for_each_chunk(metrics, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t metric = begin; metric < end; ++metric) {
      const auto at = static_cast<std::size_t>(metric);
      const std::span<const double> row(by_metric.view().row(metric),
                                        static_cast<std::size_t>(first.rows));
      results[at] = compared(row, estimates[at], flips);
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
