// Jackknife corrections of 60 perturbations of 400 cells × 18,533 genes.
#include <benchmark/benchmark.h>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"
#include "support/random_cells.hpp"

namespace cupel::bench {
namespace {

void corrections(benchmark::State& state) {
  static const Cells cells = random_cells(24000, 18533, 20000.0, 1);
  const ThreadLimit limit(static_cast<int>(state.range(1)));
  const auto backend = make_backend("cpu");
  const auto start = equal_groups(cells.row_begin.size(), state.range(0));
  const auto totals = backend->row_totals(cells.view(), InputType::kCounts);
  const auto sums = backend->group_moments(cells.view(), totals.view(), start, Linear{},
                                           {true, false, false, false});
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        backend->jackknife(cells.view(), totals.view(), start, sums.stored.view(), 5e4));
  }
  const auto stored = static_cast<double>(stored_values(cells));
  state.counters["ns_per_value_and_core"] = benchmark::Counter(
      stored / static_cast<double>(state.range(1)) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

BENCHMARK(corrections)
    ->ArgNames({"cells", "threads"})
    ->Args({400, 1})
    ->Args({400, 2})
    ->Args({20, 2})
    ->Args({18400, 2})
    ->UseRealTime();

}  // namespace
}  // namespace cupel::bench
