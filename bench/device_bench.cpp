// Every op on one device, as scripts/gpu-bench runs it: "device/OP".
//
// CUPEL_BENCH_DEVICE names the device (default: cpu), CUPEL_BENCH_FILE a screen of counts (.h5ad;
// default: 60 perturbations of 400 cells and a control of 18,400, drawn here) and
// CUPEL_BENCH_PROFILES the number of profiles that are ranked (default: 1,500). A benchmark states
// the fewest bytes its op must move (each input read once, each output written once), where
// arithmetic takes longer the number of its operations, and in "check" a sum of its result, for
// comparison with other programs on the same screen.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <numeric>
#include <random>
#include <string>

#include "cupel/backend.hpp"
#include "cupel/math/bitmap.hpp"
#include "data/batches.hpp"
#include "data/grouping.hpp"
#include "io/h5ad_screen.hpp"
#include "support/random_cells.hpp"
#include "support/random_effects.hpp"

namespace cupel::bench {
namespace {

constexpr std::int64_t kDouble = sizeof(double);

std::string setting(const char* name, const char* otherwise) {
  const char* said = std::getenv(name);
  return said == nullptr ? otherwise : said;
}

// Cells of the control, then of each perturbation, in host memory.
struct HostScreen {
  Cells cells;
  std::vector<std::int64_t> start;  // group 0 is the control
};

HostScreen read_screen(const std::string& path) {
  const auto screen = io::open_h5ad(path, "X");
  const auto grouping = group_cells(*screen, "target", "non-targeting", "").front();
  std::vector<std::vector<std::int64_t>> rows{grouping.control};
  rows.insert(rows.end(), grouping.rows.begin(), grouping.rows.end());
  std::vector<std::int32_t> chosen(rows.size());
  std::iota(chosen.begin(), chosen.end(), 0);
  auto batch = read_batch(*screen, rows, chosen);
  return {std::move(batch.cells), std::move(batch.start)};
}

HostScreen draw_screen() {
  constexpr std::int64_t kControl = 18400;
  HostScreen drawn{random_cells(kControl + 24000, 18533, 20000.0, 1), {0}};
  for (auto at = kControl; at <= kControl + 24000; at += 400) drawn.start.push_back(at);
  return drawn;
}

// The screen where the device computes, and what most ops start from.
struct Bench {
  std::unique_ptr<Backend> backend = make_backend(setting("CUPEL_BENCH_DEVICE", "cpu"));
  std::vector<std::int64_t> start;  // of all groups, and of the perturbations alone
  std::vector<std::int64_t> perturbations;
  std::vector<std::int32_t> genes;
  std::int64_t entry_bytes = 0;  // of one stored value and its gene
  std::int64_t stored = 0;       // values, of all cells and of the control
  std::int64_t stored_in_control = 0;
  Cells cells;
  Matrix<double> totals;
  Matrix<double> sums;  // perturbations × genes, as are those below
  Matrix<double> bulk;
  Matrix<double> shifted;

  Bench() {
    const auto file = setting("CUPEL_BENCH_FILE", "");
    auto host = file.empty() ? draw_screen() : read_screen(file);
    start = host.start;
    for (std::size_t k = 1; k < start.size(); ++k) perturbations.push_back(start[k] - start[1]);
    genes.resize(static_cast<std::size_t>(host.cells.n_genes));
    std::iota(genes.begin(), genes.end(), 0);
    entry_bytes = bytes_of(host.cells.gene_type) + bytes_of(host.cells.value_type);
    stored = stored_values(host.cells);
    stored_in_control = std::accumulate(host.cells.row_length.data(),
                                        host.cells.row_length.data() + start[1], std::int64_t{0});
    cells = backend->upload(std::move(host.cells));
    totals = backend->row_totals(cells.view(), InputType::kCounts);
    sums = backend
               ->group_moments(perturbed(), perturbed_totals(), perturbations, Linear{},
                               {.stored = true})
               .stored;
    bulk = backend->bulk_lognorm(sums.view(), 5e4);
    shifted = backend->subtract_row(bulk.view(), first_row(bulk));
  }

