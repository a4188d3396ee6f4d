#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

#include "cupel/math/expm1.hpp"
#include "cupel/math/libm_log1p.hpp"
#include "parallel/parallel.hpp"
#include "support/backend_test.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

// What one test looks at: a control, and groups as consecutive row ranges of `cells`.
struct Screen {
  DenseCells control;
  DenseCells cells;
  std::vector<std::int64_t> group_start;
  std::vector<std::int32_t> genes;  // tested
};

struct SlowRanks {
  std::vector<std::int64_t> two_u;
  std::vector<double> ties;
  std::vector<double> p;
};

enum class Stored { kCounts, kFloat, kDouble };

double total_of(const DenseCells& cells, std::int64_t row, InputType input) {
  double total = 0.0;
  for (std::int64_t gene = 0; gene < cells.cols; ++gene) {
    total += input == InputType::kCounts ? cells(row, gene) : std::expm1(cells(row, gene));
  }
  return total;
}

// The ranked value from its definition, as a double: floats convert exactly. log1p and expm1 are
// the project's own (tests/math): which neighbours a library's merge depends on its version.
double ranked(double x, double total, const Linear& linear, RankValues values) {
  if (values == RankValues::kF64Log1p) {
    if (linear.input == InputType::kLognorm) return x;
    return math::libm_log1p(total == 0 ? x : x / (total / linear.target_sum));
  }
  if (linear.input == InputType::kLognorm) {
    return static_cast<float>(math::expm1(x));
  }
  const float scale = total == 0 ? 1.0F : static_cast<float>(linear.target_sum / total);
  return static_cast<float>(x) * scale;
}

std::vector<double> ranked_column(const DenseCells& cells, std::int64_t begin, std::int64_t end,
                                  std::int64_t gene, const Linear& linear, RankValues values) {
  std::vector<double> column;
  for (std::int64_t row = begin; row < end; ++row) {
    column.push_back(ranked(cells(row, gene), total_of(cells, row, linear.input), linear, values));
  }
  return column;
}

// Every pair compared, every tied run cubed; p from the formula of cell-eval.md 2.2 in long double
// where that is more than double.
SlowRanks slow_rank_sums(const Screen& screen, const Linear& linear, RankValues values) {
  SlowRanks slow;
  for (std::size_t group = 0; group + 1 < screen.group_start.size(); ++group) {
    for (const auto gene : screen.genes) {
      const auto x = ranked_column(screen.cells, screen.group_start[group],
                                   screen.group_start[group + 1], gene, linear, values);
      const auto y = ranked_column(screen.control, 0, screen.control.rows, gene, linear, values);
      std::int64_t two_u = 0;
      for (const double a : x) {
        for (const double b : y) two_u += a > b ? 2 : (a == b ? 1 : 0);
      }
      std::map<double, std::int64_t> runs;  // -0.0 and 0.0 are one key
      for (const double a : x) ++runs[a];
      for (const double b : y) ++runs[b];
      std::int64_t ties = 0;
      for (const auto& [value, t] : runs) ties += t * t * t - t;
      slow.two_u.push_back(two_u);
      slow.ties.push_back(static_cast<double>(ties));

      const auto n1 = static_cast<long double>(x.size());
      const auto n2 = static_cast<long double>(y.size());
      const long double n = n1 + n2;
      const long double u1 = static_cast<long double>(two_u) / 2;
      const long double u = std::max(u1, n1 * n2 - u1);
      const long double variance =
          n1 * n2 / 12 * ((n + 1) - static_cast<long double>(ties) / (n * (n - 1)));
      const bool undefined = x.empty() || y.empty();
      const bool constant = runs.size() == 1;
      const long double z = (u - n1 * n2 / 2 - 0.5L) / std::sqrt(variance);
      slow.p.push_back(undefined ? std::nan("")
                       : constant
                           ? 1.0
                           : static_cast<double>(std::min(1.0L, std::erfc(z / std::sqrt(2.0L)))));
    }
  }
  return slow;
}

template <typename T>
std::vector<T> to_host(Backend& backend, const Matrix<T>& matrix) {
  std::vector<T> host(static_cast<std::size_t>(matrix.view().size()));
  backend.download(matrix.view(), host);
  return host;
}

