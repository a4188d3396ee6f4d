// obs columns of every encoding, as text.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "cupel/error.hpp"
#include "cupel/nan.hpp"
#include "io/h5ad_contents.hpp"
#include "io/h5ad_screen.hpp"
#include "io/labels.hpp"
#include "support/damage_h5ad.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_h5ad.hpp"

namespace cupel::io {
namespace {

using Texts = std::vector<std::string>;
using Codes = std::vector<std::int32_t>;

class Columns : public ::testing::Test {
 protected:
  // A file with four cells and whatever `fill` adds to obs.
  template <typename Fill>
  std::unique_ptr<Screen> with(const Fill& fill) {
    {
      test::TinyH5ad file(path(), 4, 1);
      file.add_dense("X", {}, {});
      fill(file);
    }
    return open_h5ad(path());
  }
  std::string path() const { return folder_.file("x.h5ad"); }

  void expect(const Column& column, const std::string& type, const Texts& categories,
              const Codes& codes) {
    EXPECT_EQ(column.name, "c");
    EXPECT_EQ(column.type, type);
    EXPECT_EQ(column.categories, categories);
    EXPECT_EQ(column.codes, codes);
  }

  test::ScratchFolder folder_;
};

TEST_F(Columns, CategoricalsKeepTheFilesOrder) {
  for (const char* type : {"int8", "int16", "int32", "int64"}) {
    const auto screen = with([&](test::TinyH5ad& file) {
      file.add_categorical("c", {"z", "unused", "a"}, {0, 2, -1, 0}, type);
    });
    expect(screen->obs("c"), "categorical", {"z", "unused", "a"}, {0, 2, -1, 0});
  }
}

TEST_F(Columns, CodesMayBeUnsigned) {
  const auto screen = with([](test::TinyH5ad& file) {
    file.add_categorical("c", {"z", "a"}, {0, 1, 1, 0}, "uint8");
  });
  expect(screen->obs("c"), "categorical", {"z", "a"}, {0, 1, 1, 0});
}

TEST_F(Columns, OldCategoricalsFollowTheirReference) {
  const auto screen = with([](test::TinyH5ad& file) {
    file.add_old_categorical("c", {"z", "a"}, {0, 1, -1, 0});
  });
  expect(screen->obs("c"), "categorical", {"z", "a"}, {0, 1, -1, 0});
  EXPECT_EQ(screen->obs_names(), Texts{"c"});  // __categories is no column
}

TEST_F(Columns, CategoriesMayBeNumbers) {
  const auto screen = with([](test::TinyH5ad& file) {
    test::make_group(file.id(), "obs/c");
    test::write_numbers(file.id(), "obs/c/categories", std::vector{10.0, 2.5}, {.type = "float64"});
    test::write_integers(file.id(), "obs/c/codes", std::vector<std::int64_t>{1, 0, 0, -1}, "int8");
    test::write_attribute(file.id(), "obs", "column-order", Texts{"c"});
  });
  expect(screen->obs("c"), "categorical", {"10.0", "2.5"}, {1, 0, 0, -1});
}

TEST_F(Columns, TextSortsByCodepoint) {
  // Codepoints, not letters: 'Z' before 'a', e-acute before the euro sign before an emoji.
  const Texts values{"\xE2\x82\xAC", "\xF0\x9F\x98\x80", "a", "Z"};
  const auto screen = with([&](test::TinyH5ad& file) { file.add_text("c", values); });
  expect(screen->obs("c"), "string", {"Z", "a", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}, {2, 3, 1, 0});
}

TEST_F(Columns, EmptyTextIsALabel) {
  const auto screen = with([&](test::TinyH5ad& file) { file.add_text("c", {"", "a", "", "b"}); });
  expect(screen->obs("c"), "string", {"", "a", "b"}, {0, 1, 0, 2});
}

TEST_F(Columns, FixedWidthTextEndsAtItsZeros) {
  const auto screen = with([](test::TinyH5ad& file) {
    file.add_fixed_text("c", {"control", "B", "A", "B"});
  });
  expect(screen->obs("c"), "string", {"A", "B", "control"}, {2, 1, 0, 1});
}

TEST_F(Columns, IntegersOfEveryTypeAreWrittenPlainly) {
  for (const char* type : {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
                           ">int32", ">uint16"}) {
    const auto screen = with([&](test::TinyH5ad& file) {
      file.add_numbers("c", {10, 9, 10, 100}, {.type = type});
    });
    const std::string plain = type[0] == '>' ? type + 1 : type;
    expect(screen->obs("c"), plain, {"10", "100", "9"}, {0, 2, 0, 1});  // as text: 100 before 9
  }
}

TEST_F(Columns, ExtremeIntegersAreExact) {
  const auto screen = with([](test::TinyH5ad& file) {
    test::write_integers(file.id(), "obs/c",
                         std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), -1, 0,
                                                   std::numeric_limits<std::int64_t>::max()},
                         "int64");
    test::write_attribute(file.id(), "obs", "column-order", Texts{"c"});
  });
  expect(screen->obs("c"), "int64", {"-1", "-9223372036854775808", "0", "9223372036854775807"},
         {1, 0, 2, 3});
}

