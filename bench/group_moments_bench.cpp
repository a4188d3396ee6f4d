// Group sums of counts: 60 perturbations of 400 cells, or one control of 18,400, × 18,533 genes.
#include <benchmark/benchmark.h>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"
#include "support/random_cells.hpp"

namespace cupel::bench {
namespace {

const Cells& cells() {
  static const Cells made = random_cells(24000, 18533, 20000.0, 1);
  return made;
}

void moments(benchmark::State& state, const MomentRequest& request, std::int64_t group_size) {
  const ThreadLimit limit(static_cast<int>(state.range(0)));
  const auto backend = make_backend("cpu");
  const auto start = equal_groups(cells().row_begin.size(), group_size);
  const auto totals = backend->row_totals(cells().view(), InputType::kCounts);
  for (auto _ : state) {
    benchmark::DoNotOptimize(backend->group_moments(
        cells().view(), totals.view(), start, Linear{InputType::kCounts, 1e6, false}, request));
  }
  const auto stored = static_cast<double>(stored_values(cells()));
  state.counters["ns_per_value_and_core"] = benchmark::Counter(
      stored / static_cast<double>(state.range(0)) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void totals(benchmark::State& state) {
  const ThreadLimit limit(static_cast<int>(state.range(0)));
  const auto backend = make_backend("cpu");
  for (auto _ : state) {
    benchmark::DoNotOptimize(backend->row_totals(cells().view(), InputType::kCounts));
  }
}

constexpr MomentRequest kStored{true, false, false, false};
constexpr MomentRequest kTwo{true, true, false, false};
constexpr MomentRequest kAll{true, true, true, true};

BENCHMARK_CAPTURE(moments, stored, kStored, 400)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(moments, stored_linear, kTwo, 400)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(moments, all, kAll, 400)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK_CAPTURE(moments, all_control, kAll, 18400)->Arg(1)->Arg(2)->UseRealTime();
BENCHMARK(totals)->Arg(1)->Arg(2)->UseRealTime();

}  // namespace
}  // namespace cupel::bench