ValueType value_type(Stored stored) {
  return stored == Stored::kCounts  ? ValueType::kU16
         : stored == Stored::kFloat ? ValueType::kF32
                                    : ValueType::kF64;
}

Matrix<double> upload_totals(Backend& backend, const DenseCells& cells, InputType input) {
  auto totals = make_host_matrix<double>(cells.rows, 1);
  for (std::int64_t row = 0; row < cells.rows; ++row) {
    totals.view()(row, 0) = total_of(cells, row, input);
  }
  return backend.upload(totals.view());
}

struct Fast {
  std::vector<std::int64_t> two_u;
  std::vector<double> ties;
  std::vector<double> p;
};

Fast rank_sums(Backend& backend, const Screen& screen, const Linear& linear, RankValues values,
               Stored stored, GeneType genes, bool continuity = true) {
  const auto control = backend.upload(compress(screen.control, genes, value_type(stored)));
  const auto cells = backend.upload(compress(screen.cells, genes, value_type(stored)));
  const auto control_totals = upload_totals(backend, screen.control, linear.input);
  const auto totals = upload_totals(backend, screen.cells, linear.input);
  const auto reference = backend.make_rank_reference(control.view(), control_totals.view(), linear,
                                                     values, screen.genes);
  EXPECT_EQ(reference->n_cells(), screen.control.rows);
  EXPECT_EQ(reference->n_genes(), std::ssize(screen.genes));
  const auto sums = backend.rank_sums(*reference, cells.view(), totals.view(), screen.group_start);
  const auto p =
      backend.rank_sum_p_values(sums, screen.group_start, screen.control.rows, continuity);
  return {to_host(backend, sums.two_u), to_host(backend, sums.ties), to_host(backend, p)};
}

// z agrees to a few units in the last place; p = erfc(z/√2) multiplies that by z² < 1400.
constexpr double kRelativeP = 1e-12;

void expect_same_ranks(const Fast& fast, const SlowRanks& slow) {
  EXPECT_EQ(fast.two_u, slow.two_u);
  EXPECT_EQ(fast.ties, slow.ties);
  ASSERT_EQ(fast.p.size(), slow.p.size());
  for (std::size_t i = 0; i < slow.p.size(); ++i) {
    if (std::isnan(slow.p[i])) {
      EXPECT_TRUE(std::isnan(fast.p[i])) << i;
    } else {
      EXPECT_NEAR(fast.p[i], slow.p[i], kRelativeP * slow.p[i]) << i;
    }
  }
}

void expect_slow_reference(Backend& backend, const Screen& screen, const Linear& linear,
                           RankValues values, Stored stored, GeneType genes = GeneType::kU16) {
  expect_same_ranks(rank_sums(backend, screen, linear, values, stored, genes),
              slow_rank_sums(screen, linear, values));
}

std::vector<std::int32_t> all_genes(std::int64_t n) {
  std::vector<std::int32_t> genes(static_cast<std::size_t>(n));
  std::iota(genes.begin(), genes.end(), 0);
  return genes;
}

Screen random_screen(std::int64_t n_control, const std::vector<std::int64_t>& sizes,
                     std::int64_t n_genes, std::uint64_t seed) {
  Screen screen;
  screen.group_start.push_back(0);
  for (const auto size : sizes) screen.group_start.push_back(screen.group_start.back() + size);
  // One draw, so that both sides share gene means; the control is its first rows.
  const auto all = random_counts(n_control + screen.group_start.back(), n_genes, seed);
  const auto split = all.values.begin() + n_control * n_genes;
  screen.control = {n_control, n_genes, {all.values.begin(), split}};
  screen.cells = {screen.group_start.back(), n_genes, {split, all.values.end()}};
  screen.genes = all_genes(n_genes);
  return screen;
}

void for_each_value(Screen& screen, const std::function<double(double)>& map) {
  for (auto& value : screen.control.values) value = map(value);
  for (auto& value : screen.cells.values) value = map(value);
}

using Param = std::tuple<std::string, RankValues, InputType, Stored>;

