// Sweeps in the space of inner products, and a forest that splits on them.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>

#include "linalg/products.hpp"
#include "models/forest.hpp"
#include "sweep/bilinear_sweep.hpp"
#include "sweep/kernel_sweep.hpp"

namespace cupel::bench {
namespace {

Matrix<double> random_rows(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  auto matrix = make_host_matrix<double>(rows, cols);
  for (std::int64_t i = 0; i < matrix.view().size(); ++i) matrix.view().data[i] = normal(random);
  return matrix;
}

std::vector<double> penalties(std::int64_t n) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    values.push_back(std::pow(10.0, -3.0 + 9.0 * static_cast<double>(i) / static_cast<double>(n)));
  }
  return values;
}

// Ridge with exact leave-one-out, as many features as rows: MSE, Pearson, cosine and both PDS.
void sweep_ridge(benchmark::State& state) {
  constexpr std::int64_t kRows = 300;
  constexpr std::int64_t kGenes = 18533;
  constexpr std::int64_t kSettings = 1000;
  const auto x = random_rows(kRows, state.range(0), 1);
  const auto y = random_rows(kRows, kGenes, 2);
  const auto path = models::KernelPath::of_features(x.view(), std::vector<double>(kRows, 1.0),
                                                    models::Intercept::kCentredKernel);
  const auto truth = sweep::make_truth(y.view());
  const auto cpu = make_backend("cpu");
  const sweep::Device device(*cpu);
  const sweep::KernelSweep swept(path, truth, sweep::each_row(kRows), device);
  const auto grid = penalties(kSettings);
  for (auto unused : state) benchmark::DoNotOptimize(swept.sweep(grid));
  state.counters["settings/s"] = benchmark::Counter(
      static_cast<double>(kSettings * state.iterations()), benchmark::Counter::kIsRate);
}
BENCHMARK(sweep_ridge)->Arg(400)->Arg(64)->Unit(benchmark::kMillisecond)->UseRealTime();

// What comes before: the eigenproblem and the targets' products.
void set_up_ridge_sweep(benchmark::State& state) {
  const auto x = random_rows(300, 400, 1);
  const auto y = random_rows(300, 18533, 2);
  const auto cpu = make_backend("cpu");
  const sweep::Device device(*cpu);
  for (auto unused : state) {
    const auto path = models::KernelPath::of_features(x.view(), std::vector<double>(300, 1.0),
                                                      models::Intercept::kCentredKernel);
    const auto truth = sweep::make_truth(y.view());
    benchmark::DoNotOptimize(sweep::KernelSweep(path, truth, sweep::each_row(300), device));
  }
}
BENCHMARK(set_up_ridge_sweep)->Unit(benchmark::kMillisecond)->UseRealTime();

models::Training screen(std::int64_t perturbations, std::int64_t genes) {
  models::Training training;
  for (std::int64_t gene = 0; gene < genes; ++gene) {
    training.genes.push_back("g" + std::to_string(gene));
  }
  for (std::int64_t i = 0; i < perturbations; ++i) {
    training.conditions.push_back(
        models::make_condition("one", {training.genes[static_cast<std::size_t>(i)]}));
    training.weight.push_back(100.0);
  }
  training.delta = random_rows(perturbations, genes, 3);
  training.contexts = {"one"};
  training.control = random_rows(1, genes, 4);
  return training;
}

// 6 dimensions, 20 × 20 penalties, 5 folds; everything from profiles to scores.
void sweep_bilinear_grid(benchmark::State& state) {
  const auto training = screen(1000, 8192);
  const auto folds = sweep::folds_of_perturbations(training.conditions, 5, 1);
  const sweep::BilinearGrid grid{{2, 5, 10, 20, 50, 100}, penalties(20), penalties(20)};
  const auto form = static_cast<sweep::BilinearForm>(state.range(0));
  const auto cpu = make_backend("cpu");
  const sweep::Device device(*cpu);
  for (auto unused : state) {
    benchmark::DoNotOptimize(sweep::sweep_bilinear(form, training, grid, folds, device));
  }
}
BENCHMARK(sweep_bilinear_grid)->Arg(0)->Arg(1)->Unit(benchmark::kMillisecond)->UseRealTime();

// 300 trees on 1,000 × 256 features and 8,192 genes, all features per split, to full depth; and
// the predictions of 100 rows.
void grow_forest(benchmark::State& state) {
  const auto x = random_rows(1000, 256, 5);
  const auto mix = random_rows(256, 8192, 6);
  auto y = multiply(x.view(), mix.view());
  const auto noise = random_rows(1000, 8192, 7);
  for (std::int64_t i = 0; i < y.view().size(); ++i) {
    y.view().data[i] = std::tanh(0.1 * y.view().data[i]) + noise.view().data[i];
  }
  const auto asked = random_rows(100, 256, 8);
  models::ForestChoices choices;
  choices.trees = state.range(0);
  for (auto unused : state) {
    const models::Forest forest(x.view(), gram(y.view()).view(), choices);
    benchmark::DoNotOptimize(multiply(forest.weights(asked.view()).view(), y.view()));
  }
}
BENCHMARK(grow_forest)->Arg(300)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

}  // namespace
}  // namespace cupel::bench
