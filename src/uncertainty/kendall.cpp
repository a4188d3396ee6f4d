#include "uncertainty/kendall.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cupel/nan.hpp"
#include "parallel/parallel.hpp"
#include "uncertainty/normal.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kTausAtOnce = 64;
constexpr std::string_view kTooFew = "fewer than two predictions have both values";
constexpr std::string_view kConstant = "a metric does not vary over the predictions";
constexpr std::string_view kNoContext = "no context has an agreement";

struct Point {
  double x;
  double y;
};

std::int64_t pairs_of(std::int64_t n) { return n * (n - 1) / 2; }

// Pairs in runs of equal neighbours.
template <typename Same>
std::int64_t tied_pairs(const std::vector<Point>& points, Same same) {
  std::int64_t pairs = 0;
  for (std::size_t begin = 0, end = 0; begin < points.size(); begin = end) {
    while (end < points.size() && same(points[begin], points[end])) ++end;
    pairs += pairs_of(static_cast<std::int64_t>(end - begin));
  }
  return pairs;
}

// Sorts by y and returns how many pairs stood in the wrong order.
std::int64_t sort_by_y(std::vector<Point>& points) {
  std::int64_t inversions = 0;
  std::vector<Point> merged(points.size());
  for (std::size_t width = 1; width < points.size(); width *= 2) {
    for (std::size_t begin = 0; begin < points.size(); begin += 2 * width) {
      const std::size_t middle = std::min(begin + width, points.size());
      const std::size_t end = std::min(middle + width, points.size());
      std::size_t left = begin;
      std::size_t right = middle;
      for (std::size_t at = begin; at < end; ++at) {
        const bool from_left = right == end || (left < middle && points[left].y <= points[right].y);
        if (!from_left) inversions += static_cast<std::int64_t>(middle - left);
        merged[at] = points[from_left ? left++ : right++];
      }
    }
    points.swap(merged);
  }
  return inversions;
}

double order_of(double a, double b) {
  return static_cast<double>(a > b) - static_cast<double>(a < b);
}

// Two rows of one comparison, and how each metric orders them.
struct Pair {
  std::int32_t first;  // predictions
  std::int32_t second;
  double x;
  double y;
};

// The pairs among the chosen rows. Those of one prediction in two contexts are there too.
std::vector<Pair> pairs_among(const AgreementRows& rows, const std::vector<std::size_t>& chosen) {
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const std::size_t a = chosen[i];
      const std::size_t b = chosen[j];
      pairs.push_back({rows.prediction[a], rows.prediction[b], order_of(rows.x[a], rows.x[b]),
                       order_of(rows.y[a], rows.y[b])});
    }
  }
  return pairs;
}

// tau-b where prediction p comes counts[p] times: copies of one row tie in both and drop out.
double resampled_tau(const std::vector<Pair>& pairs, std::span<const std::uint8_t> counts) {
  double agreement = 0.0;
  double differ_x = 0.0;
  double differ_y = 0.0;
  for (const Pair& pair : pairs) {
    const double times = static_cast<double>(counts[static_cast<std::size_t>(pair.first)]) *
                         static_cast<double>(counts[static_cast<std::size_t>(pair.second)]);
    agreement += times * pair.x * pair.y;
    differ_x += times * pair.x * pair.x;
    differ_y += times * pair.y * pair.y;
  }
  return agreement / std::sqrt(differ_x * differ_y);  // 0 / 0 where one does not vary
}

// What tau-b is made of, and how much of it goes with each prediction.
struct PairSums {
  double agreement = 0.0;
  double differ_x = 0.0;
  double differ_y = 0.0;

  void add(double x, double y) {
    agreement += x * y;
    differ_x += x * x;
    differ_y += y * y;
  }
  [[nodiscard]] double tau_without(const PairSums& one) const {
    return (agreement - one.agreement) /
           std::sqrt((differ_x - one.differ_x) * (differ_y - one.differ_y));
  }
};

