// Ranks of real profiles by distance from predicted ones, × 18,533 genes.
#include <benchmark/benchmark.h>

#include <numeric>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"
#include "support/random_effects.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kGenes = 18533;

void ranks(benchmark::State& state, ProfileDistance distance) {
  const ThreadLimit limit(static_cast<int>(state.range(1)));
  const auto backend = make_backend("cpu");
  const auto predicted = random_effects(state.range(0), kGenes, 1, 0.2);
  const auto real = random_effects(state.range(0), kGenes, 2, 0.2);
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