class RankSum : public ::testing::TestWithParam<Param> {
 protected:
  void SetUp() override {
    backend_ = open_backend(std::get<0>(GetParam()));
    if (backend_ == nullptr) GTEST_SKIP() << "this machine has no such device";
  }
  // The screen's counts become what the parameters say is stored.
  [[nodiscard]] Screen stored(Screen screen) const {
    if (std::get<2>(GetParam()) == InputType::kLognorm) {
      const bool as_float = std::get<3>(GetParam()) == Stored::kFloat;
      for_each_value(screen, [&](double x) {
        const double log = std::log1p(x * 37.5);
        return as_float ? static_cast<double>(static_cast<float>(log)) : log;
      });
    }
    return screen;
  }
  void expect_slow(const Screen& screen, GeneType genes = GeneType::kU16) {
    expect_slow_reference(*backend_, screen, linear(), values(), std::get<3>(GetParam()), genes);
  }
  [[nodiscard]] static Linear linear() { return {std::get<2>(GetParam()), 1e6, false}; }
  [[nodiscard]] static RankValues values() { return std::get<1>(GetParam()); }
  std::unique_ptr<Backend> backend_;
};

TEST_P(RankSum, MatchesTheSlowReferenceForManyGroupSizes) {
  expect_slow(stored(random_screen(61, {1, 2, 15, 16, 17, 33, 64, 5}, 40, 1)));
}

TEST_P(RankSum, MatchesTheSlowReferenceWhenTheControlIsSmallerThanTheGroups) {
  expect_slow(stored(random_screen(3, {90, 130}, 25, 2)));
}

TEST_P(RankSum, MatchesTheSlowReferenceForAWideControl) {
  expect_slow(stored(random_screen(900, {70, 300}, 12, 3)));
}

TEST_P(RankSum, AnswersForEmptyGroups) {
  expect_slow(stored(random_screen(20, {0, 7, 0, 0, 1, 0}, 9, 4)));
}

TEST_P(RankSum, AnswersForAnEmptyControl) { expect_slow(stored(random_screen(0, {4, 0}, 6, 5))); }

TEST_P(RankSum, AnswersForNoGroupsAndNoGenes) {
  expect_slow(stored(random_screen(5, {}, 6, 6)));
  auto screen = stored(random_screen(5, {3}, 6, 6));
  screen.genes = {};
  expect_slow(screen);
}

TEST_P(RankSum, TestsOnlyTheGenesAskedFor) {
  auto screen = stored(random_screen(50, {20, 30}, 64, 7));
  screen.genes = {0, 3, 4, 31, 62, 63};
  expect_slow(screen);
}

TEST_P(RankSum, HandlesDenseRows) {
  auto screen = random_screen(40, {10, 21}, 10, 8);
  for_each_value(screen, [](double x) { return x + 1; });
  expect_slow(stored(screen));
}

TEST_P(RankSum, HandlesGenesThatNoCellOrEveryCellExpresses) {
  auto screen = random_screen(30, {12, 13}, 8, 9);
  const auto set = [](DenseCells& cells) {
    for (std::int64_t row = 0; row < cells.rows; ++row) {
      cells.values[static_cast<std::size_t>(row * cells.cols)] = 0;
      cells.values[static_cast<std::size_t>(row * cells.cols + 5)] = 2;
    }
  };
  set(screen.control);
  set(screen.cells);
  expect_slow(stored(screen));
}

// Equal library sizes: a handful of distinct values, each tied many times on both sides.
TEST_P(RankSum, HandlesHeavyTies) {
  auto screen = random_screen(400, {150, 20, 64}, 6, 10);
  const auto level = [](DenseCells& cells) {
    for (std::int64_t row = 0; row < cells.rows; ++row) {
      double total = 0;
      for (std::int64_t gene = 0; gene + 1 < cells.cols; ++gene) total += cells(row, gene);
      cells.values[static_cast<std::size_t>((row + 1) * cells.cols - 1)] = 1000 - total;
    }
  };
  level(screen.control);
  level(screen.cells);
  expect_slow(stored(screen));
}

TEST_P(RankSum, HandlesCellsWithoutAnyCount) {
  auto screen = random_screen(30, {12, 3}, 8, 11);
  std::fill_n(screen.cells.values.begin(), 5 * 8, 0.0);
  std::fill_n(screen.control.values.begin(), 2 * 8, 0.0);
  expect_slow(stored(screen));
}