  [[nodiscard]] CellsView control() const { return cells.view().slice(0, start[1]); }
  [[nodiscard]] CellsView perturbed() const { return cells.view().slice(start[1], start.back()); }
  [[nodiscard]] MatrixView<const double> control_totals() const {
    return {totals.view().data, start[1], 1, totals.space()};
  }
  [[nodiscard]] MatrixView<const double> perturbed_totals() const {
    return {totals.view().data + start[1], start.back() - start[1], 1, totals.space()};
  }
  [[nodiscard]] static MatrixView<const double> first_row(const Matrix<double>& matrix) {
    return {matrix.view().data, 1, matrix.cols(), matrix.space()};
  }
  [[nodiscard]] std::int64_t stored_perturbed() const { return stored - stored_in_control; }
  // Of a perturbations × genes matrix of doubles.
  [[nodiscard]] std::int64_t matrix_bytes() const { return sums.view().size() * kDouble; }
  // Ops return before a GPU is done; what was asked for last has then come back.
  void wait() const {
    double unused = 0.0;
    backend->download(MatrixView<const double>{totals.view().data, 1, 1, totals.space()},
                      {&unused, 1});
  }
};

const Bench& bench() {
  static const Bench made;
  return made;
}

template <typename Op>
void run(benchmark::State& state, std::int64_t bytes, std::int64_t operations, Op op) {
  for (auto _ : state) {
    benchmark::DoNotOptimize(op());
    bench().wait();
  }
  state.counters["bytes"] = static_cast<double>(bytes);
  state.counters["operations"] = static_cast<double>(operations);
}

// Exact in a double: whole numbers add up modulo 2^52.
template <typename T>
double checksum(const Matrix<T>& matrix) {
  std::vector<T> values(static_cast<std::size_t>(matrix.rows() * matrix.cols()));
  bench().backend->download(matrix.view(), values);
  std::uint64_t sum = 0;
  for (const T value : values) {
    sum += static_cast<std::uint64_t>(static_cast<std::int64_t>(value));
  }
  return static_cast<double>(sum & ((std::uint64_t{1} << 52) - 1));
}

// --- cells ---

void row_totals(benchmark::State& state) {
  const auto& b = bench();
  const auto op = [&] { return b.backend->row_totals(b.cells.view(), InputType::kCounts); };
  run(state, b.stored * (b.entry_bytes - 2) + b.start.back() * kDouble, 0, op);
  state.counters["check"] = checksum(op());
}

void group_moments(benchmark::State& state, const MomentRequest& request, std::int64_t outputs) {
  const auto& b = bench();
  const auto op = [&] {
    return b.backend->group_moments(b.perturbed(), b.perturbed_totals(), b.perturbations, Linear{},
                                    request);
  };
  run(state, b.stored_perturbed() * b.entry_bytes + outputs * b.matrix_bytes(), 0, op);
  state.counters["check"] = checksum(op().stored);
}

void jackknife(benchmark::State& state) {
  const auto& b = bench();
  run(state, b.stored_perturbed() * b.entry_bytes + b.matrix_bytes(), 0, [&] {
    return b.backend->jackknife(b.perturbed(), b.perturbed_totals(), b.perturbations, b.sums.view(),
                                5e4);
  });
}

std::unique_ptr<RankReference> reference(RankValues values) {
  const auto& b = bench();
  Linear linear;
  linear.float32 = values == RankValues::kF32Linear;
  return b.backend->make_rank_reference(b.control(), b.control_totals(), linear, values, b.genes);
}

void make_rank_reference(benchmark::State& state, RankValues values) {
  const auto& b = bench();
  const auto key = values == RankValues::kF32Linear ? 4 : 8;
  run(state, b.stored_in_control * (b.entry_bytes + key), 0, [&] { return reference(values); });
}

void rank_sums(benchmark::State& state, RankValues values) {
  const auto& b = bench();
  const auto key = values == RankValues::kF32Linear ? 4 : 8;
  const auto control = reference(values);
  const auto op = [&] {
    return b.backend->rank_sums(*control, b.perturbed(), b.perturbed_totals(), b.perturbations);
  };
  run(state,
      b.stored_perturbed() * b.entry_bytes + b.stored_in_control * key + 2 * b.matrix_bytes(), 0,
      op);
  state.counters["check"] = checksum(op().two_u);
}

void rank_sum_p_values(benchmark::State& state) {
  const auto& b = bench();
  const auto control = reference(RankValues::kF32Linear);
  const auto sums =
      b.backend->rank_sums(*control, b.perturbed(), b.perturbed_totals(), b.perturbations);
  run(state, 3 * b.matrix_bytes(), 0, [&] {
    return b.backend->rank_sum_p_values(sums, b.perturbations, control->n_cells(), true);
  });
}

void adjust_p_values(benchmark::State& state) {
  const auto& b = bench();
  const auto control = reference(RankValues::kF32Linear);
  const auto sums =
      b.backend->rank_sums(*control, b.perturbed(), b.perturbed_totals(), b.perturbations);
  const auto p = b.backend->rank_sum_p_values(sums, b.perturbations, control->n_cells(), true);
  run(state, 2 * b.matrix_bytes(), 0, [&] { return b.backend->adjust_p_values(p.view()); });
}

// --- profiles ---

void bulk_lognorm(benchmark::State& state) {
  const auto& b = bench();
  run(state, 2 * b.matrix_bytes(), 0, [&] { return b.backend->bulk_lognorm(b.sums.view(), 5e4); });
}

void scale_rows(benchmark::State& state) {
  const auto& b = bench();
  const std::vector<double> factor(static_cast<std::size_t>(b.sums.rows()), 0.5);
  run(state, 2 * b.matrix_bytes(), 0, [&] { return b.backend->scale_rows(b.sums.view(), factor); });
}

void log2_fold_change(benchmark::State& state) {
  const auto& b = bench();
  run(state, 2 * b.matrix_bytes(), 0, [&] {
    return b.backend->log2_fold_change(b.sums.view(), Bench::first_row(b.sums), 1e-9, 0.0);
  });
}

void row_differences(benchmark::State& state) {
  const auto& b = bench();
  run(state, 2 * b.matrix_bytes(), 0,
      [&] { return b.backend->row_differences(b.bulk.view(), b.shifted.view()); });
}

void row_pearson(benchmark::State& state) {
  const auto& b = bench();
  run(state, 2 * b.matrix_bytes(), 0,
      [&] { return b.backend->row_pearson(b.bulk.view(), b.shifted.view()); });
}

void expm1(benchmark::State& state) {
  const auto& b = bench();
  run(state, 2 * b.matrix_bytes(), 0, [&] { return b.backend->expm1(b.bulk.view()); });
}

std::int64_t n_profiles() { return std::stoll(setting("CUPEL_BENCH_PROFILES", "1500")); }

void profile_ranks(benchmark::State& state, ProfileDistance distance) {
  const auto& b = bench();
  const std::int64_t n = n_profiles();
  const auto genes = std::ssize(b.genes);
  const auto on_device = [&](std::uint64_t seed) {
    const auto host = random_effects(n, genes, seed, 0.2);
    return b.backend->upload(host.view());
  };
  const auto predicted = on_device(1);
  const auto real = on_device(2);
  std::vector<std::int32_t> match(static_cast<std::size_t>(n));
  std::iota(match.begin(), match.end(), 0);
  // Two per term: a difference and a sum, or a product and a sum.
  run(state, 2 * n * genes * kDouble, 2 * n * n * genes,
      [&] { return b.backend->profile_ranks(predicted.view(), real.view(), match, {}, distance); });
}

// --- sets of columns, and rankings within them ---

// About a thirtieth of each row's columns, as a perturbation's called genes are.
Matrix<std::uint64_t> some_columns(std::uint64_t seed) {
  const auto& b = bench();
  constexpr std::uint64_t kOneIn = 30;
  auto sets = make_host_matrix<std::uint64_t>(b.sums.rows(), math::words_for(b.sums.cols()));
  std::fill_n(sets.view().data, sets.view().size(), std::uint64_t{0});
  std::mt19937_64 random(seed);
  for (std::int64_t row = 0; row < b.sums.rows(); ++row) {
    for (std::int64_t column = 0; column < b.sums.cols(); ++column) {
      if (random() % kOneIn != 0) continue;
      sets.view()(row, column / math::kBitsOfWord) |= math::bit_of(column);
    }
  }
  return b.backend->upload(std::as_const(sets).view());
}
Matrix<std::uint64_t> every_column() {
  const auto& b = bench();
  auto sets = make_host_matrix<std::uint64_t>(b.sums.rows(), math::words_for(b.sums.cols()));
  for (std::int64_t row = 0; row < sets.rows(); ++row) {
    for (std::int64_t word = 0; word < sets.cols(); ++word) {
      const auto columns = std::min(b.sums.cols() - word * math::kBitsOfWord, math::kBitsOfWord);
      sets.view()(row, word) = ~std::uint64_t{0} >> (math::kBitsOfWord - columns);
    }
  }
  return b.backend->upload(std::as_const(sets).view());
}
std::int64_t bytes_of_sets() {
  return bench().sums.rows() * math::words_for(bench().sums.cols()) * kDouble;
}

// Two lists of each row.
void top_k(benchmark::State& state) {
  const auto& b = bench();
  const auto among = some_columns(1);
  std::vector<std::int32_t> depth;
  for (std::int64_t row = 0; row < b.sums.rows(); ++row) depth.insert(depth.end(), {50, 200});
  const ValueOrder order{.absolute = true, .largest_first = true};
  const auto op = [&] { return b.backend->top_k(b.shifted.view(), among.view(), depth, order); };
  run(state, b.matrix_bytes() + 3 * bytes_of_sets(), 0, op);
  state.counters["check"] = checksum(op());
}

void overlaps(benchmark::State& state) {
  const auto& b = bench();
  const auto a = some_columns(1);
  const auto c = some_columns(2);
  const auto op = [&] { return b.backend->overlaps(a.view(), c.view()); };
  run(state, 2 * bytes_of_sets(), 0, op);
  state.counters["check"] = checksum(op());
}

void rank_correlation(benchmark::State& state, bool whole_rows) {
  const auto& b = bench();
  const auto among = whole_rows ? every_column() : some_columns(1);
  run(state, 2 * b.matrix_bytes() + bytes_of_sets(), 0, [&] {
    return b.backend->rank_correlation(b.bulk.view(), b.shifted.view(), among.view(), false);
  });
}

void ranking_areas(benchmark::State& state) {
  const auto& b = bench();
  const auto positive = some_columns(1);
  const auto among = every_column();
  run(state, b.matrix_bytes() + 2 * bytes_of_sets(), 0,
      [&] { return b.backend->ranking_areas(b.shifted.view(), positive.view(), among.view()); });
}

// --- linear models ---

void multiply_transposed(benchmark::State& state) {
  const auto& b = bench();
  const std::int64_t n = n_profiles();
  const auto genes = std::ssize(b.genes);
  const auto profiles = b.backend->upload(random_effects(n, genes, 3, 0.2).view());
  run(state, (2 * n * genes + n * n) * kDouble, 2 * n * n * genes,
      [&] { return b.backend->multiply_transposed(profiles.view(), profiles.view()); });
}

// Rows by as many features: kernels of full rank.
Matrix<double> random_kernel(std::int64_t n) {
  const auto& b = bench();
  const auto features = b.backend->upload(random_effects(n, n, 4, 1.0).view());
  return b.backend->multiply_transposed(features.view(), features.view());
}

// To a tridiagonal matrix and back: what no method does without.
std::int64_t eigen_operations(std::int64_t n) { return 10 * n * n * n / 3; }

void symmetric_eigen(benchmark::State& state) {
  const auto& b = bench();
  const std::int64_t n = n_profiles();
  const auto kernel = random_kernel(n);
  run(state, 2 * n * n * kDouble, eigen_operations(n),
      [&] { return b.backend->symmetric_eigen(kernel.view()); });
}

std::vector<double> penalties(std::int64_t n) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) {
    values.push_back(std::pow(10.0, -3.0 + 9.0 * static_cast<double>(i) / static_cast<double>(n)));
  }
  return values;
}

