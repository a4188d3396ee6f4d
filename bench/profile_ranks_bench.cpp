// Ranks of real profiles by distance from predicted ones, × 18,533 genes.
#include <benchmark/benchmark.h>

#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"
#include "support/backends.hpp"

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

void ranks(benchmark::State& state, const std::string& device, ProfileDistance distance) {
  const ThreadLimit limit(static_cast<int>(state.range(1)));
  const auto backend = make_backend(device);
  const auto predicted = backend->upload(effects(state.range(0), 1, 0.2).view());
  const auto real = backend->upload(effects(state.range(0), 2, 0.2).view());
  std::vector<std::int32_t> match(static_cast<std::size_t>(state.range(0)));
  std::iota(match.begin(), match.end(), 0);
  finish(*backend, real);
  for (auto _ : state) {
    const auto result = backend->profile_ranks(predicted.view(), real.view(), match, {}, distance);
    std::int32_t first = 0;  // waits for a device
    backend->download({result.nearer.view().data, 1, 1, result.nearer.space()},
                      std::span(&first, 1));
    benchmark::DoNotOptimize(first);
  }
  const auto terms = static_cast<double>(state.range(0) * state.range(0) * kGenes);
  state.counters["terms"] =
      benchmark::Counter(terms, benchmark::Counter::kIsIterationInvariantRate);
}

struct Job {
  const char* name;
  ProfileDistance distance;
  std::vector<std::vector<std::int64_t>> on_cpu;  // profiles, threads
};
const Job kJobs[] = {
    {"l1", ProfileDistance::kL1, {{300, 2}, {1500, 1}, {1500, 2}, {5000, 2}}},
    {"l2", ProfileDistance::kL2, {{300, 2}, {1500, 2}}},
    {"cosine", ProfileDistance::kCosine, {{300, 2}, {1500, 1}, {1500, 2}, {5000, 2}}},
};

[[maybe_unused]] const bool kRegistered = [] {
  for (const auto& device : backends()) {
    for (const Job& job : kJobs) {
      const std::string name =
          std::string("ranks/") + job.name + (device == "cpu" ? "" : "/" + device);
      auto* made = benchmark::RegisterBenchmark(name.c_str(), ranks, device, job.distance)
                       ->ArgNames({"profiles", "threads"})
                       ->UseRealTime()
                       ->Unit(benchmark::kMillisecond);
      const std::vector<std::vector<std::int64_t>> on_device{{300, 2}, {1500, 2}, {5000, 2}};
      for (const auto& size : device == "cpu" ? job.on_cpu : on_device) made->Args(size);
    }
  }
  return true;
}();

}  // namespace
}  // namespace cupel::bench
