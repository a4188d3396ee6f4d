#include "data/validation.hpp"
#include "cupel/nan.hpp"

#include <cmath>

#include "data/batches.hpp"
#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using test::error_of;
using test::MemoryScreen;

// The verdict on a 2 × 2 matrix, read as one group.
std::string verdict(std::vector<double> values, InputType type, bool may_be_fractional = false) {
  MemoryScreen screen({2, 2, values}, {});
  Conventions conventions;
  conventions.data.input_type = type;
  const std::vector<std::vector<std::int64_t>> rows{{0, 1}};
  const std::vector<std::int32_t> chosen{0};
  const auto batch = read_batch(screen, rows, chosen);
  std::vector<double> totals(2);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto row = static_cast<std::size_t>(batch.file_rows[i]) * 2;
    for (std::size_t j = 0; j < 2; ++j) {
      totals[i] += type == InputType::kCounts ? values[row + j] : std::expm1(values[row + j]);
    }
  }
  return error_of([&] {
    ValueWatch watch(screen, conventions, may_be_fractional);
    watch.check(batch.cells.view(), batch.file_rows, totals);
    watch.finish();
  });
}

std::string unchecked_verdict(std::vector<double> values) {
  MemoryScreen screen({1, std::ssize(values), values}, {});
  Conventions conventions;
  conventions.data.input_type = InputType::kLognorm;
  conventions.data.validate = false;
  const std::vector<std::vector<std::int64_t>> rows{{0}};
  const auto batch = read_batch(screen, rows, std::vector<std::int32_t>{0});
  return error_of([&] {
    ValueWatch(screen, conventions, false).check(batch.cells.view(), batch.file_rows, {});
  });
}

TEST(ValueWatch, AcceptsCounts) { EXPECT_EQ(verdict({1, 0, 2, 3}, InputType::kCounts), ""); }

TEST(ValueWatch, RefusesLognormValuesAtOrBeyondTheLimitThatIsSet) {
  const auto refused = [](double largest, std::optional<double> limit) {
    MemoryScreen screen({1, 2, {0.5, largest}}, {});
    Conventions conventions;
    conventions.data.input_type = InputType::kLognorm;
    conventions.data.max_counts_per_cell = 1e9;
    conventions.data.max_lognorm = limit;
    const std::vector<std::vector<std::int64_t>> rows{{0}};
    const auto batch = read_batch(screen, rows, std::vector<std::int32_t>{0});
    return error_of([&] {
      ValueWatch(screen, conventions, false).check(batch.cells.view(), batch.file_rows, {});
    });
  };
  EXPECT_EQ(refused(14.875, 15.0), "");
  EXPECT_EQ(refused(15.0, std::nullopt), "");
  EXPECT_NE(refused(15.0, 15.0).find("is not below data.max_lognorm = 15"), std::string::npos);
}

TEST(ValueWatch, NamesTheCellAndGeneOfANegativeValue) {
  EXPECT_EQ(
      verdict({1, -1, 2, 3}, InputType::kCounts),
      "memory.h5ad: cell 'cell0' (row 0), gene 'g1': the value -1 is negative; expression must "
      "not be");
}

TEST(ValueWatch, NamesTheCellAndGeneOfANan) {
  for (const auto type : {InputType::kCounts, InputType::kLognorm}) {
    EXPECT_EQ(
        verdict({1, 0, kNaN, 3}, type),
        "memory.h5ad: cell 'cell1' (row 1), gene 'g0': the value is NaN; expression must be a "
        "number");
  }
}

TEST(ValueWatch, FindsANanBehindValuesThatItWasToldToLetPass) {
  EXPECT_EQ(unchecked_verdict({-1, 2, 3}), "");
  EXPECT_EQ(unchecked_verdict({-1, 2, kNaN}),
            "memory.h5ad: cell 'cell0' (row 0), gene 'g2': the value is NaN; expression must be a "
            "number");
}

TEST(ValueWatch, RefusesFractionalCountsUnlessAllowed) {
  EXPECT_EQ(
      verdict({1.5, 0, 2, 3}, InputType::kCounts),
      "memory.h5ad: cell 'cell0' (row 0), gene 'g0': the value 1.5 is not a whole number; give "
      "--input-type lognorm, or --set data.allow_fractional_counts=true for predictions");
  EXPECT_EQ(verdict({1.5, 0, 2, 3}, InputType::kCounts, true), "");
}

TEST(ValueWatch, ToleratesAMillionthOffAWholeNumber) {
  EXPECT_EQ(verdict({1.0000005, 0, 2, 3}, InputType::kCounts), "");
  EXPECT_NE(verdict({1.0000012, 0, 2, 3}, InputType::kCounts), "");
}

TEST(ValueWatch, RefusesACellBeyondTheLimitButNotAtIt) {
  EXPECT_EQ(verdict({999999, 1, 2, 3}, InputType::kCounts), "");
  EXPECT_EQ(verdict({999999, 2, 2, 3}, InputType::kCounts),
            "memory.h5ad: cell 'cell0' (row 0): the total of the cell is 1000001, beyond "
            "data.max_counts_per_cell = 1000000");
}

TEST(ValueWatch, RefusesCountsCalledLognorm) {
  EXPECT_EQ(verdict({1, 0, 2, 3}, InputType::kLognorm),
            "memory.h5ad: every value is a whole number, so these are counts, not lognorm; give "
            "--input-type counts");
}

TEST(ValueWatch, AcceptsAnAllZeroLognormMatrix) {
  EXPECT_EQ(verdict({0, 0, 0, 0}, InputType::kLognorm), "");
}

TEST(ValueWatch, RefusesLognormValuesBeyondTheScale) {
  EXPECT_EQ(verdict({14.5, 0.5, 0, 0}, InputType::kLognorm),
            "memory.h5ad: the largest value 14.5 is beyond log1p(1000000); are these counts? give "
            "--input-type counts");
}

}  // namespace
}  // namespace cupel
