#include "baselines/generic_response.hpp"

#include <set>

#include "cupel/error.hpp"
#include "support/matrices.hpp"

namespace cupel::test {
namespace {

MatrixView<const double> view(const Dense& dense) {
  return {dense.values.data(), dense.rows, dense.cols, Space::kHost};
}

TEST(GenericResponse, RefusesWhenNoLabelNamesAGene) {
  const Dense means = random_matrix(3, 4, 1);
  const std::vector<std::int32_t> own{-1, -1, -1};
  const std::vector<std::string> genes{"a", "b", "c", "d"};
  EXPECT_THROW(static_cast<void>(generic_response(view(means), own, genes)), Error);
}

TEST(GenericResponse, NamesTheGeneThatLosesEveryContributor) {
  const Dense means = random_matrix(2, 3, 1);
  const std::vector<std::int32_t> own{1, 1};
  const std::vector<std::string> genes{"a", "b", "c"};
  try {
    static_cast<void>(generic_response(view(means), own, genes));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_NE(std::string(error.what()).find("gene 'b'"), std::string::npos) << error.what();
  }
}

TEST(EmissionScale, IsZeroWhereTheControlIs) {
  EXPECT_EQ(emission_scale(std::vector{3.0, 2.0, 0.0}, std::vector{2.0, 0.0, 1.0}),
            (std::vector{1.5, 0.0, 0.0}));
}

TEST(ScaleCells, ScalesTheControlCellsItDrewAndStoresNoZero) {
  const DenseCells counts = random_counts(20, 40, 4);
  std::vector<double> scale(40, 0.5);
  scale[3] = 0.0;
  for (const auto type : {ValueType::kU16, ValueType::kF32, ValueType::kF64}) {
    const Cells control = compress(counts, GeneType::kU16, type);
    const auto drawn = draw_control_rows(std::vector<std::int64_t>{5, 0, 30}, 20, 9);
    ASSERT_EQ(std::ssize(drawn), 35);
    const auto emitted = scale_cells(control.view(), drawn, scale);
    EXPECT_GT(std::set(drawn.begin(), drawn.end()).size(), 5U);
    visit(emitted.view(), [&](const auto& cells) {
      ASSERT_EQ(cells.rows, 35);
      for (std::int64_t cell = 0; cell < cells.rows; ++cell) {
        const auto from = drawn[static_cast<std::size_t>(cell)];
        std::int64_t at = cells.row_begin[cell];
        for (std::int64_t gene = 0; gene < 40; ++gene) {
          const double expected = counts(from, gene) * scale[static_cast<std::size_t>(gene)];
          if (expected == 0.0) continue;
          EXPECT_EQ(cells.genes[at], gene);
          EXPECT_EQ(static_cast<double>(cells.values[at]), expected);
          ++at;
        }
        EXPECT_EQ(at, cells.row_begin[cell] + cells.row_length[cell]);
      }
    });
  }
}

}  // namespace
}  // namespace cupel::test
