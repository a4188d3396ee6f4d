// Rank tests of counts: 60 perturbations of 400 cells against a control of 18,400 × 18,533 genes.
#include <benchmark/benchmark.h>

#include <map>
#include <numeric>
#include <utility>

#include "cupel/backend.hpp"
#include "support/backends.hpp"
#include "support/random_cells.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kControl = 18400;
constexpr std::int64_t kGroups = 60;
constexpr std::int64_t kCells = 400;
constexpr std::int64_t kRows = kControl + kGroups * kCells;
constexpr std::int64_t kGenes = 18533;

// The screen where a backend computes.
struct Screen {
  std::unique_ptr<Backend> backend;
  Cells cells;
  Matrix<double> totals;
  double control_values = 0.0;
  double group_values = 0.0;
  std::vector<std::int64_t> start = equal_groups(kGroups * kCells, kCells);
  std::vector<std::int32_t> genes = std::vector<std::int32_t>(kGenes);

  explicit Screen(const std::string& name) : backend(make_backend(name)) {
    auto host = random_cells(kRows, kGenes, 20000.0, 1);
    const auto* length = host.row_length.data();
    control_values = std::accumulate(length, length + kControl, 0.0);
    group_values = std::accumulate(length + kControl, length + kRows, 0.0);
    cells = backend->upload(std::move(host));
    // A cell is drawn once and copied often; totals of their own keep copies from tying throughout.
    std::mt19937_64 rng(2);
    std::lognormal_distribution<double> library(std::log(20000.0), 0.4);
    auto drawn = make_host_matrix<double>(kRows, 1);
    for (std::int64_t row = 0; row < kRows; ++row) drawn.view()(row, 0) = std::round(library(rng));
    totals = backend->upload(drawn.view());
    std::iota(genes.begin(), genes.end(), 0);
  }
  [[nodiscard]] CellsView groups() const { return cells.view().slice(kControl, kRows); }
  [[nodiscard]] MatrixView<const double> group_totals() const {
    return {totals.view().data + kControl, kGroups * kCells, 1, totals.space()};
  }
  [[nodiscard]] std::unique_ptr<RankReference> reference(RankValues values) const {
    return backend->make_rank_reference(cells.view().slice(0, kControl),
                                        {totals.view().data, kControl, 1, totals.space()}, Linear{},
                                        values, genes);
  }
};

const Screen& screen(const std::string& backend) {
  static std::map<std::string, Screen> made;
  return made.try_emplace(backend, backend).first->second;
}

void count_values(benchmark::State& state, double values) {
  state.counters["ns_per_value_and_core"] = benchmark::Counter(
      values / static_cast<double>(state.range(0)) * 1e-9,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

[[maybe_unused]] const bool registered = [] {
  for (const auto& [name, values] : {std::pair{"f32_linear", RankValues::kF32Linear},
                                     std::pair{"f64_log1p", RankValues::kF64Log1p}}) {
    on_every_backend(std::string("make_rank_reference/") + name,
                     [values](benchmark::State& state, const std::string& backend) {
                       const Screen& on = screen(backend);
                       for (auto _ : state) {
                         benchmark::DoNotOptimize(on.reference(values));
                         finish(*on.backend);
                       }
                       count_values(state, on.control_values);
                     });
    on_every_backend(std::string("rank_sums/") + name,
                     [values](benchmark::State& state, const std::string& backend) {
                       const Screen& on = screen(backend);
                       const auto reference = on.reference(values);
                       for (auto _ : state) {
                         benchmark::DoNotOptimize(on.backend->rank_sums(
                             *reference, on.groups(), on.group_totals(), on.start));
                         finish(*on.backend);
                       }
                       count_values(state, on.group_values);
                     });
  }
  return true;
}();

}  // namespace
}  // namespace cupel::bench