TEST_P(RankSum, TakesWideGeneIds) {
  expect_slow(stored(random_screen(25, {8, 9}, 30, 12)), GeneType::kU32);
}

TEST_P(RankSum, GivesTheSameBitsForAnyNumberOfThreads) {
  const auto screen = stored(random_screen(300, {40, 1, 90, 33, 200}, 70, 13));
  const auto stored_as = std::get<3>(GetParam());
  const ThreadLimit one(1);
  const auto alone = rank_sums(*backend_, screen, linear(), values(), stored_as, GeneType::kU16);
  const ThreadLimit many(8);
  const auto together = rank_sums(*backend_, screen, linear(), values(), stored_as, GeneType::kU16);
  EXPECT_EQ(alone.two_u, together.two_u);
  EXPECT_EQ(alone.ties, together.ties);
  EXPECT_EQ(alone.p, together.p);
}

std::string name_of(const ::testing::TestParamInfo<Param>& instance) {
  const auto& [backend, values, input, stored] = instance.param;
  return backend + (values == RankValues::kF32Linear ? "_f32linear" : "_f64log1p") +
         (input == InputType::kCounts ? "_counts" : "_lognorm") +
         (stored == Stored::kCounts  ? "_u16"
          : stored == Stored::kFloat ? "_f32"
                                     : "_f64");
}

INSTANTIATE_TEST_SUITE_P(
    CountsOnEveryBackend, RankSum,
    ::testing::Combine(::testing::ValuesIn(backend_names()),
                       ::testing::Values(RankValues::kF32Linear, RankValues::kF64Log1p),
                       ::testing::Values(InputType::kCounts),
                       ::testing::Values(Stored::kCounts, Stored::kFloat, Stored::kDouble)),
    name_of);
INSTANTIATE_TEST_SUITE_P(LognormOnEveryBackend, RankSum,
                         ::testing::Combine(::testing::ValuesIn(backend_names()),
                                            ::testing::Values(RankValues::kF32Linear,
                                                              RankValues::kF64Log1p),
                                            ::testing::Values(InputType::kLognorm),
                                            ::testing::Values(Stored::kFloat, Stored::kDouble)),
                         name_of);

class RankSumOn : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    backend_ = open_backend(GetParam());
    if (backend_ == nullptr) GTEST_SKIP() << "this machine has no such device";
  }
  std::unique_ptr<Backend> backend_;
};

// The implicit zeros then lie in the middle of the order.
TEST_P(RankSumOn, OrdersNegativeValuesBelowTheZeros) {
  auto screen = random_screen(80, {20, 35, 1}, 20, 20);
  for_each_value(screen, [](double x) { return x == 0 ? 0 : x - 2.5; });
  for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
    for (const auto stored : {Stored::kFloat, Stored::kDouble}) {
      expect_slow_reference(*backend_, screen, {InputType::kLognorm}, values, stored);
    }
  }
}

TEST_P(RankSumOn, OrdersNegativeValuesThatOnlyOneSideHas) {
  for (const bool in_control : {false, true}) {
    auto screen = random_screen(50, {20, 17}, 10, 21);
    auto& side = in_control ? screen.control : screen.cells;
    for (auto& value : side.values) value = value == 1 ? -0.5 : value;
    for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
      expect_slow_reference(*backend_, screen, {InputType::kLognorm}, values, Stored::kFloat);
    }
  }
}

// So far apart that their distance takes all of a key's bits, and too few to share it out.
TEST_P(RankSumOn, OrdersAFewValuesOfBothSigns) {
  for (const std::int64_t n_control : {1, 2, 3, 5, 7, 8, 9}) {
    const auto side = [](std::int64_t n, double offset) {
      DenseCells cells{n, 2, {}};
      for (std::int64_t row = 0; row < n; ++row) {
        const double value = 2.5 + static_cast<double>((row + 1) / 2) + offset;
        cells.values.push_back(row % 2 == 0 ? value : -value);
        cells.values.push_back(row % 2 == 0 ? -3.0 : 3.0);
      }
      return cells;
    };
    const Screen screen{side(n_control, 0.0), side(12, 0.5), {0, 6, 12}, {0, 1}};
    for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
      for (const auto stored : {Stored::kFloat, Stored::kDouble}) {
        expect_slow_reference(*backend_, screen, {InputType::kLognorm}, values, stored);
      }
    }
  }
}

