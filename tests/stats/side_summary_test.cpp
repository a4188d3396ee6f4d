#include "stats/side_summary.hpp"

#include <cmath>
#include <functional>
#include <limits>

#include "cupel/metric.hpp"
#include "device_on_cpu/device_memory.hpp"
#include "support/matrices.hpp"
#include "support/memory_screen.hpp"
#include "support/small_screen.hpp"

namespace cupel::test {
namespace {

constexpr std::int64_t kAmpleBytes = std::int64_t{1} << 40;
constexpr std::int64_t kBytesPerCell = 100;

// Both summaries of a screen, in the test's own memory.
struct Summary {
  std::vector<double> numbers;  // profiles, corrections, means, fold changes: near enough
  std::vector<double> exact;    // p-values, which follow from whole numbers, and who was tested
  std::uint64_t fingerprint = 0;
  int reads = 0;
};

struct Setting {
  const char* name;
  InputType input = InputType::kCounts;
  std::uint8_t needs = kNeedsBulk | kNeedsCorrections | kNeedsDe;
  std::function<void(Conventions&)> change = [](Conventions&) {};
};

std::vector<Setting> every_setting() {
  return {{.name = "counts"},
          {.name = "lognorm", .input = InputType::kLognorm},
          {.name = "logs ranked, geometric means, one table of p",
           .change =
               [](Conventions& c) {
                 c.de.rank_values = RankValues::kF64Log1p;
                 c.de.mean = MeanKind::kGeometric;
                 c.de.fdr_scope = FdrScope::kGlobal;
               }},
          {.name = "lognorm profiles of counts, no gate",
           .change =
               [](Conventions& c) {
                 c.expression.space = ExpressionSpace::kLognorm;
                 c.de.min_control_cpm = {};
               }},
          {.name = "profiles alone", .needs = kNeedsBulk | kNeedsCorrections}};
}

MemoryScreen screen_of(const Setting& setting) {
  auto small = make_small_screen();
  if (setting.input == InputType::kLognorm) small.to_lognorm();
  MemoryScreen screen({small.n_cells(), small.n_genes(), small.values}, {{"target", small.labels}},
                      small.genes);
  screen.bytes_per_row = kBytesPerCell;
  return screen;
}

Conventions conventions_of(const Setting& setting) {
  Conventions conventions;
  conventions.data.input_type = setting.input;
  conventions.data.max_counts_per_cell = 1e7;
  setting.change(conventions);
  return conventions;
}

void append(std::vector<double>& to, const std::vector<double>& more) {
  to.insert(to.end(), more.begin(), more.end());
}
void append(std::vector<double>& to, const Matrix<double>& host) {
  const auto view = host.view();
  to.insert(to.end(), view.data, view.data + view.size());
}

// `after_control` is called when the control is where the backend computes.
Summary summarise(
    const Setting& setting, Backend& backend, const std::function<void()>& after_control = [] {}) {
  auto screen = screen_of(setting);
  const auto conventions = conventions_of(setting);
  const auto grouping = group_cells(screen, "target", "non-targeting", "")[0];
  Console console(true);
  ValueWatch watch(screen, conventions, false);
  const SummaryRequest request{.needs = setting.needs, .memory = kAmpleBytes};
  const auto control =
      summarise_control(screen, grouping, conventions, request, watch, backend, console);
  after_control();
  const auto side = summarise_perturbations(screen, grouping, control, conventions, request, watch,
                                            backend, console);
  watch.finish();

  Summary summary;
  summary.numbers = control.cpm;
  append(summary.numbers, to_host(backend, control.bulk));
  append(summary.numbers, {control.correction});
  append(summary.numbers, to_host(backend, control.tested_mean));
  append(summary.numbers, to_host(backend, side.bulk));
  append(summary.numbers, side.correction);
  append(summary.numbers, side.de.log2_fold_change);
  append(summary.exact, {control.tested.begin(), control.tested.end()});
  append(summary.exact, side.de.p_value);
  append(summary.exact, side.de.p_adj);
  summary.fingerprint = control.fingerprint + 3 * side.fingerprint;
  summary.reads = screen.reads;
  return summary;
}

void expect_same(const Summary& actual, const Summary& expected, const std::string& what) {
  ASSERT_EQ(actual.numbers.size(), expected.numbers.size()) << what;
  for (std::size_t i = 0; i < expected.numbers.size(); ++i) {
    // sums over genes in another order; of cells the order is the same
    ASSERT_NEAR(actual.numbers[i], expected.numbers[i], 1e-10 * std::abs(expected.numbers[i]))
        << what << " at " << i;
  }
  ASSERT_EQ(actual.exact.size(), expected.exact.size()) << what;
  for (std::size_t i = 0; i < expected.exact.size(); ++i) {
    ASSERT_DOUBLE_EQ(actual.exact[i], expected.exact[i]) << what << " at " << i;
  }
  EXPECT_EQ(actual.fingerprint, expected.fingerprint) << what;
}

class SideSummaries : public PerBackend {};

TEST_P(SideSummaries, AreThoseOfTheCpu) {
  const auto cpu = make_backend("cpu");
  for (const auto& setting : every_setting()) {
    expect_same(summarise(setting, *backend), summarise(setting, *cpu), setting.name);
  }
}

TEST_P(SideSummaries, OfGroupsAreThoseOfTheCpu) {
  const auto cpu = make_backend("cpu");
  for (const auto& setting : every_setting()) {
    std::vector<Summary> summaries;
    for (Backend* each : {backend.get(), cpu.get()}) {
      auto screen = screen_of(setting);
      const auto conventions = conventions_of(setting);
      const auto grouping = group_cells(screen, "target", "non-targeting", "")[0];
      auto rows = grouping.rows;
      rows.insert(rows.begin() + 2, grouping.control);
      Console console(true);
      ValueWatch watch(screen, conventions, false);
      const auto groups =
          summarise_groups(screen, rows, conventions, 60 * kBytesPerCell, watch, *each, console);
      Summary& summary = summaries.emplace_back();
      append(summary.numbers, groups.profiles);
      append(summary.exact, groups.sums);
      summary.reads = screen.reads;
    }
    EXPECT_GT(summaries[0].reads, 1);
    expect_same(summaries[0], summaries[1], setting.name);
  }
}

// The check sees the cells wherever they are by then.
TEST_P(SideSummaries, RefuseWhatTheCpuRefuses) {
  const Setting setting{.name = "counts"};
  const auto conventions = conventions_of(setting);
  const auto refusal = [&](double value, Backend& on) {
    auto small = make_small_screen();
    small.value(small.first_cell("G010"), 7) = value;
    MemoryScreen screen({small.n_cells(), small.n_genes(), small.values},
                        {{"target", small.labels}}, small.genes);
    const auto grouping = group_cells(screen, "target", "non-targeting", "")[0];
    Console console(true);
    ValueWatch watch(screen, conventions, false);
    return error_of([&] {
      (void)summarise_groups(screen, grouping.rows, conventions, kAmpleBytes, watch, on, console);
    });
  };
  const auto cpu = make_backend("cpu");
  for (const double bad : {-1.0, 0.5, 2e7, std::numeric_limits<double>::quiet_NaN()}) {
    const auto expected = refusal(bad, *cpu);
    EXPECT_NE(expected, "");
    EXPECT_EQ(refusal(bad, *backend), expected);
  }
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, SideSummaries, every_backend());

// However little memory a device has: the same bits in more batches, or an error that names bytes.
// Takes `run` through ever less memory, from `bytes` down.
void shrink_memory(const Setting& setting, std::int64_t bytes,
                   const std::function<Summary(std::int64_t)>& run) {
  const auto first = run(std::int64_t{1} << 30);
  expect_same(first, summarise(setting, *make_backend("cpu")), "with enough memory");
  int most_reads = first.reads;
  int refused = 0;
  for (; refused < 2; bytes = bytes * 2 / 3) {
    try {
      const auto summary = run(bytes);
      EXPECT_TRUE(same_bits(summary.numbers, first.numbers)) << bytes;
      EXPECT_TRUE(same_bits(summary.exact, first.exact)) << bytes;
      EXPECT_EQ(summary.fingerprint, first.fingerprint) << bytes;
      most_reads = std::max(most_reads, summary.reads);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory) << error.what();
      EXPECT_NE(std::string(error.what()).find("the GPU cannot give "), std::string::npos)
          << error.what();
      ++refused;
    }
  }
  EXPECT_GT(most_reads, first.reads + 1) << "no batch was cut";
}

TEST(LittleDeviceMemory, IsPlannedFor) {
  const auto setting = every_setting()[0];
  shrink_memory(setting, std::int64_t{1} << 19, [&](std::int64_t bytes) {
    return summarise(setting, *make_backend_on_cpu(bytes));
  });
}

TEST(LittleDeviceMemory, ShowsWhenABatchIsThere) {
  const auto backend = make_backend_on_cpu();
  for (const std::size_t which : {0, 1, 4}) {
    const auto setting = every_setting()[which];
    SCOPED_TRACE(setting.name);
    shrink_memory(setting, std::int64_t{1} << 15, [&](std::int64_t bytes) {
      struct Forbid {
        explicit Forbid(std::int64_t most) : bytes(static_cast<std::size_t>(most)) {}
        ~Forbid() { cuda_on_cpu::fail_allocations_above(SIZE_MAX); }
        void begin() const { cuda_on_cpu::fail_allocations_above(bytes); }
        std::size_t bytes;
      } forbid(bytes);
      return summarise(setting, *backend, [&] { forbid.begin(); });
    });
  }
}

}  // namespace
}  // namespace cupel::test
