// p and adjusted p of 300 perturbations × 18,533 genes.
#include <benchmark/benchmark.h>

#include <map>
#include <numeric>

#include "cupel/backend.hpp"
#include "support/backends.hpp"
#include "support/random_cells.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kGroups = 300;
constexpr std::int64_t kGenes = 18533;
constexpr std::int64_t kCells = 10;  // enough for p of every size between 0 and 1
constexpr std::int64_t kControl = 400;
constexpr std::int64_t kRows = kControl + kGroups * kCells;

// Rank sums where a backend computes, which only its rank test can make.
struct Tests {
  std::unique_ptr<Backend> backend;
  std::vector<std::int64_t> start = equal_groups(kGroups * kCells, kCells);
  RankSums sums;

  explicit Tests(const std::string& name) : backend(make_backend(name)) {
    const auto cells = backend->upload(random_cells(kRows, kGenes, 20000.0, 1));
    const auto view = cells.view();
    const auto totals = backend->row_totals(view, InputType::kCounts);
    const auto totals_from = [&](std::int64_t row, std::int64_t rows) {
      return MatrixView<const double>{totals.view().data + row, rows, 1, totals.space()};
    };
    std::vector<std::int32_t> genes(kGenes);
    std::iota(genes.begin(), genes.end(), 0);
    const auto reference = backend->make_rank_reference(
        view.slice(0, kControl), totals_from(0, kControl), Linear{}, RankValues::kF32Linear, genes);
    sums = backend->rank_sums(*reference, view.slice(kControl, kRows),
                              totals_from(kControl, kRows - kControl), start);
  }
  [[nodiscard]] Matrix<double> p_values() const {
    return backend->rank_sum_p_values(sums, start, kControl, true);
  }
};

const Tests& tests(const std::string& backend) {
  static std::map<std::string, Tests> made;
  return made.try_emplace(backend, backend).first->second;
}

[[maybe_unused]] const bool registered = [] {
  on_every_backend("rank_sum_p_values", [](benchmark::State& state, const std::string& backend) {
    const Tests& on = tests(backend);
    for (auto _ : state) {
      benchmark::DoNotOptimize(on.p_values());
      finish(*on.backend);
    }
  });
  on_every_backend("adjust_p_values", [](benchmark::State& state, const std::string& backend) {
    const Tests& on = tests(backend);
    const auto p = on.p_values();
    for (auto _ : state) {
      benchmark::DoNotOptimize(on.backend->adjust_p_values(p.view()));
      finish(*on.backend);
    }
  });
  return true;
}();

}  // namespace
}  // namespace cupel::bench