// tau-b of the chosen rows with each prediction left out, before directions are turned; NaN where
// the others' do not vary.
std::vector<double> taus_without_each(const AgreementRows& rows,
                                      const std::vector<std::size_t>& chosen,
                                      std::int32_t n_predictions) {
  PairSums all;
  std::vector<PairSums> of(static_cast<std::size_t>(n_predictions));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const std::size_t a = chosen[i];
    const auto first = static_cast<std::size_t>(rows.prediction[a]);
    for (std::size_t j = 0; j < i; ++j) {
      const std::size_t b = chosen[j];
      const double x = order_of(rows.x[a], rows.x[b]);
      const double y = order_of(rows.y[a], rows.y[b]);
      const auto second = static_cast<std::size_t>(rows.prediction[b]);
      all.add(x, y);
      of[first].add(x, y);
      if (second != first) of[second].add(x, y);
    }
  }
  std::vector<double> taus;
  for (const PairSums& one : of) taus.push_back(all.tau_without(one));
  return taus;
}

constexpr std::string_view kTooFewToLeaveOut = "fewer than three predictions";
constexpr std::string_view kUnanimous = "all predictions agree, so none shows how this may vary";
constexpr std::string_view kHangsOnOne = "without one of the predictions there is no agreement";

// `without` has the statistic with each prediction left out, for those that have values.
Interval jackknife_interval(double tau, std::span<const double> without, double level) {
  const auto n = static_cast<double>(without.size());
  if (without.size() < 3) return Interval::undefined(kTooFewToLeaveOut);
  if (std::abs(tau) > 1.0 - 1e-12) return Interval::undefined(kUnanimous);
  double mean = 0.0;
  for (const double each : without) {
    if (std::isnan(each)) return Interval::undefined(kHangsOnOne);
    mean += each / n;
  }
  double squares = 0.0;
  for (const double each : without) squares += (each - mean) * (each - mean);
  const double error = std::sqrt(squares * (n - 1.0) / n);
  const double t = student_quantile(0.5 + level / 2.0, std::ssize(without) - 1);
  const double reach = t * error / (1.0 - tau * tau);
  return Interval::of(std::tanh(std::atanh(tau) - reach), std::tanh(std::atanh(tau) + reach));
}

std::vector<double> picked(std::span<const double> values, const std::vector<std::size_t>& chosen) {
  std::vector<double> result;
  for (const std::size_t row : chosen) result.push_back(values[row]);
  return result;
}

}  // namespace

Score kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (!std::isnan(x[i]) && !std::isnan(y[i])) points.push_back({x[i], y[i]});
  }
  if (points.size() < 2) return Score::undefined(kTooFew);
  std::ranges::sort(
      points, [](const Point& a, const Point& b) { return a.x != b.x ? a.x < b.x : a.y < b.y; });
  const auto pairs = pairs_of(std::ssize(points));
  const auto tied_x = tied_pairs(points, [](auto& a, auto& b) { return a.x == b.x; });
  const auto tied_both =
      tied_pairs(points, [](auto& a, auto& b) { return a.x == b.x && a.y == b.y; });
  const auto discordant = sort_by_y(points);
  const auto tied_y = tied_pairs(points, [](auto& a, auto& b) { return a.y == b.y; });
  if (tied_x == pairs || tied_y == pairs) return Score::undefined(kConstant);
  const auto agreement = pairs - tied_x - tied_y + tied_both - 2 * discordant;
  return Score::of(static_cast<double>(agreement) / std::sqrt(static_cast<double>(pairs - tied_x) *
                                                              static_cast<double>(pairs - tied_y)));
}

double kendall_distance(double tau, std::int64_t n) {
  return (1.0 - tau) * static_cast<double>(n) * static_cast<double>(n - 1) / 4.0;
}

