// Ranks of real profiles by distance from predicted ones, × 18,533 genes.
#include <benchmark/benchmark.h>

#include <numeric>
#include <random>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kGenes = 18533;

// Effects that share a direction and differ in strength, as perturbation screens do.
Matrix<double> effects(std::int64_t rows, std::uint64_t seed, double noise) {
  auto matrix = make_host_matrix<double>(rows, kGenes);
  std::mt19937_64 shared_rng(7);
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal;
  std::vector<double> shared(kGenes);
  for (double& value : shared) value = 0.3 * normal(shared_rng);
  for (std::int64_t row = 0; row < rows; ++row) {
    const double strength = 0.5 + 0.1 * normal(rng);
    for (std::int64_t gene = 0; gene < kGenes; ++gene) {
      matrix.view()(row, gene) = strength * shared[static_cast<std::size_t>(gene)] +
                                 noise * static_cast<double>(rng() % 1000) * 1e-3;
    }
  }
  return matrix;
}

void ranks(benchmark::State& state, ProfileDistance distance) {
  const ThreadLimit limit(static_cast<int>(state.range(1)));
  const auto backend = make_backend("cpu");
  const auto predicted = effects(state.range(0), 1, 0.2);
  const auto real = effects(state.range(0), 2, 0.2);
  std::vector<std::int32_t> match(static_cast<std::size_t>(state.range(0)));
  std::iota(match.begin(), match.end(), 0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        backend->profile_ranks(predicted.view(), real.view(), match, {}, distance));
  }
  const auto terms = static_cast<double>(state.range(0) * state.range(0) * kGenes);
  state.counters["terms"] =
      benchmark::Counter(terms, benchmark::Counter::kIsIterationInvariantRate);
}

BENCHMARK_CAPTURE(ranks, l1, ProfileDistance::kL1)
    ->ArgNames({"profiles", "threads"})
    ->Args({300, 2})
    ->Args({1500, 1})
    ->Args({1500, 2})
    ->Args({5000, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ranks, l2, ProfileDistance::kL2)
    ->ArgNames({"profiles", "threads"})
    ->Args({300, 2})
    ->Args({1500, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(ranks, cosine, ProfileDistance::kCosine)
    ->ArgNames({"profiles", "threads"})
    ->Args({300, 2})
    ->Args({1500, 1})
    ->Args({1500, 2})
    ->Args({5000, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cupel::bench
