#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cupel/matrix.hpp"
#include "uncertainty/interval.hpp"

// Resampling of perturbations: what would the result have been had others been measured?
namespace cupel {

struct BootstrapOptions {
  std::int32_t draws = 10'000;
  std::uint64_t seed = 0;    // reported with the result
  std::uint32_t series = 0;  // sets of perturbations that are resampled apart have one each
  IntervalOptions interval{};
};

// How often each of n perturbations comes in each of the draws of n with replacement. All metrics
// and all predictions are averaged over the same draws, so their differences and ranks are paired.
// Draw k depends on (seed, series, n, k) alone.
class Resamples {
 public:
  Resamples(std::int64_t perturbations, std::int32_t draws, std::uint64_t seed,
            std::uint32_t series = 0);
  Resamples(std::int64_t perturbations, const BootstrapOptions& options)
      : Resamples(perturbations, options.draws, options.seed, options.series) {}

  [[nodiscard]] std::int64_t perturbations() const noexcept { return perturbations_; }
  [[nodiscard]] std::int64_t draws() const noexcept { return draws_; }
  // One count per perturbation; they add up to the number of perturbations.
  [[nodiscard]] std::span<const std::uint8_t> counts(std::int64_t draw) const {
    return {counts_.data() + draw * perturbations_, static_cast<std::size_t>(perturbations_)};
  }

  // Means of each column (a metric of a prediction) of a perturbations × columns matrix in the
  // host's space, for every draw: draws × columns. NaN is skipped, as in the aggregate; a draw that
  // has nothing else gives NaN. Values are summed as differences from the column's first value, so
  // a column that does not vary has that value in every draw.
  [[nodiscard]] Matrix<double> means(MatrixView<const double> values) const;

  // Sum of `numerator` over sum of `denominator` for every draw: weighted means, and metrics that
  // are defined by their aggregate alone. Rows with a NaN in either are skipped; NaN where the
  // denominators do not add up to something positive.
  [[nodiscard]] std::vector<double> ratios(std::span<const double> numerator,
                                           std::span<const double> denominator) const;

  // Median of the values that are not NaN for every draw.
  [[nodiscard]] std::vector<double> medians(std::span<const double> values) const;

 private:
  std::int64_t perturbations_;
  std::int64_t draws_;
  std::vector<std::uint8_t> counts_;  // draws × perturbations
};

// A statistic of n perturbations and what resampling says about it.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::int64_t n = 0;  // perturbations that have a value
  std::string_view undefined_because{};
  Interval interval{};
};

// Mean of each column and its interval.
[[nodiscard]] std::vector<Estimate> estimate_means(MatrixView<const double> values,
                                                   const Resamples& resamples,
                                                   const IntervalOptions& options = {});

// The same where the draws are at hand already (column `column` of Resamples::means).
[[nodiscard]] Estimate estimate_mean(std::span<const double> values,
                                     MatrixView<const double> draw_means, std::int64_t column,
                                     const IntervalOptions& options = {});

// Sum of `numerator` over sum of `denominator`; n counts rows that have both.
[[nodiscard]] Estimate estimate_ratio(std::span<const double> numerator,
                                      std::span<const double> denominator,
                                      const Resamples& resamples,
                                      const IntervalOptions& options = {});

// Median, with the percentile interval: it has no smooth influence to correct by.
[[nodiscard]] Estimate estimate_median(std::span<const double> values, const Resamples& resamples,
                                       double level = 0.95);

}  // namespace cupel
