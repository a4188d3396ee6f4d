#include "simulate/truth.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <utility>

#include "parallel/parallel.hpp"
#include "simulate/random.hpp"

namespace cupel::simulate {
namespace {

constexpr double kEffectSpread = 0.7;
// Of log means and of log fold changes, between any two contexts.
constexpr double kContextCorrelation = 0.8;
// Targets are drawn among genes with at least so many counts in a median cell, so that a knockdown
// can be seen.
constexpr double kLeastTargetMean = 1.0;

// What two contexts share and what is one's own: two such blends correlate by kContextCorrelation.
double blend(double shared, double own) {
  return std::sqrt(kContextCorrelation) * shared + std::sqrt(1.0 - kContextCorrelation) * own;
}

std::vector<double> draw_normals(std::uint64_t key, std::int64_t n) {
  Random random(key);
  std::vector<double> z(static_cast<std::size_t>(n));
  for (double& value : z) value = random.normal();
  return z;
}

std::vector<double> make_baseline(const Preset& preset, std::int32_t context,
                                  std::int32_t n_contexts, std::uint64_t seed) {
  auto z = draw_normals(stream_key(seed, Purpose::kBaseline), preset.n_genes);
  if (n_contexts > 1) {
    const auto own =
        draw_normals(stream_key(seed, Purpose::kContextBaseline, {context}), preset.n_genes);
    for (std::size_t gene = 0; gene < z.size(); ++gene) {
      z[gene] = blend(z[gene], own[gene]);
    }
  }
  for (double& value : z) value = std::exp(preset.sigma * value);
  const double total = std::accumulate(z.begin(), z.end(), 0.0);
  for (double& value : z) value /= total;
  return z;
}

// Ascending numbers of the target genes; numbers from n_genes on are genes that are not measured.
std::vector<std::int32_t> choose_targets(const Preset& preset, std::span<const double> baseline,
                                         std::uint64_t seed) {
  std::vector<std::int32_t> genes(baseline.size());
  std::iota(genes.begin(), genes.end(), 0);
  const auto mean = [&](std::int32_t gene) { return baseline[static_cast<std::size_t>(gene)]; };
  std::ranges::stable_sort(genes, std::ranges::greater{}, mean);
  const auto expressed =
      std::distance(genes.begin(), std::ranges::find_if(genes, [&](std::int32_t gene) {
                      return mean(gene) * preset.depth < kLeastTargetMean;
                    }));
  const std::int32_t wanted = preset.n_perturbations;
  if (expressed >= wanted) {
    Random random(stream_key(seed, Purpose::kTargets));
    for (std::int32_t i = 0; i < wanted; ++i) {
      std::swap(genes[static_cast<std::size_t>(i)],
                genes[static_cast<std::size_t>(i + random.below(expressed - i))]);
    }
  }
  while (static_cast<std::int32_t>(genes.size()) < wanted) {
    genes.push_back(static_cast<std::int32_t>(genes.size()));
  }
  genes.resize(static_cast<std::size_t>(wanted));
  std::ranges::sort(genes);
  return genes;
}

// Distinct genes, the target first when it is measured.
std::vector<std::int32_t> choose_genes(Random& random, std::int32_t target, std::int32_t n_genes,
                                       std::int32_t n) {
  std::vector<std::int32_t> genes;
  std::vector<bool> taken(static_cast<std::size_t>(n_genes));
  const auto take = [&](std::int32_t gene) {
    if (taken[static_cast<std::size_t>(gene)]) return;
    taken[static_cast<std::size_t>(gene)] = true;
    genes.push_back(gene);
  };
  if (target >= 0) take(target);
  while (static_cast<std::int32_t>(genes.size()) < n) {
    take(static_cast<std::int32_t>(random.below(n_genes)));
  }
  return genes;
}

std::vector<Effect> draw_effects(const Preset& preset, const Truth& truth, std::int32_t context,
                                 std::int32_t perturbation, std::uint64_t seed) {
  Random shared(stream_key(seed, Purpose::kEffects, {perturbation}));
  Random own(stream_key(seed, Purpose::kContextEffects, {context, perturbation}));
  const std::int32_t target = truth.target_gene[static_cast<std::size_t>(perturbation)];
  std::vector<Effect> effects;
  for (const std::int32_t gene : choose_genes(shared, target, preset.n_genes, preset.effects)) {
    double change = kEffectSpread * shared.normal();
    if (truth.n_contexts > 1) {
      change = blend(change, kEffectSpread * own.normal());
    }
    // A knocked-down gene keeps 8 to 22 % of its expression.
    if (gene == target) change = -2.0 + 0.5 * (2.0 * shared.uniform() - 1.0);
    effects.push_back({gene, static_cast<float>(change)});
  }
  std::ranges::sort(effects, {}, &Effect::gene);
  return effects;
}

}  // namespace

Truth make_truth(const Preset& preset, std::int32_t n_contexts, std::uint64_t seed) {
  Truth truth;
  truth.n_contexts = n_contexts;
  truth.depth = preset.depth;
  for (std::int32_t context = 0; context < n_contexts; ++context) {
    truth.baseline.push_back(make_baseline(preset, context, n_contexts, seed));
  }
  const auto targets = choose_targets(preset, truth.baseline[0], seed);
  const std::int32_t n_named = std::max(preset.n_genes, targets.back() + 1);
  const auto width = fmt::formatted_size("{}", n_named);
  const auto name = [&](std::int32_t gene) { return fmt::format("GENE{:0{}}", gene + 1, width); };
  for (std::int32_t gene = 0; gene < preset.n_genes; ++gene) truth.genes.push_back(name(gene));
  for (const std::int32_t target : targets) {
    truth.perturbations.push_back(name(target));
    truth.target_gene.push_back(target < preset.n_genes ? target : -1);
  }
  const std::int32_t n_perturbations = truth.n_perturbations();
  truth.effects.resize(static_cast<std::size_t>(n_contexts) * targets.size());
  for_each_chunk(static_cast<std::int64_t>(truth.effects.size()), 16,
                 [&](std::int64_t begin, std::int64_t end) {
                   for (std::int64_t i = begin; i < end; ++i) {
                     truth.effects[static_cast<std::size_t>(i)] =
                         draw_effects(preset, truth, static_cast<std::int32_t>(i / n_perturbations),
                                      static_cast<std::int32_t>(i % n_perturbations), seed);
                   }
                 });
  return truth;
}

std::string context_name(std::int32_t context) { return fmt::format("line_{}", context + 1); }

}  // namespace cupel::simulate
