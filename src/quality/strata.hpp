#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cupel/matrix.hpp"
#include "cupel/metric.hpp"
#include "uncertainty/bootstrap.hpp"

// Scores by how strong a perturbation is (benchmarks.md 3.3): a mean over a wide screen mixes "can
// the model predict" with "is there anything to predict". Strata are made from the truth alone and
// are the same for all predictions.
namespace cupel::quality {

enum class Stratum : std::uint8_t { kNull, kWeak, kMedium, kStrong, kUnmeasured };
inline constexpr std::int32_t kStrata = 5;

[[nodiscard]] std::string_view stratum_name(Stratum stratum);

struct StratumRule {
  double alpha = 0.05;       // of the E-test's adjusted p-value
  double medium_from = 0.3;  // of the reliability r_full
  double strong_from = 0.6;
};

// Null: p_adj >= alpha. Else by reliability: weak below 0.3, medium below 0.6, strong from there.
// Unmeasured where there is no p-value, or no reliability to tell a significant effect's strength.
[[nodiscard]] Stratum stratum_of(double p_adj, double reliability, const StratumRule& rule = {});

// Bins of equal count by ascending strength, such as the number of DE genes: floor(place * bins /
// n) after a stable sort, so equal strengths may fall into neighbouring bins. NaN has no place: -1.
[[nodiscard]] std::vector<std::int32_t> equal_count_bins(std::span<const double> strength,
                                                         std::int32_t bins = 10);

struct StratumMeans {
  std::int64_t perturbations = 0;
  std::vector<Estimate> columns;
};

// Means of the columns (metrics of predictions) of perturbations × columns `scores` in each stratum
// 0 .. strata - 1, with intervals. Each stratum resamples its own perturbations, the same for all
// columns: series `options.series + stratum`. A negative stratum is left out.
[[nodiscard]] std::vector<StratumMeans> stratum_means(MatrixView<const double> scores,
                                                      std::span<const std::int32_t> stratum,
                                                      std::int32_t strata,
                                                      const BootstrapOptions& options = {});

}  // namespace cupel::quality