// 1e-300 is stored but is zero as a float: it belongs to the zeros' run.
TEST_P(RankSumOn, CountsValuesThatVanishInFloatAsZeros) {
  auto screen = random_screen(50, {20, 17}, 30, 22);  // wide enough that every total is ordinary
  for_each_value(screen, [](double x) { return x == 1 ? 1e-300 : x == 2 ? -1e-300 : x; });
  for (const auto input : {InputType::kCounts, InputType::kLognorm}) {
    for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
      expect_slow_reference(*backend_, screen, {input}, values, Stored::kDouble);
    }
  }
}

// Sixteen decades on one gene, and values one unit in the last place apart.
TEST_P(RankSumOn, OrdersValuesOverAWideRangeAndASingleUnitApart) {
  auto screen = random_screen(300, {60, 61}, 8, 23);
  std::mt19937_64 rng(5);
  for_each_value(screen, [&](double x) {
    if (x == 0) return 0.0;
    const auto draw = static_cast<int>(rng() % 40);
    const auto base = static_cast<float>(std::pow(10.0, draw % 17 - 12));
    return static_cast<double>(draw < 20 ? base : std::nextafterf(base, 2 * base));
  });
  for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
    expect_slow_reference(*backend_, screen, {InputType::kLognorm}, values, Stored::kFloat);
  }
}

// Values of which every fourth or so ties with another, some negative, some zero once they are
// floats; `density` of them are stored.
DenseCells odd_values(std::int64_t rows, std::int64_t cols, double density, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  DenseCells cells{rows, cols, std::vector<double>(static_cast<std::size_t>(rows * cols))};
  for (auto& value : cells.values) {
    if (uniform(rng) >= density) continue;
    const auto draw = rng() % 64;
    const double size = rng() % 4 == 0 ? static_cast<double>(1 + rng() % 9) : 8.0 * uniform(rng);
    value = draw == 0   ? 1e-300
            : draw == 1 ? -1e-300
            : draw < 6  ? -size
                        : static_cast<double>(static_cast<float>(size));
  }
  return cells;
}

// Genes of so many keys as the sorts of a device change at: in one thread's registers, in a warp's,
// by a block. With keys of many sizes, of few, so that one out of place breaks a run, and of one.
TEST_P(RankSumOn, SortsGenesOfAnyNumberOfKeys) {
  const std::vector<std::int64_t> sizes{0,   1,   2,   3,   4,   5,   15,  16,   17,   31,   32,
                                        33,  63,  64,  65,  127, 128, 129, 255,  256,  257,  511,
                                        512, 513, 514, 640, 700, 766, 767, 1023, 1024, 1025, 1100};
  constexpr std::int64_t kCells = 1100;
  constexpr std::int64_t kDense = 513;  // cells of another group, of which every gene has a key
  const auto n_genes = std::ssize(sizes);
  Screen screen{odd_values(40, n_genes, 0.7, 31),
                {kCells + kDense, n_genes, {}},
                {0, kCells, kCells + kDense},
                all_genes(n_genes)};
  std::mt19937_64 rng(32);
  for (const std::uint64_t distinct : {1000, 5, 1}) {
    screen.cells = odd_values(kCells + kDense, n_genes, 1.0, 33);
    if (distinct < 1000) {
      for (auto& value : screen.cells.values) value = 1.0 + static_cast<double>(rng() % distinct);
    }
    for (std::int64_t gene = 0; gene < n_genes; ++gene) {
      std::vector<std::int64_t> rows(kCells);
      std::iota(rows.begin(), rows.end(), 0);
      std::shuffle(rows.begin(), rows.end(), rng);
      for (auto k = static_cast<std::size_t>(sizes[static_cast<std::size_t>(gene)]);
           k < rows.size(); ++k) {
        screen.cells.values[static_cast<std::size_t>(rows[k] * n_genes + gene)] = 0.0;
      }
    }
    for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
      expect_slow_reference(*backend_, screen, {InputType::kLognorm}, values, Stored::kDouble);
    }
  }
}