TEST_F(Columns, FloatsAreWrittenAsPythonDoes) {
  for (const char* type : {"float64", "float32", "float16"}) {
    const auto screen = with([&](test::TinyH5ad& file) {
      file.add_numbers("c", {1, 0.5, kNaN, -2}, {.type = type});
    });
    expect(screen->obs("c"), type, {"-2.0", "0.5", "1.0"}, {2, 1, -1, 0});
  }
}

TEST_F(Columns, BooleansAreTrueAndFalse) {
  const auto screen = with([](test::TinyH5ad& file) {
    file.add_numbers("c", {1, 0, 0, 1}, {.type = "bool"});
  });
  expect(screen->obs("c"), "bool", {"False", "True"}, {1, 0, 0, 1});
}

TEST_F(Columns, MaskedValuesAreMissing) {
  const auto integers = with([](test::TinyH5ad& file) {
    file.add_nullable("c", "nullable-integer", {1, 2, 3, 1}, "int32", {0, 1, 0, 0});
  });
  expect(integers->obs("c"), "nullable int32", {"1", "3"}, {0, -1, 1, 0});
  const auto booleans = with([](test::TinyH5ad& file) {
    file.add_nullable("c", "nullable-boolean", {1, 0, 1, 1}, "bool", {0, 0, 1, 1});
  });
  expect(booleans->obs("c"), "nullable bool", {"False", "True"}, {1, 0, -1, -1});
  const auto texts = with([](test::TinyH5ad& file) {
    test::make_group(file.id(), "obs/c");
    test::write_texts(file.id(), "obs/c/values", {"b", "", "a", "b"});
    test::write_numbers(file.id(), "obs/c/mask", std::vector{0.0, 1.0, 0.0, 0.0}, {.type = "bool"});
    test::write_attribute(file.id(), "obs", "column-order", Texts{"c"});
  });
  expect(texts->obs("c"), "nullable string", {"a", "b"}, {1, -1, 0, 1});
}

TEST_F(Columns, CompressedColumnsAreRead) {
  const auto screen = with([](test::TinyH5ad& file) {
    file.add_numbers("c", {3, 1, 2, 1},
                     {.type = "int16", .chunk = 3, .filters = {"shuffle", "gzip", "fletcher32"}});
  });
  expect(screen->obs("c"), "int16", {"1", "2", "3"}, {2, 0, 1, 0});
}

TEST_F(Columns, CellAndGeneNamesAreThoseOfTheIndex) {
  const auto screen = with([](test::TinyH5ad&) {});
  EXPECT_EQ(screen->cell_names(), (Texts{"cell0", "cell1", "cell2", "cell3"}));
  EXPECT_EQ(screen->genes(), Texts{"gene0"});
}

TEST_F(Columns, WithoutAStatedOrderAllMembersAreColumns) {
  with([](test::TinyH5ad& file) {
    file.add_text("b", {"1", "2", "3", "4"});
    file.add_old_categorical("a", {"x"}, {0, 0, 0, 0});
  });
  EXPECT_EQ(open_h5ad(path())->obs_names(), (Texts{"b", "a"}));
  test::delete_attribute(path(), "obs", "column-order");
  EXPECT_EQ(open_h5ad(path())->obs_names(), (Texts{"a", "b"}));
  test::delete_attribute(path(), "obs", "_index");
  EXPECT_EQ(open_h5ad(path())->obs_names(), (Texts{"a", "b"}));
}