namespace {

// Rows with both values, all of them and by context, and what they say without an interval.
struct Agreed {
  double turn;  // -1 where the metrics' better directions differ
  std::vector<std::size_t> all;
  std::vector<std::vector<std::size_t>> of_context;
  MetricAgreement result;
};

Agreed agreed(const AgreementRows& rows, std::int32_t n_contexts) {
  Agreed found;
  found.turn = (rows.x_better == Better::kLower) == (rows.y_better == Better::kLower) ? 1.0 : -1.0;
  found.of_context.resize(static_cast<std::size_t>(n_contexts));
  const auto tau_of = [&](const std::vector<std::size_t>& chosen) {
    Score tau = kendall_tau_b(picked(rows.x, chosen), picked(rows.y, chosen));
    tau.value *= found.turn;
    return tau;
  };
  for (std::size_t row = 0; row < rows.x.size(); ++row) {
    if (std::isnan(rows.x[row]) || std::isnan(rows.y[row])) continue;
    found.all.push_back(row);
    found.of_context[static_cast<std::size_t>(rows.context[row])].push_back(row);
  }
  auto& result = found.result;
  result.pooled = tau_of(found.all);
  result.n = std::ssize(found.all);
  double sum = 0.0;
  for (const auto& chosen : found.of_context) {
    result.by_context.push_back({tau_of(chosen), std::ssize(chosen)});
    if (!result.by_context.back().tau.defined()) continue;
    sum += result.by_context.back().tau.value;
    ++result.contexts;
  }
  result.within = result.contexts > 0 ? Score::of(sum / static_cast<double>(result.contexts))
                                      : Score::undefined(kNoContext);
  return found;
}

}  // namespace

MetricAgreement metric_agreement(const AgreementRows& rows, std::int32_t n_contexts,
                                 const Resamples& predictions, double level) {
  const Agreed found = agreed(rows, n_contexts);
  const auto& [turn, all, of_context, points] = found;
  MetricAgreement result = points;
  const auto all_pairs = pairs_among(rows, all);
  std::vector<std::vector<Pair>> context_pairs;
  for (const auto& chosen : of_context) context_pairs.push_back(pairs_among(rows, chosen));
  std::vector<double> pooled(static_cast<std::size_t>(predictions.draws()));
  std::vector<double> within(pooled.size());
  for_each_chunk(predictions.draws(), kTausAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t draw = begin; draw < end; ++draw) {
      const auto counts = predictions.counts(draw);
      pooled[static_cast<std::size_t>(draw)] = turn * resampled_tau(all_pairs, counts);
      double taus = 0.0;
      double defined = 0.0;
      for (const auto& pairs : context_pairs) {
        const double tau = resampled_tau(pairs, counts);
        if (std::isnan(tau)) continue;
        taus += tau;
        defined += 1.0;
      }
      within[static_cast<std::size_t>(draw)] = defined > 0.0 ? turn * taus / defined : kNaN;
    }
  });
  result.pooled_interval = result.pooled.defined()
                               ? percentile_interval(pooled, level)
                               : Interval::undefined(result.pooled.undefined_because);
  result.within_interval = result.within.defined()
                               ? percentile_interval(within, level)
                               : Interval::undefined(result.within.undefined_because);
  return result;
}

MetricAgreement metric_agreement(const AgreementRows& rows, std::int32_t n_contexts,
                                 std::int32_t n_predictions, double level) {
  const Agreed found = agreed(rows, n_contexts);
  const auto& [turn, all, of_context, points] = found;
  MetricAgreement result = points;
  const auto n = static_cast<std::size_t>(n_predictions);
  std::vector<bool> present(n, false);
  for (const std::size_t row : all) present[static_cast<std::size_t>(rows.prediction[row])] = true;
  const auto of_present = [&](const std::vector<double>& taus) {
    std::vector<double> kept;
    for (std::size_t p = 0; p < n; ++p) {
      if (present[p]) kept.push_back(turn * taus[p]);
    }
    return kept;
  };
  const auto pooled = of_present(taus_without_each(rows, all, n_predictions));
  std::vector<double> sums(n, 0.0);
  std::vector<double> defined(n, 0.0);
  for (const auto& chosen : of_context) {
    const auto taus = taus_without_each(rows, chosen, n_predictions);
    for (std::size_t p = 0; p < n; ++p) {
      if (std::isnan(taus[p])) continue;
      sums[p] += taus[p];
      defined[p] += 1.0;
    }
  }
  for (std::size_t p = 0; p < n; ++p) sums[p] /= defined[p];  // 0 / 0 where no context is left
  const auto within = of_present(sums);
  result.pooled_interval = result.pooled.defined()
                               ? jackknife_interval(result.pooled.value, pooled, level)
                               : Interval::undefined(result.pooled.undefined_because);
  result.within_interval = result.within.defined()
                               ? jackknife_interval(result.within.value, within, level)
                               : Interval::undefined(result.within.undefined_because);
  return result;
}

}  // namespace cupel
