// The ops on profiles, element by element and row by row: 300 or 5,000 profiles × 18,533 genes.
#include <benchmark/benchmark.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"
#include "support/backends.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kGenes = 18533;

// Of bulk profiles: positive, and never the same twice in a row.
Matrix<double> profiles(std::int64_t rows, std::uint64_t seed) {
  auto matrix = make_host_matrix<double>(rows, kGenes);
  std::mt19937_64 rng(seed);
  for (std::int64_t i = 0; i < rows * kGenes; ++i) {
    matrix.view().data[i] = static_cast<double>(rng() % 100000 + 1) * 1e-4;
  }
  return matrix;
}

struct Input {
  MatrixView<const double> a;
  MatrixView<const double> b;
  std::span<const double> per_row;
  std::span<const std::int32_t> genes;
  std::span<const std::int32_t> own_gene;
};
using Op = std::function<Matrix<double>(Backend&, const Input&)>;

struct Job {
  const char* name;
  std::int64_t matrices;  // read and written once each, if nothing is read twice
  Op op;
};
const Job kJobs[] = {
    {"bulk_lognorm", 2, [](Backend& x, const Input& in) { return x.bulk_lognorm(in.a, 5e4); }},
    {"scale_rows", 2, [](Backend& x, const Input& in) { return x.scale_rows(in.a, in.per_row); }},
    {"subtract_row", 2, [](Backend& x, const Input& in) { return x.subtract_row(in.a, in.b); }},
    {"select", 2, [](Backend& x, const Input& in) { return x.select(in.a, {}, in.genes); }},
    {"log2_fold_change", 2,
     [](Backend& x, const Input& in) { return x.log2_fold_change(in.a, in.b, 1e-9, 0.0); }},
    {"expm1", 2, [](Backend& x, const Input& in) { return x.expm1(in.a); }},
    {"row_differences", 2,
     [](Backend& x, const Input& in) { return x.row_differences(in.a, in.b); }},
    {"row_pearson", 2, [](Backend& x, const Input& in) { return x.row_pearson(in.a, in.b); }},
    {"row_expm1_sums", 1, [](Backend& x, const Input& in) { return x.row_expm1_sums(in.a); }},
    {"row_squared_norms", 1, [](Backend& x, const Input& in) { return x.row_squared_norms(in.a); }},
    {"weighted_column_scatter", 1,
     [](Backend& x, const Input& in) {
       return x.weighted_column_scatter(in.a, in.per_row, in.own_gene);
     }},
};

void run(benchmark::State& state, const std::string& device, const Job& job) {
  const ThreadLimit limit(static_cast<int>(state.range(1)));
  const std::int64_t rows = state.range(0);
  const auto backend = make_backend(device);
  const auto a = backend->upload(profiles(rows, 1).view());
  const auto b = backend->upload(profiles(rows, 2).view());
  const std::vector<double> per_row(static_cast<std::size_t>(rows), 0.5);
  std::vector<std::int32_t> genes(kGenes);
  for (std::size_t k = 0; k < genes.size(); ++k) genes[k] = static_cast<std::int32_t>(k);
  std::vector<std::int32_t> own_gene(static_cast<std::size_t>(rows));
  for (std::size_t k = 0; k < own_gene.size(); ++k) own_gene[k] = genes[k * 3 % genes.size()];
  const Input input{a.view(), b.view(), per_row, genes, own_gene};
  finish(*backend, b);
  for (auto _ : state) finish(*backend, job.op(*backend, input));
  state.SetBytesProcessed(state.iterations() * job.matrices * rows * kGenes *
                          static_cast<std::int64_t>(sizeof(double)));
}

[[maybe_unused]] const bool kRegistered = [] {
  for (const auto& device : backends()) {
    for (const Job& job : kJobs) {
      const std::string name =
          std::string("profile_ops/") + job.name + (device == "cpu" ? "" : "/" + device);
      benchmark::RegisterBenchmark(
          name.c_str(), [&job, device](benchmark::State& state) { run(state, device, job); })
          ->ArgNames({"profiles", "threads"})
          ->Args({300, 2})
          ->Args({5000, 2})
          ->UseRealTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
  return true;
}();

}  // namespace
}  // namespace cupel::bench