// A path of a kernel whose numbers mean nothing: they take as long as others do.
struct SomePath {
  SomePath(const EigenPairs& eigen, MatrixView<const double> kernel, std::int64_t genes) {
    auto& backend = *bench().backend;
    const std::int64_t n = kernel.rows;
    const auto numbers = random_effects(3, n, 5, 1.0);
    const auto numbers_of = [&](std::int64_t at) {
      return MatrixView<const double>{numbers.view().row(at), 1, n, Space::kHost};
    };
    rows.push_back(backend.upload(numbers_of(0)));
    rows.push_back(backend.upload(numbers_of(1)));
    rows.push_back(backend.upload(numbers_of(2)));
    for (std::int64_t i = 0; i < n; ++i) row.push_back(static_cast<std::int32_t>(i));
    for (std::int64_t i = 0; i <= n; ++i) group_start.push_back(i);
    root.assign(static_cast<std::size_t>(n), 1.0);
    const auto vectors = eigen.vectors.view();
    path.values = eigen.values.view();
    path.coordinates = vectors;
    path.truth = kernel;
    path.half_inner = kernel;
    path.sum = eigen.values.view();
    path.base_truth = kernel;
    path.base_inner = vectors;
    path.base_products = rows[0].view();
    path.base_sum = rows[1].view();
    path.row = row;
    path.products = kernel;
    path.true_sum = rows[2].view();
    path.genes = genes;
    path.group_start = group_start;
    path.vectors = vectors;
    path.reach = rows[0].view();
    path.root = root;
  }
  std::vector<Matrix<double>> rows;
  std::vector<std::int32_t> row;
  std::vector<std::int64_t> group_start;
  std::vector<double> root;
  PenaltyPath path;
};

