// Resampled means of 300 perturbations × metrics: what a report with intervals costs.
#include <benchmark/benchmark.h>

#include <random>

#include "parallel/parallel.hpp"
#include "uncertainty/bootstrap.hpp"
#include "uncertainty/paired.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kPerturbations = 300;
constexpr std::int32_t kDraws = 10'000;

Matrix<double> scores(std::int64_t cols, bool gaps) {
  auto matrix = make_host_matrix<double>(kPerturbations, cols);
  std::mt19937_64 rng(1);
  std::normal_distribution<double> normal;
  for (std::int64_t i = 0; i < matrix.view().size(); ++i) {
    matrix.view().data[i] = gaps && rng() % 20 == 0 ? std::nan("") : normal(rng);
  }
  return matrix;
}

// Draws, means and intervals of every metric of every prediction.
void intervals(benchmark::State& state) {
  const ThreadLimit limit(static_cast<int>(state.range(1)));
  const auto values = scores(state.range(0), state.range(2) != 0);
  for (auto _ : state) {
    const Resamples resamples(kPerturbations, kDraws, 1);
    benchmark::DoNotOptimize(estimate_means(values.view(), resamples));
  }
}

// One prediction against another under every metric.
void comparisons(benchmark::State& state) {
  const ThreadLimit limit(static_cast<int>(state.range(1)));
  const auto first = scores(state.range(0), false);
  const auto second = scores(state.range(0), true);
  const Resamples resamples(kPerturbations, kDraws, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(compare_paired(first.view(), second.view(), resamples));
  }
}

BENCHMARK(intervals)
    ->ArgNames({"columns", "threads", "gaps"})
    ->Args({54, 1, 0})
    ->Args({54, 2, 0})
    ->Args({54, 2, 1})
    ->Args({540, 2, 0})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(comparisons)
    ->ArgNames({"metrics", "threads"})
    ->Args({54, 2})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cupel::bench
