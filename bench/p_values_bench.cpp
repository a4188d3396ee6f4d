// p and adjusted p of 300 perturbations × 18,533 genes, 400 cells each against 18,400.
#include <benchmark/benchmark.h>

#include <random>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kGroups = 300;
constexpr std::int64_t kGenes = 18533;
constexpr std::int64_t kCells = 400;
constexpr std::int64_t kControl = 18400;

// Most near their expectation, some far from it.
RankSums rank_sums() {
  RankSums sums{make_host_matrix<std::int64_t>(kGroups, kGenes),
                make_host_matrix<double>(kGroups, kGenes)};
  std::mt19937_64 rng(1);
  std::normal_distribution<double> z(0.0, 1.5);
  for (std::int64_t i = 0; i < kGroups * kGenes; ++i) {
    sums.two_u.view().data[i] =
        static_cast<std::int64_t>(double{kCells * kControl} * (1.0 + 0.028 * z(rng)));
    sums.ties.view().data[i] = 2.5e12;
  }
  return sums;
}

std::vector<std::int64_t> starts() {
  std::vector<std::int64_t> start;
  for (std::int64_t k = 0; k <= kGroups; ++k) start.push_back(k * kCells);
  return start;
}

void rank_sum_p_values(benchmark::State& state) {
  const ThreadLimit limit(static_cast<int>(state.range(0)));
  const auto backend = make_backend("cpu");
  const auto sums = rank_sums();
  const auto start = starts();
  for (auto _ : state) {
    benchmark::DoNotOptimize(backend->rank_sum_p_values(sums, start, kControl, true));
  }
}

void adjust_p_values(benchmark::State& state) {
  const ThreadLimit limit(static_cast<int>(state.range(0)));
  const auto backend = make_backend("cpu");
  const auto p = backend->rank_sum_p_values(rank_sums(), starts(), kControl, true);
  for (auto _ : state) benchmark::DoNotOptimize(backend->adjust_p_values(p.view()));
}

BENCHMARK(rank_sum_p_values)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK(adjust_p_values)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cupel::bench