// Groups of so many cells, and screens of so many genes, as tiles of a device change at.
TEST_P(RankSumOn, CutsGenesAtAnyPlace) {
  struct Edge {
    std::vector<std::int64_t> cells;
    std::vector<std::int64_t> genes;
    double density;
  };
  for (const auto& [cells, genes, density] :
       {Edge{{64, 3}, {511, 512, 513}, 0.1}, Edge{{65, 256}, {255, 256, 257, 513}, 0.05},
        Edge{{257, 1}, {127, 128, 129}, 0.05}, Edge{{1024, 1025}, {31, 32, 33, 65}, 0.02},
        Edge{{4096, 4097}, {1, 32, 33}, 0.02}}) {
    for (const auto n_genes : genes) {
      Screen screen{odd_values(9, n_genes, 0.5, 34), {}, {0}, all_genes(n_genes)};
      for (const auto n : cells) screen.group_start.push_back(screen.group_start.back() + n);
      screen.cells = odd_values(screen.group_start.back(), n_genes, density, 35);
      // Every third is not tested, nor is the last.
      std::erase_if(screen.genes, [&](auto gene) { return gene % 3 == 1; });
      if (n_genes > 1) screen.genes.pop_back();
      expect_slow_reference(*backend_, screen, {InputType::kLognorm}, RankValues::kF32Linear,
                            Stored::kDouble);
    }
  }
}

// More keys in one tile than a block's shared memory holds. Where it is full, on a device as the
// emulated one, genes have one key each, so that the last to fit is the last one.
TEST_P(RankSumOn, RanksDensePredictions) {
  constexpr std::int64_t kGenes = 256;
  for (const auto& [values, dense_genes] :
       {std::pair{RankValues::kF32Linear, 103}, std::pair{RankValues::kF64Log1p, 51}}) {
    Screen screen{odd_values(30, kGenes, 1.0, 36),
                  odd_values(456, kGenes, 1.0, 37),
                  {0, 256, 456},
                  all_genes(kGenes)};
    for (std::int64_t row = 0; row < 256; ++row) {
      for (std::int64_t gene = dense_genes; gene < kGenes; ++gene) {
        if (row == gene % 7) continue;
        screen.cells.values[static_cast<std::size_t>(row * kGenes + gene)] = 0.0;
      }
    }
    expect_slow_reference(*backend_, screen, {InputType::kLognorm}, values, Stored::kDouble,
                          GeneType::kU32);
  }
}

TEST_P(RankSumOn, RanksLargeGroupsBesideSmallOnes) {
  Screen screen{odd_values(300, 6, 0.5, 38),
                odd_values(10'300, 6, 0.5, 39),
                {0, 4090, 4100, 9100, 9100, 10'300},
                {0, 1, 3, 4, 5}};
  for (std::int64_t row = 0; row < screen.cells.rows; ++row) {
    screen.cells.values[static_cast<std::size_t>(row * 6 + 4)] = 3.0;  // all tied, with no zero
    screen.cells.values[static_cast<std::size_t>(row * 6 + 5)] = 0.0;
  }
  for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
    expect_slow_reference(*backend_, screen, {InputType::kLognorm}, values, Stored::kDouble);
  }
}

// With so little memory that genes go in several parts; where there is more, they go at once.
TEST(RankSumInLittleMemory, GivesTheSameIntegers) {
  Screen screen{
      odd_values(400, 60, 0.6, 40), odd_values(4200, 60, 0.6, 41), {0, 4100, 4200}, all_genes(60)};
  for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
    const auto ranked = [&](std::int64_t memory_limit) {
      const auto backend = make_backend_on_cpu(memory_limit);
      return rank_sums(*backend, screen, {InputType::kLognorm}, values, Stored::kDouble,
                       GeneType::kU16);
    };
    const auto plenty = ranked(0);
    for (const std::int64_t little : {2'300'000, 2'600'000}) {
      const auto parts = ranked(little);
      EXPECT_EQ(parts.two_u, plenty.two_u);
      EXPECT_EQ(parts.ties, plenty.ties);
    }
    EXPECT_THROW(ranked(1'700'000), Error);  // so the others are little
  }
}

