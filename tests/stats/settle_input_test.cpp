#include "stats/settle_input.hpp"

#include <cmath>

#include "data/input_survey.hpp"
#include "data/lognorm_screen.hpp"
#include "support/memory_screen.hpp"

namespace cupel::test {
namespace {

constexpr std::int64_t kPlenty = std::int64_t{1} << 40;

std::shared_ptr<Screen> screen_of(std::int64_t rows, std::vector<double> values) {
  const auto cols = std::ssize(values) / rows;
  return std::make_unique<MemoryScreen>(DenseCells{rows, cols, std::move(values)},
                                        std::map<std::string, std::vector<std::string>>{});
}

InputType guess(std::vector<double> values, InputGuess rule) {
  return guess_input(*screen_of(2, std::move(values)), rule, kPlenty);
}

TEST(GuessInput, TakesAnyFractionBeyondAThousandthForLognorm) {
  const auto rule = InputGuess::kValues;
  EXPECT_EQ(guess({1, 0, 2, 3}, rule), InputType::kCounts);
  EXPECT_EQ(guess({1, 0, 2, 2.5}, rule), InputType::kLognorm);
  EXPECT_EQ(guess({1, 0, 2, 2.0009765625}, rule), InputType::kCounts);
  // The fraction is what is above the whole number below, not the distance to the nearest.
  EXPECT_EQ(guess({1, 0, 2, 2.9995117187}, rule), InputType::kLognorm);
}

TEST(GuessInput, OfTotalsSeesNoFractionsThatCancel) {
  EXPECT_EQ(guess({1, 0, 2, 2.5}, InputGuess::kRowTotals), InputType::kLognorm);
  EXPECT_EQ(guess({1, 0, 2.5, 2.5}, InputGuess::kRowTotals), InputType::kCounts);
  EXPECT_EQ(guess({1, 0, 2, 2.00000006}, InputGuess::kRowTotals), InputType::kCounts);
}

TEST(GuessInput, OfTotalsLooksAtFiveHundredCells) {
  // Every other cell of 1000 is read; the odd ones hold fractions.
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i % 2 == 0 ? 1.0 : 1.5);
  EXPECT_EQ(guess_input(*screen_of(1000, values), InputGuess::kRowTotals, kPlenty),
            InputType::kCounts);
  EXPECT_EQ(guess_input(*screen_of(1000, values), InputGuess::kValues, kPlenty),
            InputType::kLognorm);
}

TEST(GuessInput, ReadsInPiecesAndStopsAtTheFirstFraction) {
  MemoryScreen screen({4, 1, {1.0, 1.5, 1.0, 1.0}}, {});
  screen.bytes_per_row = 100;
  EXPECT_EQ(guess_input(screen, InputGuess::kValues, 100), InputType::kLognorm);
  EXPECT_LE(screen.reads, 2);
  EXPECT_EQ(totals_of(screen, std::vector<std::int64_t>{0, 1, 3}, 100),
            (std::vector<double>{1.0, 1.5, 1.0}));
}

// Totals 0, 2, 3, 8.
std::vector<double> four_cells() { return {0, 0, 1, 1, 3, 0, 6, 2}; }

double settled_sum(TargetSumFrom from) {
  auto screen = screen_of(4, four_cells());
  Conventions c;
  c.expression.target_sum_from = from;
  static_cast<void>(settle_input(screen, c, kPlenty));
  return c.expression.target_sum;
}

TEST(SettleInput, TakesTheMedianTotalThatTheConventionsName) {
  EXPECT_EQ(settled_sum(TargetSumFrom::kGiven), 1e6);
  EXPECT_EQ(settled_sum(TargetSumFrom::kControlMedian), 1e6);  // known only group by group
  EXPECT_EQ(settled_sum(TargetSumFrom::kFileMedian), 3.0);
  EXPECT_EQ(settled_sum(TargetSumFrom::kFileMedianWithEmpty), 2.5);
  const auto screen = screen_of(4, four_cells());
  EXPECT_EQ(control_median(*screen, std::vector<std::int64_t>{0, 1, 3}, kPlenty), 5.0);
}

TEST(SettleInput, SaysWhatTheFileIsReadAs) {
  const auto said = [](std::vector<double> values, auto change) {
    auto screen = screen_of(4, std::move(values));
    Conventions c;
    change(c);
    return settle_input(screen, c, kPlenty);
  };
  EXPECT_EQ(said(four_cells(), [](Conventions&) {}), "");
  const auto as_v1 = [](Conventions& c) {
    c.data.guess_input = InputGuess::kValues;
    c.data.log_when_read = true;
    c.expression.target_sum_from = TargetSumFrom::kFileMedian;
  };
  EXPECT_EQ(said(four_cells(), as_v1),
            "counts, by a guess, normalised to the file's median total 3 and logged");
  EXPECT_EQ(said({0.5, 0, 1, 1, 3, 0, 6, 2}, as_v1), "lognorm, by a guess");
  EXPECT_EQ(said(four_cells(), [](Conventions& c) { c.data.log_when_read = true; }),
            "counts, normalised to 1000000 and logged");
}

TEST(SettleInput, RefusesWhatItCannotSettle) {
  auto empty = screen_of(2, {0, 0, 0, 0});
  Conventions c;
  c.expression.target_sum_from = TargetSumFrom::kFileMedian;
  EXPECT_NE(error_of([&] {
              static_cast<void>(settle_input(empty, c, kPlenty));
            }).find("no counts to take a median total of"),
            std::string::npos);
  auto screen = screen_of(4, four_cells());
  c.data.log_when_read = true;
  c.expression.target_sum_from = TargetSumFrom::kControlMedian;
  EXPECT_NE(
      error_of([&] { static_cast<void>(settle_input(screen, c, kPlenty)); }, ErrorKind::kUsage)
          .find("known before any group is read"),
      std::string::npos);
}

TEST(LognormScreen, NormalisesAndLogsEachCellInFloat) {
  const auto screen = as_lognorm(screen_of(4, four_cells()), 2.5);
  const std::vector<std::int64_t> rows{0, 1, 3};
  const auto loaded = screen->read(rows);
  EXPECT_EQ(loaded.cells.value_type, ValueType::kF32);
  std::vector<float> logs;
  visit(loaded.cells.view(), [&](auto cells) {
    for (std::int64_t row = 0; row < cells.rows; ++row) {
      for (std::int32_t i = 0; i < cells.row_length[row]; ++i) {
        logs.push_back(static_cast<float>(cells.values[cells.row_begin[row] + i]));
      }
    }
  });
  const auto of = [](float count, float total) {
    return static_cast<float>(std::log1p(static_cast<double>(count / (total / 2.5F))));
  };
  EXPECT_EQ(logs, (std::vector<float>{of(1, 2), of(1, 2), of(6, 8), of(2, 8)}));
  EXPECT_EQ(loaded.row_key, screen_of(4, four_cells())->read(rows).row_key);
}

}  // namespace
}  // namespace cupel::test