std::int64_t sweep_operations(std::int64_t n, std::int64_t settings) {
  return settings * 4 * n * n * n;  // what is reached with the targets, and with itself
}

// 300 perturbations, full rank: a thousand settings.
void score_penalties(benchmark::State& state) {
  const auto& b = bench();
  constexpr std::int64_t kRows = 300;
  constexpr std::int64_t kSettings = 1000;
  const auto kernel = random_kernel(kRows);
  const auto eigen = b.backend->symmetric_eigen(kernel.view());
  const SomePath some(eigen, kernel.view(), std::ssize(b.genes));
  const auto grid = penalties(kSettings);
  run(state, 6 * kRows * kRows * kDouble, sweep_operations(kRows, kSettings),
      [&] { return b.backend->score_penalties(some.path, grid); });
  state.counters["settings"] = static_cast<double>(kSettings);
}

// As many perturbations as genome-wide K562 has: the eigenproblem and a thousand settings, at full
// rank. Hours on a CPU.
void eigen_and_score_penalties_9866(benchmark::State& state) {
  const auto& b = bench();
  constexpr std::int64_t kRows = 9866;
  constexpr std::int64_t kSettings = 1000;
  if (b.backend->space() == Space::kHost) {
    state.SkipWithError("for a GPU alone");
    return;
  }
  const auto kernel = random_kernel(kRows);
  const auto grid = penalties(kSettings);
  run(state, 6 * kRows * kRows * kDouble,
      eigen_operations(kRows) + sweep_operations(kRows, kSettings), [&] {
        const auto eigen = b.backend->symmetric_eigen(kernel.view());
        const SomePath some(eigen, kernel.view(), std::ssize(b.genes));
        return b.backend->score_penalties(some.path, grid);
      });
  state.counters["settings"] = static_cast<double>(kSettings);
}