TEST_P(RankSumOn, TestsMoreGenesThanSixteenBitsCanName) {
  constexpr std::int64_t kGenes = 70'001;
  Screen screen{{6, kGenes, std::vector<double>(6 * kGenes)},
                {9, kGenes, std::vector<double>(9 * kGenes)},
                {0, 4, 9},
                all_genes(kGenes)};
  std::mt19937_64 rng(9);
  for_each_value(screen,
                 [&](double) { return static_cast<double>(rng() % 20 == 0 ? rng() % 4 : 0); });
  // The slow reference sums a row per value: keep a few genes at both ends for it.
  const auto fast =
      rank_sums(*backend_, screen, {}, RankValues::kF32Linear, Stored::kCounts, GeneType::kU32);
  auto few = screen;
  few.genes = {0, 1, 2, 65'535, 65'536, 65'537, 70'000};
  const auto slow = slow_rank_sums(few, {}, RankValues::kF32Linear);
  for (std::size_t group = 0; group < 2; ++group) {
    for (std::size_t i = 0; i < few.genes.size(); ++i) {
      const auto at = group * kGenes + static_cast<std::size_t>(few.genes[i]);
      EXPECT_EQ(fast.two_u[at], slow.two_u[group * few.genes.size() + i]);
      EXPECT_EQ(fast.ties[at], slow.ties[group * few.genes.size() + i]);
    }
  }
}