TEST_F(Columns, AnUnknownNameGetsTheNearestAndTheList) {
  const auto screen = with([](test::TinyH5ad& file) {
    file.add_text("target_gene", {"a", "b", "c", "d"});
    file.add_text("batch", {"a", "b", "c", "d"});
  });
  const auto message = [&](const char* name) {
    try {
      (void)screen->obs(name);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      return std::string(error.what());
    }
    return std::string("was found");
  };
  EXPECT_EQ(message("target"), path() +
                                   ": obs has no column 'target' (did you mean "
                                   "'target_gene'?); columns: target_gene, batch");
  EXPECT_EQ(message("Btach"), path() +
                                  ": obs has no column 'Btach' (did you mean 'batch'?); "
                                  "columns: target_gene, batch");
  EXPECT_EQ(message("zzz"), path() + ": obs has no column 'zzz'; columns: target_gene, batch");
}

TEST_F(Columns, ContentsTellWhatIsThere) {
  {
    test::TinyH5ad file(path(), 4, 3);
    const std::vector<test::Triplet> entries{{0, 0, 1}, {1, 1, 2}};
    file.add_sparse("X", "csr", entries, {.chunk = 2, .filters = {"shuffle", "gzip"}});
    test::make_group(file.id(), "layers");
    file.add_dense("layers/raw counts", entries, {.type = "uint8"});
    file.add_categorical("c", {"a"}, {0, 0, 0, 0});
    file.add_nullable("n", "nullable-integer", {1, 2, 3, 1}, "int32", {0, 1, 0, 0});
  }
  const H5adContents contents = describe_h5ad(path());
  EXPECT_EQ(contents.n_cells, 4);
  EXPECT_EQ(contents.n_genes, 3);
  ASSERT_EQ(contents.obs.size(), 2U);
  EXPECT_EQ(contents.obs[0].name, "c");
  EXPECT_EQ(contents.obs[0].type, "categorical");
  EXPECT_EQ(contents.obs[1].type, "nullable int32");
  ASSERT_EQ(contents.matrices.size(), 2U);
  const auto& x = contents.matrices[0];
  EXPECT_EQ(x.name, "X");
  EXPECT_EQ(x.problem, "");
  EXPECT_EQ(x.info.path, "X");
  EXPECT_EQ(x.info.layout, "csr");
  EXPECT_EQ(x.info.dtype, "float32");
  EXPECT_EQ(x.info.filters, "gzip-4 + shuffle");
  EXPECT_EQ(x.info.stored_values, 2);
  EXPECT_GT(x.info.stored_bytes, 0);
  const auto& layer = contents.matrices[1];
  EXPECT_EQ(layer.name, "layers/raw counts");
  EXPECT_EQ(layer.info.layout, "dense");
  EXPECT_EQ(layer.info.dtype, "uint8");
  EXPECT_EQ(layer.info.filters, "none");
  EXPECT_EQ(layer.info.stored_values, 12);
  EXPECT_EQ(layer.info.stored_bytes, 12);
}

// What CPython 3.11 and numpy 2.4 print for these.
TEST(PythonText, IsTheShortestThatReadsBack) {
  EXPECT_EQ(python_text(1.0), "1.0");
  EXPECT_EQ(python_text(-0.0), "-0.0");
  EXPECT_EQ(python_text(0.1), "0.1");
  EXPECT_EQ(python_text(0.1F), "0.1");
  EXPECT_EQ(python_text(0.30000000000000004), "0.30000000000000004");
  EXPECT_EQ(python_text(1e-4), "0.0001");
  EXPECT_EQ(python_text(1e-5), "1e-05");
  EXPECT_EQ(python_text(1.5e-7), "1.5e-07");
  EXPECT_EQ(python_text(123456789.125), "123456789.125");
  EXPECT_EQ(python_text(123456789.0F), "123456790.0");
  EXPECT_EQ(python_text(9999999999999998.0), "9999999999999998.0");
  EXPECT_EQ(python_text(1e16), "1e+16");
  EXPECT_EQ(python_text(1.25e22), "1.25e+22");
  EXPECT_EQ(python_text(-1e300), "-1e+300");
  EXPECT_EQ(python_text(5e-324), "5e-324");
  EXPECT_EQ(python_text(kNaN), "nan");
  EXPECT_EQ(python_text(-kInfinity), "-inf");
}

}  // namespace
}  // namespace cupel::io
