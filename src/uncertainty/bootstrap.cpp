#include "uncertainty/bootstrap.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>

#include "cupel/multiversion.hpp"
#include "cupel/nan.hpp"
#include "parallel/parallel.hpp"
#include "uncertainty/draws.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kDrawsAtOnce = 64;
constexpr std::string_view kNoValue = "no perturbation has a value";
constexpr std::string_view kNoWeight = "the weights do not add up to something positive";

// A tile of sums stays in registers while the perturbations pass by: so many draws of so many
// columns, the columns in two vectors.
constexpr std::size_t kLanes = 8;
constexpr std::size_t kTileDraws = 4;
constexpr std::size_t kTileColumns = 2 * kLanes;
using Tile = std::array<double, kTileDraws * kTileColumns>;
using Vector [[gnu::vector_size(8 * kLanes)]] = double;

// `counts` holds kTileDraws numbers per row, `panel` kTileColumns.
CUPEL_MULTIVERSION void sum_tile(const double* counts, const double* panel, std::int64_t rows,
                                 double* out) {
  Vector left[kTileDraws] = {};
  Vector right[kTileDraws] = {};
  for (std::int64_t row = 0; row < rows; ++row) {
    Vector x;
    Vector y;
    std::memcpy(&x, panel, sizeof x);
    std::memcpy(&y, panel + kLanes, sizeof y);
#pragma GCC unroll 4
    for (std::size_t d = 0; d < kTileDraws; ++d) {
      left[d] += counts[d] * x;
      right[d] += counts[d] * y;
    }
    counts += kTileDraws;
    panel += kTileColumns;
  }
  for (std::size_t d = 0; d < kTileDraws; ++d) {
    std::memcpy(out + d * kTileColumns, &left[d], sizeof left[d]);
    std::memcpy(out + d * kTileColumns + kLanes, &right[d], sizeof right[d]);
  }
}

// rows × columns cut into panels of kTileColumns, each rows × kTileColumns, the last filled with 0.
std::vector<double> panels_of(const std::vector<double>& values, std::int64_t rows,
                              std::int64_t cols) {
  constexpr auto kWide = static_cast<std::int64_t>(kTileColumns);
  const std::int64_t panels = (cols + kWide - 1) / kWide;
  std::vector<double> packed(static_cast<std::size_t>(panels * rows * kWide), 0.0);
  for (std::int64_t row = 0; row < rows; ++row) {
    for (std::int64_t col = 0; col < cols; ++col) {
      packed[static_cast<std::size_t>((col / kWide * rows + row) * kWide + col % kWide)] =
          values[static_cast<std::size_t>(row * cols + col)];
    }
  }
  return packed;
}

// A matrix made ready for sums: differences from each column's first value, 0 for NaN.
struct Prepared {
  std::vector<double> origin;          // per column; NaN where it has no value
  std::vector<double> difference;      // perturbations × columns
  std::vector<std::int64_t> gappy;     // columns with a NaN
  std::vector<double> present;         // perturbations × gappy columns: 1, or 0 for NaN
  std::vector<std::int64_t> infinite;  // columns with a value that is
};

Prepared prepare(MatrixView<const double> values) {
  Prepared prepared{std::vector<double>(static_cast<std::size_t>(values.cols), kNaN),
                    std::vector<double>(static_cast<std::size_t>(values.size()), 0.0),
                    {},
                    {},
                    {}};
  for (std::int64_t col = 0; col < values.cols; ++col) {
    double& origin = prepared.origin[static_cast<std::size_t>(col)];
    bool gap = false;
    bool infinite = false;
    for (std::int64_t row = values.rows - 1; row >= 0; --row) {  // so that the first one stays
      const double value = values(row, col);
      if (std::isfinite(value) || (std::isinf(value) && std::isnan(origin))) {
        origin = std::isfinite(value) ? value : 0.0;
      }
    }
    for (std::int64_t row = 0; row < values.rows; ++row) {
      const double value = values(row, col);
      gap = gap || std::isnan(value);
      infinite = infinite || std::isinf(value);
      if (std::isnan(value)) continue;
      prepared.difference[static_cast<std::size_t>(row * values.cols + col)] = value - origin;
    }
    if (gap) prepared.gappy.push_back(col);
    if (infinite) prepared.infinite.push_back(col);
  }
  for (std::int64_t row = 0; row < values.rows; ++row) {
    for (const std::int64_t col : prepared.gappy) {
      prepared.present.push_back(std::isnan(values(row, col)) ? 0.0 : 1.0);
    }
  }
  return prepared;
}

struct Middle {
  std::int64_t place;  // of the lower middle, counted from 0
  bool two;            // the median is the mean of this and the next
};

Middle middle_of(std::int64_t n) { return {(n - 1) / 2, n % 2 == 0}; }

