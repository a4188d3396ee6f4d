#include "quality/strata.hpp"

#include <algorithm>
#include <cmath>

namespace cupel::quality {

std::string_view stratum_name(Stratum stratum) {
  switch (stratum) {
    case Stratum::kNull:
      return "null";
    case Stratum::kWeak:
      return "weak";
    case Stratum::kMedium:
      return "medium";
    case Stratum::kStrong:
      return "strong";
    case Stratum::kUnmeasured:
      break;
  }
  return "unmeasured";
}

Stratum stratum_of(double p_adj, double reliability, const StratumRule& rule) {
  if (std::isnan(p_adj)) return Stratum::kUnmeasured;
  if (p_adj >= rule.alpha) return Stratum::kNull;
  if (std::isnan(reliability)) return Stratum::kUnmeasured;
  if (reliability < rule.medium_from) return Stratum::kWeak;
  return reliability < rule.strong_from ? Stratum::kMedium : Stratum::kStrong;
}

std::vector<std::int32_t> equal_count_bins(std::span<const double> strength, std::int32_t bins) {
  std::vector<std::size_t> order;
  for (std::size_t p = 0; p < strength.size(); ++p) {
    if (!std::isnan(strength[p])) order.push_back(p);
  }
  std::ranges::stable_sort(order, {}, [&](std::size_t p) { return strength[p]; });
  std::vector<std::int32_t> bin(strength.size(), -1);
  for (std::size_t place = 0; place < order.size(); ++place) {
    bin[order[place]] =
        static_cast<std::int32_t>(place * static_cast<std::size_t>(bins) / order.size());
  }
  return bin;
}

std::vector<StratumMeans> stratum_means(MatrixView<const double> scores,
                                        std::span<const std::int32_t> stratum, std::int32_t strata,
                                        const BootstrapOptions& options) {
  std::vector<StratumMeans> result;
  for (std::int32_t s = 0; s < strata; ++s) {
    const auto n = std::ranges::count(stratum, s);
    auto members = make_host_matrix<double>(n, scores.cols);
    double* to = members.view().data;
    for (std::int64_t row = 0; row < scores.rows; ++row) {
      if (stratum[static_cast<std::size_t>(row)] != s) continue;
      to = std::copy(scores.row(row), scores.row(row) + scores.cols, to);
    }
    const Resamples resamples(n, options.draws, options.seed,
                              options.series + static_cast<std::uint32_t>(s));
    result.push_back({n, estimate_means(members.view(), resamples, options.interval)});
  }
  return result;
}

}  // namespace cupel::quality
