// Rank tests of counts: 60 perturbations of 400 cells against a control of 18,400 × 18,533 genes.
#include <benchmark/benchmark.h>

#include <numeric>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"
#include "support/random_cells.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kControl = 18400;
constexpr std::int64_t kGroups = 60;
constexpr std::int64_t kCells = 400;
constexpr std::int64_t kGenes = 18533;

struct Screen {
  Cells cells = random_cells(kControl + kGroups * kCells, kGenes, 20000.0, 1);
  Matrix<double> totals = make_host_matrix<double>(kControl + kGroups * kCells, 1);
  std::vector<std::int64_t> start = equal_groups(kGroups * kCells, kCells);
  std::vector<std::int32_t> genes = std::vector<std::int32_t>(kGenes);
  std::unique_ptr<Backend> backend = make_backend("cpu");

  Screen() {
    // A cell is drawn once and copied often; totals of their own keep copies from tying throughout.
    std::mt19937_64 rng(2);
    std::lognormal_distribution<double> library(std::log(20000.0), 0.4);
    for (std::int64_t row = 0; row < totals.rows(); ++row) {
      totals.view()(row, 0) = std::round(library(rng));
    }
    std::iota(genes.begin(), genes.end(), 0);
  }
  [[nodiscard]] CellsView control() const { return cells.view().slice(0, kControl); }
  [[nodiscard]] CellsView groups() const {
    return cells.view().slice(kControl, kControl + kGroups * kCells);
  }
  [[nodiscard]] MatrixView<const double> control_totals() const {
    return {totals.view().data, kControl, 1};
  }
  [[nodiscard]] MatrixView<const double> group_totals() const {
    return {totals.view().data + kControl, kGroups * kCells, 1};
  }
  [[nodiscard]] std::unique_ptr<RankReference> reference(RankValues values) const {
    return backend->make_rank_reference(control(), control_totals(), Linear{}, values, genes);
  }
};

const Screen& screen() {
  static const Screen made;
  return made;
}

void count_values(benchmark::State& state, const CellsView& cells) {
  const auto stored = static_cast<double>(
      std::accumulate(cells.row_length, cells.row_length + cells.rows, std::int64_t{0}));
  state.counters["ns_per_value_and_core"] = benchmark::Counter(
      stored / static_cast<double>(state.range(0)) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void make_rank_reference(benchmark::State& state, RankValues values) {
  const ThreadLimit limit(static_cast<int>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(screen().reference(values));
  count_values(state, screen().control());
}

void rank_sums(benchmark::State& state, RankValues values) {
  const ThreadLimit limit(static_cast<int>(state.range(0)));
  const auto reference = screen().reference(values);
  for (auto _ : state) {
    benchmark::DoNotOptimize(screen().backend->rank_sums(*reference, screen().groups(),
                                                         screen().group_totals(), screen().start));
  }
  count_values(state, screen().groups());
}

BENCHMARK_CAPTURE(make_rank_reference, f32_linear, RankValues::kF32Linear)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rank_sums, f32_linear, RankValues::kF32Linear)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(make_rank_reference, f64_log1p, RankValues::kF64Log1p)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(rank_sums, f64_log1p, RankValues::kF64Log1p)
    ->Arg(1)
    ->Arg(2)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace cupel::bench