double median_of_sorted(std::span<const double> sorted) {
  if (sorted.empty()) return kNaN;
  const auto [place, two] = middle_of(std::ssize(sorted));
  const auto at = static_cast<std::size_t>(place);
  return two ? (sorted[at] + sorted[at + 1]) / 2.0 : sorted[at];
}

std::vector<double> column_of(MatrixView<const double> matrix, std::int64_t column) {
  std::vector<double> values(static_cast<std::size_t>(matrix.rows));
  for (std::int64_t row = 0; row < matrix.rows; ++row) {
    values[static_cast<std::size_t>(row)] = matrix(row, column);
  }
  return values;
}

}  // namespace

Resamples::Resamples(std::int64_t perturbations, std::int32_t draws, std::uint64_t seed,
                     std::uint32_t series)
    : perturbations_(perturbations),
      draws_(draws),
      counts_(static_cast<std::size_t>(perturbations * draws), 0) {
  const auto n = static_cast<std::uint32_t>(perturbations);
  for_each_chunk(draws_, kDrawsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t draw = begin; draw < end; ++draw) {
      PhiloxStream stream = draw_stream(seed, DrawsFor::kResamples, series, draw);
      std::uint8_t* count = counts_.data() + draw * perturbations_;
      // A count above 255 has a chance below 10^-400.
      for (std::uint32_t i = 0; i < n; ++i) ++count[stream.below(n)];
    }
  });
}

namespace {

// sums[draw][col]: `packed` weighted by how often each row comes in draws [begin, end).
void sum_draws(const Resamples& resamples, std::int64_t begin, std::int64_t end,
               const std::vector<double>& packed, MatrixView<double> out) {
  constexpr auto kDeep = static_cast<std::int64_t>(kTileDraws);
  constexpr auto kWide = static_cast<std::int64_t>(kTileColumns);
  const std::int64_t rows = resamples.perturbations();
  const std::int64_t groups = (end - begin + kDeep - 1) / kDeep;
  std::vector<double> counts(static_cast<std::size_t>(groups * rows * kDeep), 0.0);
  for (std::int64_t draw = begin; draw < end; ++draw) {
    const auto count = resamples.counts(draw);
    const std::int64_t at = (draw - begin) / kDeep * rows * kDeep + (draw - begin) % kDeep;
    for (std::int64_t row = 0; row < rows; ++row) {
      counts[static_cast<std::size_t>(at + row * kDeep)] = count[static_cast<std::size_t>(row)];
    }
  }
  Tile sums{};
  for (std::int64_t col = 0; col < out.cols; col += kWide) {
    const std::int64_t wide = std::min(kWide, out.cols - col);
    for (std::int64_t group = 0; group < groups; ++group) {
      sum_tile(counts.data() + group * rows * kDeep, packed.data() + col * rows, rows, sums.data());
      const std::int64_t deep = std::min(kDeep, end - begin - group * kDeep);
      for (std::int64_t d = 0; d < deep; ++d) {
        std::copy_n(sums.data() + d * kWide, wide, out.row(group * kDeep + d) + col);
      }
    }
  }
}

}  // namespace

Matrix<double> Resamples::means(MatrixView<const double> values) const {
  const Prepared prepared = prepare(values);
  const std::int64_t cols = values.cols;
  const auto gappy = std::ssize(prepared.gappy);
  const auto difference = panels_of(prepared.difference, perturbations_, cols);
  const auto present = panels_of(prepared.present, perturbations_, gappy);
  auto result = make_host_matrix<double>(draws_, cols);
  const auto out = result.view();
  for_each_chunk(draws_, kDrawsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    sum_draws(*this, begin, end, difference, {out.row(begin), end - begin, cols, out.space});
    auto here = make_host_matrix<double>(end - begin, gappy);
    sum_draws(*this, begin, end, present, here.view());
    for (std::int64_t draw = begin; draw < end; ++draw) {
      double* mean = out.row(draw);
      for (const std::int64_t col : prepared.infinite) {
        mean[col] = 0.0;  // 0 times infinity is no number
        for (std::int64_t row = 0; row < perturbations_; ++row) {
          const auto times = static_cast<double>(counts(draw)[static_cast<std::size_t>(row)]);
          const auto at = static_cast<std::size_t>(row * cols + col);
          if (times > 0.0) mean[col] += times * prepared.difference[at];
        }
      }
      const auto all = static_cast<double>(perturbations_);
      for (std::int64_t g = 0; g < gappy; ++g) {  // so that one division serves every column
        const double some = here.view()(draw - begin, g);
        mean[prepared.gappy[static_cast<std::size_t>(g)]] *= some > 0.0 ? all / some : kNaN;
      }
      for (std::int64_t col = 0; col < cols; ++col) {
        mean[col] = prepared.origin[static_cast<std::size_t>(col)] + mean[col] / all;
      }
    }
  });
  return result;
}