// More nonzero controls than 16 bits count, all tied with the group.
TEST_P(RankSumOn, CountsRunsLongerThanSixteenBits) {
  constexpr std::int64_t kControl = 66'000;
  Screen screen{
      {kControl, 1, std::vector<double>(kControl, 1.0)}, {3, 1, {1.0, 1.0, 0.0}}, {0, 3}, {0}};
  screen.control.values[7] = 0.0;
  const auto fast =
      rank_sums(*backend_, screen, {}, RankValues::kF32Linear, Stored::kCounts, GeneType::kU16);
  // Two ones tie with 65,999 ones and beat one zero; the zero ties with one zero.
  EXPECT_EQ(fast.two_u[0], 2 * (2 + 65'999) + 1);
  EXPECT_EQ(fast.ties[0], std::pow(66'001.0, 3) - 66'001.0 + 6.0);
}

// The same with distinct values: places beyond 16 bits.
TEST_P(RankSumOn, PlacesAmongMoreControlsThanSixteenBitsCount) {
  constexpr std::int64_t kControl = 70'000;
  Screen screen{{kControl, 1, std::vector<double>(kControl)}, {70, 1, {}}, {0, 70}, {0}};
  for (std::int64_t i = 0; i < kControl; ++i) {
    screen.control.values[static_cast<std::size_t>(i)] = 1.0 + static_cast<double>(i) / 65'536;
  }
  std::int64_t two_u = 0;
  for (std::int64_t k = 0; k < 70; ++k) {  // each ties with one control and beats 1000 k
    screen.cells.values.push_back(1.0 + static_cast<double>(1000 * k) / 65'536);
    two_u += 2 * 1000 * k + 1;
  }
  const auto fast = rank_sums(*backend_, screen, {InputType::kLognorm}, RankValues::kF32Linear,
                              Stored::kFloat, GeneType::kU16);
  EXPECT_EQ(fast.two_u[0], two_u);
  EXPECT_EQ(fast.ties[0], 70 * 6.0);
}

// 3,000,000 zeros: t^3 needs 64 bits and n^3 more than fits a signed one.
TEST_P(RankSumOn, KeepsTheTieTermExactBeyondSixtyFourBits) {
  constexpr std::int64_t kControl = 3'000'000;
  Screen screen{{kControl, 1, std::vector<double>(kControl, 0.0)}, {2, 1, {5.0, 0.0}}, {0, 2}, {0}};
  const auto fast =
      rank_sums(*backend_, screen, {}, RankValues::kF32Linear, Stored::kCounts, GeneType::kU16);
  EXPECT_EQ(fast.two_u[0], 3 * kControl);
  // 3,000,001^3 - 3,000,001 = 27000026999...: from exact integer arithmetic, rounded once.
  EXPECT_EQ(fast.ties[0], 27'000'027'000'006'000'000.0);
}

TEST_P(RankSumOn, AllTiedHasPOneHoweverLarge) {
  for (const std::int64_t n : {2, 1000, 3'000'000}) {
    Screen screen{{n, 1, std::vector<double>(static_cast<std::size_t>(n), 0.0)},
                  {3, 1, {0.0, 0.0, 0.0}},
                  {0, 3},
                  {0}};
    const auto fast =
        rank_sums(*backend_, screen, {}, RankValues::kF32Linear, Stored::kCounts, GeneType::kU16);
    EXPECT_EQ(fast.two_u[0], 3 * n);
    EXPECT_EQ(fast.p[0], 1.0);
  }
}

nlohmann::json rank_vector(const std::string& id) {
  std::ifstream file(source_path("tests/vectors/cell_eval_vectors.json"));
  const auto all = nlohmann::json::parse(file);
  for (const auto& entry : all["vectors"]) {
    if (entry["id"] == id) return entry;
  }
  throw std::runtime_error("no vector " + id);
}

// The vectors give the ranked values themselves: one lognorm gene stored in double does too.
Fast of_vector(Backend& backend, const nlohmann::json& entry, bool continuity) {
  const auto group = entry["group"].get<std::vector<double>>();
  const auto control = entry["control"].get<std::vector<double>>();
  const Screen screen{{std::ssize(control), 1, control},
                      {std::ssize(group), 1, group},
                      {0, std::ssize(group)},
                      {0}};
  return rank_sums(backend, screen, {InputType::kLognorm}, RankValues::kF64Log1p, Stored::kDouble,
                   GeneType::kU16, continuity);
}

TEST_P(RankSumOn, ReproducesVectorD01) {
  const auto d01 = rank_vector("D01");
  const double tolerance = d01["tol"];
  for (const auto& entry : d01["inputs"]["cases"]) {
    const auto& expected = d01["expected"][entry["name"].get<std::string>()];
    const auto fast = of_vector(*backend_, entry, true);
    EXPECT_EQ(static_cast<double>(fast.two_u[0]) / 2, expected["U1"].get<double>());
    EXPECT_EQ(fast.ties[0], expected["tie_term"].get<double>());
    EXPECT_NEAR(fast.p[0], expected["p"].get<double>(), tolerance) << entry["name"];
  }
}

TEST_P(RankSumOn, ReproducesVectorD02WithoutContinuity) {
  const auto d02 = rank_vector("D02");
  const double tolerance = d02["tol"];
  for (const auto& entry : d02["inputs"]["cases"]) {
    const auto& expected = d02["expected"][entry["name"].get<std::string>()];
    EXPECT_NEAR(of_vector(*backend_, entry, false).p[0], expected.get<double>(), tolerance)
        << entry["name"];
  }
}

TEST_P(RankSumOn, ReproducesVectorD03FloatScalingMakesAndBreaksTies) {
  const auto d03 = rank_vector("D03");
  for (const std::string name : {"created", "broken"}) {
    const auto cell = [&](const std::string& which) {
      const auto& entry = d03["inputs"][name][which];
      const double count = entry["count"];
      return DenseCells{1, 2, {count, entry["library"].get<double>() - count}};
    };
    const Screen screen{cell("cell_2"), cell("cell_1"), {0, 1}, {0}};
    const Linear linear{InputType::kCounts, d03["inputs"]["target_sum"]};
    for (const auto values : {RankValues::kF32Linear, RankValues::kF64Log1p}) {
      const bool f32 = values == RankValues::kF32Linear;
      const auto fast =
          rank_sums(*backend_, screen, linear, values, Stored::kCounts, GeneType::kU16);
      const bool tied = d03["expected"][name][f32 ? "float32_tied" : "float64_tied"];
      const auto& pair = d03["expected"][name][f32 ? "float32" : "float64"];
      const bool greater = pair[0].get<double>() > pair[1].get<double>();
      EXPECT_EQ(fast.ties[0], tied ? 6.0 : 0.0) << name;
      EXPECT_EQ(fast.two_u[0], tied ? 1 : greater ? 2 : 0) << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, RankSumOn, ::testing::ValuesIn(backend_names()),
                         [](const auto& instance) { return instance.param; });

}  // namespace
}  // namespace cupel::test