// --- to the device and back ---

void upload(benchmark::State& state) {
  const auto& b = bench();
  auto host = make_host_matrix<double>(b.sums.rows(), b.sums.cols());
  std::fill_n(host.view().data, host.view().size(), 1.0);
  run(state, b.matrix_bytes(), 0, [&] { return b.backend->upload(std::as_const(host).view()); });
}

void download(benchmark::State& state) {
  const auto& b = bench();
  std::vector<double> host(static_cast<std::size_t>(b.sums.view().size()));
  run(state, b.matrix_bytes(), 0, [&] {
    b.backend->download(b.sums.view(), host);
    return host.data();
  });
}

const auto kRegistered = [] {
  const auto add = [](const std::string& name, auto function) {
    const auto guarded = [function](benchmark::State& state) {
      try {
        function(state);
      } catch (const std::exception& error) {  // one op's trouble is not another's
        state.SkipWithError(error.what());
      }
    };
    benchmark::RegisterBenchmark(("device/" + name).c_str(), guarded)
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  };
  add("row_totals", row_totals);
  add("group_moments_stored", [](auto& s) { group_moments(s, {.stored = true}, 1); });
  add("group_moments_all", [](auto& s) {
    group_moments(s, {.stored = true, .linear = true, .log = true, .log_squared = true}, 3);
  });
  add("jackknife", jackknife);
  add("make_rank_reference_f32_linear",
      [](auto& s) { make_rank_reference(s, RankValues::kF32Linear); });
  add("make_rank_reference_f64_log1p",
      [](auto& s) { make_rank_reference(s, RankValues::kF64Log1p); });
  add("rank_sums_f32_linear", [](auto& s) { rank_sums(s, RankValues::kF32Linear); });
  add("rank_sums_f64_log1p", [](auto& s) { rank_sums(s, RankValues::kF64Log1p); });
  add("rank_sum_p_values", rank_sum_p_values);
  add("adjust_p_values", adjust_p_values);
  add("bulk_lognorm", bulk_lognorm);
  add("scale_rows", scale_rows);
  add("log2_fold_change", log2_fold_change);
  add("row_differences", row_differences);
  add("row_pearson", row_pearson);
  add("expm1", expm1);
  add("profile_ranks_l1", [](auto& s) { profile_ranks(s, ProfileDistance::kL1); });
  add("profile_ranks_l2", [](auto& s) { profile_ranks(s, ProfileDistance::kL2); });
  add("profile_ranks_cosine", [](auto& s) { profile_ranks(s, ProfileDistance::kCosine); });
  add("top_k", top_k);
  add("overlaps", overlaps);
  add("rank_correlation_called", [](auto& s) { rank_correlation(s, false); });
  add("rank_correlation_all", [](auto& s) { rank_correlation(s, true); });
  add("ranking_areas", ranking_areas);
  add("multiply_transposed", multiply_transposed);
  add("symmetric_eigen", symmetric_eigen);
  add("score_penalties", score_penalties);
  add("eigen_and_score_penalties_9866", eigen_and_score_penalties_9866);
  add("upload", upload);
  add("download", download);
  return true;
}();

}  // namespace
}  // namespace cupel::bench