std::vector<double> Resamples::ratios(std::span<const double> numerator,
                                      std::span<const double> denominator) const {
  std::vector<double> result(static_cast<std::size_t>(draws_));
  for_each_chunk(draws_, kDrawsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t draw = begin; draw < end; ++draw) {
      const auto count = counts(draw);
      double above = 0.0;
      double below = 0.0;
      for (std::size_t row = 0; row < count.size(); ++row) {
        if (count[row] == 0 || std::isnan(numerator[row]) || std::isnan(denominator[row])) continue;
        above += count[row] * numerator[row];
        below += count[row] * denominator[row];
      }
      result[static_cast<std::size_t>(draw)] = below > 0.0 ? above / below : kNaN;
    }
  });
  return result;
}

std::vector<double> Resamples::medians(std::span<const double> values) const {
  std::vector<std::size_t> order;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (!std::isnan(values[row])) order.push_back(row);
  }
  std::ranges::sort(order, {}, [&](std::size_t row) { return values[row]; });
  std::vector<double> result(static_cast<std::size_t>(draws_));
  for_each_chunk(draws_, kDrawsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t draw = begin; draw < end; ++draw) {
      const auto count = counts(draw);
      std::int64_t n = 0;
      for (const std::size_t row : order) n += count[row];
      double median = kNaN;
      if (n > 0) {
        const auto [place, two] = middle_of(n);
        const auto value_at = [&](std::int64_t wanted) {
          std::int64_t passed = 0;
          for (const std::size_t row : order) {
            passed += count[row];
            if (passed > wanted) return values[row];
          }
          return kNaN;
        };
        median = two ? (value_at(place) + value_at(place + 1)) / 2.0 : value_at(place);
      }
      result[static_cast<std::size_t>(draw)] = median;
    }
  });
  return result;
}

Estimate estimate_mean(std::span<const double> values, MatrixView<const double> draw_means,
                       std::int64_t column, const IntervalOptions& options) {
  std::vector<double> influence;
  double sum = 0.0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    influence.push_back(value);
    sum += value;
  }
  if (influence.empty()) return {kNaN, 0, kNoValue, Interval::undefined(kNoValue)};
  Estimate estimate{sum / static_cast<double>(influence.size()), std::ssize(influence), {}, {}};
  for (double& value : influence) value -= estimate.value;
  estimate.interval =
      bootstrap_interval(column_of(draw_means, column), estimate.value, influence, options);
  return estimate;
}

std::vector<Estimate> estimate_means(MatrixView<const double> values, const Resamples& resamples,
                                     const IntervalOptions& options) {
  const auto draws = resamples.means(values);
  std::vector<Estimate> estimates(static_cast<std::size_t>(values.cols));
  for_each_chunk(values.cols, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t col = begin; col < end; ++col) {
      estimates[static_cast<std::size_t>(col)] =
          estimate_mean(column_of(values, col), draws.view(), col, options);
    }
  });
  return estimates;
}

Estimate estimate_ratio(std::span<const double> numerator, std::span<const double> denominator,
                        const Resamples& resamples, const IntervalOptions& options) {
  double above = 0.0;
  double below = 0.0;
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < numerator.size(); ++row) {
    if (std::isnan(numerator[row]) || std::isnan(denominator[row])) continue;
    above += numerator[row];
    below += denominator[row];
    rows.push_back(row);
  }
  if (rows.empty()) return {kNaN, 0, kNoValue, Interval::undefined(kNoValue)};
  if (!(below > 0.0)) return {kNaN, std::ssize(rows), kNoWeight, Interval::undefined(kNoWeight)};
  Estimate estimate{above / below, std::ssize(rows), {}, {}};
  std::vector<double> influence;
  for (const std::size_t row : rows) {
    influence.push_back(numerator[row] - estimate.value * denominator[row]);
  }
  estimate.interval = bootstrap_interval(resamples.ratios(numerator, denominator), estimate.value,
                                         influence, options);
  return estimate;
}

Estimate estimate_median(std::span<const double> values, const Resamples& resamples, double level) {
  std::vector<double> sorted;
  for (const double value : values) {
    if (!std::isnan(value)) sorted.push_back(value);
  }
  if (sorted.empty()) return {kNaN, 0, kNoValue, Interval::undefined(kNoValue)};
  std::ranges::sort(sorted);
  Estimate estimate{median_of_sorted(sorted), std::ssize(sorted), {}, {}};
  estimate.interval = sorted.size() < 2 ? Interval::undefined("fewer than two values to resample")
                                        : percentile_interval(resamples.medians(values), level);
  return estimate;
}

}  // namespace cupel
