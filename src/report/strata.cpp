#include "report/strata.hpp"

#include <cmath>

#include "cupel/nan.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kStrataDrawsAtOnce = 64;
constexpr std::string_view kNoStratumValue = "no perturbation has a value";
constexpr std::string_view kNoWeight = "the weights do not add up to something positive";

Matrix<double> draws_of(Columns& columns, const Resamples& resamples) {
  const bool ratio = columns.below.rows() > 0;
  if (ratio) {
    const auto above = columns.above.view();
    const auto below = columns.below.view();
    for (std::int64_t i = 0; i < above.size(); ++i) {
      if (std::isnan(above.data[i]) || std::isnan(below.data[i])) {
        above.data[i] = kNaN;
        below.data[i] = kNaN;
      }
    }
  }
  auto draws = resamples.means(std::as_const(columns.above).view());
  if (ratio) {
    const auto below = resamples.means(std::as_const(columns.below).view());
    const auto out = draws.view();
    for (std::int64_t i = 0; i < out.size(); ++i) {
      const double weight = below.view().data[i];
      out.data[i] = weight > 0.0 ? out.data[i] / weight : kNaN;
    }
  }
  return draws;
}

}  // namespace

Strata::Strata(std::vector<Columns> contexts, std::span<const Resamples> resamples)
    : contexts_(std::move(contexts)) {
  for (std::size_t c = 0; c < contexts_.size(); ++c) {
    draws_.push_back(draws_of(contexts_[c], resamples[c]));
  }
}

Matrix<double> Strata::draws(Scope scope) const {
  const auto& first = draws_[scope[0]];
  auto mean = make_host_matrix<double>(first.rows(), first.cols());
  const auto out = mean.view();
  for_each_chunk(out.rows, kStrataDrawsAtOnce, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin * out.cols; i < end * out.cols; ++i) {
      double sum = 0.0;
      for (const std::size_t c : scope) sum += draws_[c].view().data[i];
      out.data[i] = sum / static_cast<double>(scope.size());
    }
  });
  return mean;
}

double Strata::divisor(std::size_t context, std::int64_t column) const {
  const auto above = contexts_[context].above.view();
  const auto below = contexts_[context].below.view();
  double sum = 0.0;
  for (std::int64_t row = 0; row < above.rows; ++row) {
    if (!std::isnan(above(row, column))) sum += below.rows > 0 ? below(row, column) : 1.0;
  }
  return sum;
}

std::vector<double> Strata::parts(Scope scope, std::int64_t column) const {
  std::vector<double> parts;
  for (const std::size_t c : scope) {
    const double scale = divisor(c, column) * static_cast<double>(scope.size());
    const auto above = contexts_[c].above.view();
    for (std::int64_t row = 0; row < above.rows; ++row) {
      parts.push_back(above(row, column) / scale);
    }
  }
  return parts;
}

Estimate Strata::estimate(Scope scope, std::int64_t column, MatrixView<const double> draws,
                          const IntervalOptions& options) const {
  Estimate estimate{0.0, 0, {}, {}};
  std::vector<double> influence;
  std::vector<std::int64_t> sizes;
  const auto contexts = static_cast<double>(scope.size());
  for (const std::size_t c : scope) {
    const auto above = contexts_[c].above.view();
    const auto below = contexts_[c].below.view();
    double sum = 0.0;
    std::int64_t n = 0;
    for (std::int64_t row = 0; row < above.rows; ++row) {
      if (std::isnan(above(row, column))) continue;
      sum += above(row, column);
      ++n;
    }
    const double weight = divisor(c, column);
    const auto refused = n == 0            ? kNoStratumValue
                         : !(weight > 0.0) ? kNoWeight
                                           : std::string_view{};
    if (!refused.empty()) {
      return {kNaN, estimate.n + n, refused, Interval::undefined(refused)};
    }
    const double value = sum / weight;
    estimate.value += value / contexts;
    estimate.n += n;
    sizes.push_back(n);
    for (std::int64_t row = 0; row < above.rows; ++row) {
      if (std::isnan(above(row, column))) continue;
      const double share = below.rows > 0 ? below(row, column) : 1.0;
      influence.push_back((above(row, column) - value * share) / (weight * contexts));
    }
  }
  std::vector<double> drawn(static_cast<std::size_t>(draws.rows));
  for (std::int64_t draw = 0; draw < draws.rows; ++draw) {
    drawn[static_cast<std::size_t>(draw)] = draws(draw, column);
  }
  estimate.interval = stratified_interval(drawn, estimate.value, influence, sizes, options);
  return estimate;
}

}  // namespace cupel
