#include "quality/identity.hpp"

#include <algorithm>
#include <cmath>

#include "quality/reasons.hpp"
#include "uncertainty/interval.hpp"

namespace cupel::quality {

Score identity_share(double no_change, double chance, double perfect) {
  if (std::isnan(no_change)) return Score::undefined(reasons::kNoChange);
  if (!std::isfinite(chance) || !std::isfinite(perfect) || chance == perfect) {
    return Score::undefined(reasons::kNoIdentityRange);
  }
  return Score::of((no_change - chance) / (perfect - chance));
}

Score flat_profile_mse(Row truth) {
  if (truth.empty()) return Score::undefined(reasons::kNoGenes);
  const auto n = static_cast<double>(truth.size());
  double sum = 0.0;
  for (const double value : truth) sum += value;
  const double mean = sum / n;
  double squares = 0.0;
  for (const double value : truth) squares += (value - mean) * (value - mean);
  return checked(squares / n);
}

IdentityCheck check_identity(std::span<const Score> shares, double threshold) {
  auto values = values_of(shares);
  std::erase_if(values, [](double share) { return std::isnan(share); });
  std::ranges::sort(values);
  const double median = sorted_quantile(values, 0.5);
  return {median >= threshold, median, std::ssize(values)};
}

}  // namespace cupel::quality
