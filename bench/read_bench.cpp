// Reads a whole .h5ad into Cells: the file that CUPEL_BENCH_FILE names (warm in the page cache).
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <numeric>
#include <vector>

#include "io/h5ad_screen.hpp"
#include "parallel/parallel.hpp"

namespace {

void read_h5ad(benchmark::State& state) {
  const char* path = std::getenv("CUPEL_BENCH_FILE");
  if (path == nullptr) {
    state.SkipWithError("set CUPEL_BENCH_FILE to an .h5ad");
    return;
  }
  const cupel::ThreadLimit limit(static_cast<int>(state.range(0)));
  double entries = 0;
  for (auto unused : state) {
    const auto screen = cupel::io::open_h5ad(path);
    std::vector<std::int64_t> rows(static_cast<std::size_t>(screen->n_cells()));
    std::iota(rows.begin(), rows.end(), 0);
    const auto loaded = screen->read(rows);
    benchmark::DoNotOptimize(loaded.row_key.data());
    for (std::int64_t row = 0; row < loaded.cells.row_length.size(); ++row) {
      entries += loaded.cells.row_length.data()[row];
    }
  }
  state.counters["entries/s"] = benchmark::Counter(entries, benchmark::Counter::kIsRate);
}

void open_h5ad(benchmark::State& state) {
  const char* path = std::getenv("CUPEL_BENCH_FILE");
  if (path == nullptr) {
    state.SkipWithError("set CUPEL_BENCH_FILE to an .h5ad");
    return;
  }
  for (auto unused : state) {
    const auto screen = cupel::io::open_h5ad(path);
    benchmark::DoNotOptimize(screen->cell_names().data());
  }
}

BENCHMARK(read_h5ad)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(0)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MinTime(3);
BENCHMARK(open_h5ad)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
