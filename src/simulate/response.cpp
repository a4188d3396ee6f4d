#include "simulate/response.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "simulate/random.hpp"

namespace cupel::simulate {
namespace {

constexpr double kShareConfused = 0.3;
constexpr double kShrinkage = 0.7;
constexpr double kBlur = 0.3;

void apply_effects(std::span<const Effect> effects, std::span<double> profile) {
  for (const Effect& effect : effects) {
    profile[static_cast<std::size_t>(effect.gene)] *=
        std::exp(static_cast<double>(effect.log_fold_change));
  }
  const double total = std::accumulate(profile.begin(), profile.end(), 0.0);
  for (double& value : profile) value /= total;
}

// Whose effects each perturbation is answered with: a share of them in a circle, the rest its own.
std::vector<std::int32_t> confuse(std::int32_t n, std::uint64_t key) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::vector<std::int32_t> source = order;
  Random random(key);
  const auto confused = static_cast<std::int32_t>(std::lround(kShareConfused * n));
  for (std::int32_t i = 0; i < confused; ++i) {
    std::swap(order[static_cast<std::size_t>(i)],
              order[static_cast<std::size_t>(i + random.below(n - i))]);
  }
  for (std::int32_t i = 0; i < confused; ++i) {
    source[static_cast<std::size_t>(order[static_cast<std::size_t>(i)])] =
        order[static_cast<std::size_t>((i + 1) % confused)];
  }
  return source;
}

}  // namespace

Response true_response(const Truth& truth) { return {truth.baseline, truth.effects}; }

Response noisy_response(const Truth& truth, std::uint64_t seed) {
  Response response{truth.baseline, {}};
  const std::int32_t n = truth.n_perturbations();
  const auto source = confuse(n, stream_key(seed, Purpose::kCorruption));
  for (std::int32_t context = 0; context < truth.n_contexts; ++context) {
    for (std::int32_t perturbation = 0; perturbation < n; ++perturbation) {
      auto effects =
          truth.effects[truth.index(context, source[static_cast<std::size_t>(perturbation)])];
      Random random(stream_key(seed, Purpose::kCorruption, {context, perturbation}));
      for (Effect& effect : effects) {
        effect.log_fold_change = static_cast<float>(
            kShrinkage * static_cast<double>(effect.log_fold_change) + kBlur * random.normal());
      }
      response.effects.push_back(std::move(effects));
    }
  }
  return response;
}

Response mean_response(const Truth& truth) {
  Response response;
  for (std::int32_t context = 0; context < truth.n_contexts; ++context) {
    const auto& baseline = truth.baseline[static_cast<std::size_t>(context)];
    std::vector<double> mean(baseline.size());
    std::vector<double> profile(baseline.size());
    for (std::int32_t perturbation = 0; perturbation < truth.n_perturbations(); ++perturbation) {
      profile = baseline;
      apply_effects(truth.effects[truth.index(context, perturbation)], profile);
      for (std::size_t gene = 0; gene < mean.size(); ++gene) mean[gene] += profile[gene];
    }
    apply_effects({}, mean);
    response.common.push_back(std::move(mean));
  }
  return response;
}

Response no_response(const Truth& truth) { return {truth.baseline, {}}; }

void expected_profile(const Truth& truth, const Response& response, std::int32_t context,
                      std::int32_t perturbation, std::span<double> profile) {
  const auto& start = perturbation == kControl ? truth.baseline : response.common;
  std::ranges::copy(start[static_cast<std::size_t>(context)], profile.begin());
  if (perturbation != kControl && !response.effects.empty()) {
    apply_effects(response.effects[truth.index(context, perturbation)], profile);
  }
}

std::vector<std::int32_t> draw_derangement(std::int32_t n, std::uint64_t key) {
  // Sattolo's shuffle: one cycle through all, so nothing stays.
  std::vector<std::int32_t> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  Random random(key);
  for (std::int32_t i = n - 1; i > 0; --i) {
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(random.below(i))]);
  }
  return order;
}

}  // namespace cupel::simulate
