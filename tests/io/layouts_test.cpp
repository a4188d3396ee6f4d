// Every file of ../shared/data, of every age of anndata, against what anndata itself reads there.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "data/row_key.hpp"
#include "io/h5ad_file.hpp"
#include "support/data_files.hpp"
#include "support/paths.hpp"

namespace cupel::io {
namespace {

using nlohmann::json;

std::string digest(const std::vector<std::string>& texts) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const auto& text : texts) {
    for (const char c : text + "\n") {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
    }
  }
  return std::to_string(hash);
}

void expect_names(const std::vector<std::string>& names, const json& expected) {
  ASSERT_EQ(names.size(), expected["n"].get<std::size_t>());
  for (std::size_t k = 0; k < expected["first"].size(); ++k)
    EXPECT_EQ(names[k], expected["first"][k]);
  EXPECT_EQ(digest(names), expected["digest"]);
}

void expect_column(const Column& column, const json& expected) {
  std::vector<std::string> texts;
  std::size_t missing = 0;
  for (const auto code : column.codes) {
    if (code < 0) ++missing;
    texts.push_back(code < 0 ? std::string(1, '\0')
                             : column.categories[static_cast<std::size_t>(code)]);
  }
  EXPECT_EQ(missing, expected["missing"].get<std::size_t>());
  for (std::size_t k = 0; k < expected["first"].size(); ++k) {
    const json& first = expected["first"][k];
    EXPECT_EQ(texts[k], first.is_null() ? std::string(1, '\0') : first.get<std::string>());
  }
  EXPECT_EQ(digest(texts), expected["digest"]);
  EXPECT_EQ(column.type == "categorical", expected.contains("categories"));
  if (expected.contains("categories")) {
    expect_names(column.categories, expected["categories"]);
  } else {
    EXPECT_TRUE(std::ranges::is_sorted(column.categories));
  }
}

void expect_matrix(MatrixReader& matrix, const json& expected) {
  std::vector<std::int64_t> rows(expected["shape"][0].get<std::size_t>());
  std::iota(rows.begin(), rows.end(), 0);
  const LoadedCells loaded = matrix.read(rows);
  ASSERT_EQ(loaded.cells.n_genes, expected["shape"][1].get<std::int64_t>());
  std::int64_t entries = 0;
  std::int64_t nan = 0;
  double sum = 0;
  double weighted = 0;
  double magnitude = 0;
  visit(loaded.cells.view(), [&](const auto& cells) {
    for (std::int64_t row = 0; row < cells.rows; ++row) {
      std::uint64_t key = 0;
      std::int64_t previous = -1;
      for (std::int64_t k = 0; k < cells.row_length[row]; ++k) {
        const std::int64_t at = cells.row_begin[row] + k;
        const auto gene = static_cast<std::int64_t>(cells.genes[at]);
        const auto value = static_cast<double>(cells.values[at]);
        ASSERT_GT(gene, previous) << "row " << row;
        ASSERT_NE(value, 0.0) << "row " << row;
        previous = gene;
        key += entry_key(static_cast<std::uint32_t>(gene), value);
        ++entries;
        if (std::isnan(value)) {
          ++nan;
          continue;
        }
        const double term = value * static_cast<double>((1 + row % 13) * (1 + gene % 17));
        sum += value;
        weighted += term;
        magnitude += std::abs(term);
        if (row == 0 && k < static_cast<std::int64_t>(expected["first_row"].size())) {
          EXPECT_EQ(gene, expected["first_row"][static_cast<std::size_t>(k)][0]);
          EXPECT_EQ(value, expected["first_row"][static_cast<std::size_t>(k)][1]);
        }
      }
      EXPECT_EQ(loaded.row_key[static_cast<std::size_t>(row)], key) << "row " << row;
    }
  });
  EXPECT_EQ(entries, expected["entries"].get<std::int64_t>());
  EXPECT_EQ(nan, expected["nan"].get<std::int64_t>());
  const double tolerance = 1e-12 * magnitude;  // only the order of a sum in double differs
  EXPECT_NEAR(sum, expected["sum"].get<double>(), tolerance);
  EXPECT_NEAR(weighted, expected["weighted"].get<double>(), tolerance);
}

class Layouts : public ::testing::TestWithParam<Hdf5File::Reader> {};

TEST_P(Layouts, AreReadAsAnndataReadsThem) {
  CUPEL_SKIP_WITHOUT_DATA();
  std::ifstream stream(test::source_path("tests/io/layouts_expected.json"));
  const json all = json::parse(stream);
  ASSERT_GT(all.size(), 20U);
  for (const auto& [name, expected] : all.items()) {
    SCOPED_TRACE(name);
    H5adFile file(test::data_file(name), GetParam());
    expect_names(file.obs().index(), expected["obs_names"]);
    std::vector<std::string> matrices;
    for (const auto& [matrix, unused] : expected["matrices"].items()) matrices.push_back(matrix);
    EXPECT_EQ(file.matrices(), matrices);
    EXPECT_EQ(file.obs().columns().size(), expected["obs"].size());
    for (const auto& [column, labels] : expected["obs"].items()) {
      SCOPED_TRACE(column);
      expect_column(file.obs().read(column), labels);
      EXPECT_EQ(file.obs().type_of(column), file.obs().read(column).type);
    }
    for (const auto& [matrix, content] : expected["matrices"].items()) {
      SCOPED_TRACE(matrix);
      expect_names(file.genes_of(matrix).index(),
                   expected[matrix == "raw" ? "raw_names" : "var_names"]);
      expect_matrix(*file.open(matrix), content);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(ReadBy, Layouts,
                         ::testing::Values(Hdf5File::Reader::kOurs, Hdf5File::Reader::kLibrary),
                         [](const auto& reader) {
                           return reader.param == Hdf5File::Reader::kOurs ? "us" : "libhdf5";
                         });

}  // namespace
}  // namespace cupel::io
