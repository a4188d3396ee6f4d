// Every layout, type and filter against a slow reading from the definition.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>

#include "cupel/error.hpp"
#include "io/h5ad_screen.hpp"
#include "io/slow_cells.hpp"
#include "parallel/parallel.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_h5ad.hpp"

namespace cupel::io {
namespace {

using test::SlowRow;
using test::Storage;
using test::TinyH5ad;
using test::Triplet;
using Entries = std::vector<Triplet>;

constexpr std::int64_t kCells = 37;
constexpr std::int64_t kGenes = 53;

// A third of all places hold 1, 2, ... up to `most`; rows 5 and 36 and gene 7 are empty.
Entries some_entries(double most, std::uint64_t seed = 1) {
  std::mt19937_64 rng(seed);
  Entries entries;
  for (std::int64_t row = 0; row < kCells; ++row) {
    for (std::int64_t col = 0; col < kGenes; ++col) {
      if (row == 5 || row == 36 || col == 7 || rng() % 3 != 0) continue;
      entries.push_back({row, col, std::fmod(static_cast<double>(rng() % 100000), most) + 1});
    }
  }
  return entries;
}

void write(const std::string& path, const std::string& layout, const Entries& entries,
           const Storage& storage) {
  TinyH5ad file(path, kCells, kGenes);
  if (layout == "dense") {
    file.add_dense("X", entries, storage);
  } else {
    file.add_sparse("X", layout, entries, storage);
  }
}

std::vector<std::int64_t> all_rows(std::int64_t n = kCells) {
  std::vector<std::int64_t> rows(static_cast<std::size_t>(n));
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Reads `rows` and compares entries and keys.
void expect_rows(Screen& screen, const std::vector<std::int64_t>& rows,
                 const std::vector<SlowRow>& expected) {
  const LoadedCells loaded = screen.read(rows);
  const auto actual = test::rows_of(loaded);
  ASSERT_EQ(actual.size(), rows.size());
  ASSERT_EQ(loaded.row_key.size(), rows.size());
  EXPECT_EQ(loaded.cells.n_genes, static_cast<std::int64_t>(screen.genes().size()));
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const SlowRow& row = expected[static_cast<std::size_t>(rows[k])];
    EXPECT_TRUE(test::same(actual[k], row)) << "row " << rows[k];
    EXPECT_EQ(loaded.row_key[k], test::slow_key(row)) << "row " << rows[k];
  }
}

struct Stored {
  std::string name;
  std::string layout;
  Storage storage;
};

void PrintTo(const Stored& stored, std::ostream* out) { *out << stored.name; }

std::vector<Stored> every_storage() {
  std::vector<Stored> all;
  const auto add = [&](const std::string& name, const Storage& storage) {
    for (const char* layout : {"csr", "csc", "dense"}) {
      all.push_back({std::string(layout) + "_" + name, layout, storage});
    }
  };
  for (const char* type : {"int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
                           "float16", "float32", "float64"}) {
    add(std::string(type), {.type = type});
    add(std::string(type) + "_big_endian", {.type = std::string(">") + type});
    add(std::string(type) + "_gzip_shuffle",
        {.type = type, .chunk = 10, .chunk_columns = 9, .filters = {"shuffle", "gzip"}});
  }
  add("bool", {.type = "bool"});
  add("bool_gzip", {.type = "bool", .chunk = 50, .chunk_columns = 50, .filters = {"gzip"}});
  add("chunks_of_one", {.chunk = 1, .chunk_columns = 1});
  add("chunks", {.chunk = 8, .chunk_columns = 16});
  add("one_large_chunk", {.chunk = 4000, .chunk_columns = 60, .filters = {"gzip"}});
  add("fletcher32", {.chunk = 11, .chunk_columns = 13, .filters = {"fletcher32"}});
  add("shuffle_only", {.chunk = 11, .chunk_columns = 13, .filters = {"shuffle"}});
  add("all_filters",
      {.chunk = 11, .chunk_columns = 13, .filters = {"shuffle", "gzip", "fletcher32"}});
  add("checksum_first",
      {.chunk = 11, .chunk_columns = 13, .filters = {"fletcher32", "shuffle", "gzip"}});
  add("gzip_twice", {.chunk = 11, .chunk_columns = 13, .filters = {"gzip", "shuffle", "gzip"}});
  add("big_endian_gzip",
      {.type = ">float32", .chunk = 11, .chunk_columns = 13, .filters = {"shuffle", "gzip"}});
  for (const char* layout : {"csr", "csc"}) {
    const std::string name(layout);
    for (const char* index : {"int8", "int64", "uint16", "uint32", "uint64", ">int32"}) {
      const std::string plain = index[0] == '>' ? "big_endian" : index;
      all.push_back(
          {name + "_index_" + plain,
           layout,
           {.chunk = 7, .filters = {"gzip"}, .index_type = index, .starts_type = "int64"}});
    }
    all.push_back({name + "_lzf", layout, {.chunk = 100, .filters = {"lzf"}}});
    all.push_back({name + "_lzf_shuffle", layout, {.chunk = 100, .filters = {"shuffle", "lzf"}}});
    all.push_back({name + "_starts_uint64", layout, {.starts_type = "uint64"}});
  }
  return all;
}

class EveryStorage : public ::testing::TestWithParam<Stored> {};

TEST_P(EveryStorage, GivesTheSameCells) {
  const auto& [name, layout, storage] = GetParam();
  const test::ScratchFolder folder;
  const bool is_bool = storage.type == "bool";
  const Entries entries = some_entries(is_bool ? 1 : 100);
  write(folder.file("x.h5ad"), layout, entries, storage);
  const auto screen = open_h5ad(folder.file("x.h5ad"));
  const auto expected = test::slow_rows(kCells, entries);
  expect_rows(*screen, all_rows(), expected);
  expect_rows(*screen, {}, expected);
  expect_rows(*screen, {36}, expected);
  expect_rows(*screen, {0, 1, 5, 6, 20, 35}, expected);
  EXPECT_EQ(screen->read(all_rows()).cells.value_type, ValueType::kU16);
  EXPECT_EQ(screen->matrix_info().layout, layout);
}

INSTANTIATE_TEST_SUITE_P(Matrix, EveryStorage, ::testing::ValuesIn(every_storage()),
                         [](const auto& stored) { return stored.param.name; });

class EveryLayout : public ::testing::TestWithParam<const char*> {
 protected:
  std::unique_ptr<Screen> stored(const Entries& entries, const Storage& storage) {
    write(folder_.file("x.h5ad"), GetParam(), entries, storage);
    return open_h5ad(folder_.file("x.h5ad"));
  }
  bool is_dense() const { return GetParam() == std::string("dense"); }

  test::ScratchFolder folder_;
};

TEST_P(EveryLayout, ValuesGetTheNarrowestExactType) {
  struct {
    const char* type;
    double value;
    ValueType expected;
  } const cases[] = {
      {"float32", 65535, ValueType::kU16},
      {"float32", 65536, ValueType::kF32},
      {"float32", -1, ValueType::kF32},
      {"float32", 0.5, ValueType::kF32},
      {"float32", 1e-40, ValueType::kF32},
      {"float32", 3e38, ValueType::kF32},
      {"float64", 65535, ValueType::kU16},
      {"float64", 0.5, ValueType::kF32},
      {"float64", 0.1, ValueType::kF64},
      {"float64", 1e300, ValueType::kF64},
      {"float64", 1e-60, ValueType::kF64},
      {"float64", 16777217, ValueType::kF64},
      {"float64", -65536, ValueType::kF32},
      {"float16", 2048, ValueType::kU16},
      {"float16", 0.0999755859375, ValueType::kF32},
      {"float16", 6e-8, ValueType::kF32},
      {"int8", -3, ValueType::kF32},
      {"int16", -32768, ValueType::kF32},
      {"int32", 65535, ValueType::kU16},
      {"int32", 65536, ValueType::kF32},
      {"int32", 16777216, ValueType::kF32},
      {"int32", 16777217, ValueType::kF64},
      {"int32", -2147483648.0, ValueType::kF32},
      {"uint32", 4294967295.0, ValueType::kF64},
      {"int64", 9007199254740992.0, ValueType::kF32},
      {"int64", 9007199254740991.0, ValueType::kF64},
      {"int64", -16777217, ValueType::kF64},
      {"uint64", 65536, ValueType::kF32},
      {"float32", std::numeric_limits<double>::infinity(), ValueType::kF32},
      {"float64", -std::numeric_limits<double>::infinity(), ValueType::kF32},
      {"float64", std::numeric_limits<double>::quiet_NaN(), ValueType::kF32},
      {"float16", std::numeric_limits<double>::infinity(), ValueType::kF32},
  };
  for (const auto& [type, value, expected] : cases) {
    SCOPED_TRACE(std::string(type) + " " + std::to_string(value));
    // Last, so that the guess from the first chunk is wrong and reading has to start again.
    Entries entries = some_entries(100);
    entries.back().value = value;
    const auto screen = stored(entries, {.type = type, .chunk = 16, .chunk_columns = 16});
    auto rows = test::slow_rows(kCells, entries);
    if (type == std::string("float16") && value == 6e-8) rows[35].back().second = 0x1p-24;
    if (type == std::string("float32") && value != 65536) {
      rows[35].back().second = static_cast<double>(static_cast<float>(value));
    }
    expect_rows(*screen, all_rows(), rows);
    EXPECT_EQ(screen->read(all_rows()).cells.value_type, expected);
  }
}

TEST_P(EveryLayout, NanAndInfinityAreKept) {
  Entries entries = some_entries(9);
  entries[3].value = std::numeric_limits<double>::quiet_NaN();
  entries[40].value = -std::numeric_limits<double>::infinity();
  const auto screen = stored(entries, {.chunk = 16, .chunk_columns = 16});
  expect_rows(*screen, all_rows(), test::slow_rows(kCells, entries));
}

TEST_P(EveryLayout, NegativeZeroIsNoEntry) {
  Entries entries = some_entries(9);
  entries[3].value = -0.0;
  const auto screen = stored(entries, {.type = "float64"});
  expect_rows(*screen, all_rows(), test::slow_rows(kCells, entries));
}

TEST_P(EveryLayout, MoreThan65536GenesTakeWiderIds) {
  constexpr std::int64_t kMany = 65537;
  for (const std::int64_t n_genes : {kMany - 1, kMany}) {
    {
      TinyH5ad file(folder_.file("x.h5ad"), 2, n_genes);
      const Entries entries{{0, 0, 1}, {1, n_genes - 1, 2}};
      if (is_dense()) {
        file.add_dense("X", entries, {.type = "uint8", .chunk = 1, .filters = {"gzip"}});
      } else {
        file.add_sparse("X", GetParam(), entries, {});
      }
    }
    const auto screen = open_h5ad(folder_.file("x.h5ad"));
    const auto rows = test::rows_of(screen->read(all_rows(2)));
    EXPECT_EQ(rows[1], (SlowRow{{n_genes - 1, 2.0}}));
    EXPECT_EQ(screen->read(all_rows(2)).cells.gene_type,
              n_genes == kMany ? GeneType::kU32 : GeneType::kU16);
  }
}

TEST_P(EveryLayout, MatricesWithoutCellsGenesOrValuesAreRead) {
  const auto read_empty = [&](std::int64_t cells, std::int64_t genes) {
    {
      TinyH5ad file(folder_.file("x.h5ad"), cells, genes);
      if (is_dense()) {
        file.add_dense("X", {}, {});
      } else {
        file.add_sparse("X", GetParam(), {}, {});
      }
    }
    const auto screen = open_h5ad(folder_.file("x.h5ad"));
    const LoadedCells loaded = screen->read(all_rows(cells));
    EXPECT_EQ(test::rows_of(loaded), std::vector<SlowRow>(static_cast<std::size_t>(cells)));
    EXPECT_EQ(loaded.row_key, std::vector<std::uint64_t>(static_cast<std::size_t>(cells)));
  };
  read_empty(3, 4);
  read_empty(0, 4);
  read_empty(3, 0);
  read_empty(0, 0);
}

TEST_P(EveryLayout, IntegersBeyondExactDoublesAreRefused) {
  Entries entries = some_entries(9);
  entries.back().value = 0x1p54;
  const auto screen = stored(entries, {.type = "int64", .chunk = 16, .chunk_columns = 16});
  try {
    (void)screen->read(all_rows());
    FAIL() << "was read";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_NE(std::string(error.what()).find("holds integers beyond 2^53"), std::string::npos);
  }
}

TEST_P(EveryLayout, BytesToReadAreNeverExceeded) {
  const auto screen = stored(some_entries(100), {.type = "int32"});
  const auto held = [](const LoadedCells& loaded) {
    std::int64_t entries = 0;
    for (std::int64_t row = 0; row < loaded.cells.row_length.size(); ++row) {
      entries += loaded.cells.row_length.data()[row];
    }
    return entries * (bytes_of(loaded.cells.gene_type) + bytes_of(loaded.cells.value_type)) +
           loaded.cells.row_begin.size() * 8 + loaded.cells.row_length.size() * 4 +
           static_cast<std::int64_t>(loaded.row_key.size()) * 8;
  };
  for (const auto& rows : {all_rows(), {3, 9, 11}, {}}) {
    EXPECT_GE(screen->bytes_to_read(rows), held(screen->read(rows)));
  }
}

TEST_P(EveryLayout, ReadsTheSameWithAnyNumberOfThreads) {
  Entries entries = some_entries(100);
  for (std::size_t k = 0; k < entries.size(); ++k) entries[k].value += 0.1 * static_cast<double>(k);
  if (!is_dense()) {  // and everything in disorder, some of it three times
    std::mt19937_64 rng(3);
    const Entries once = entries;
    entries.insert(entries.end(), once.begin(), once.begin() + 200);
    entries.insert(entries.end(), once.begin() + 100, once.begin() + 150);
    std::ranges::shuffle(entries, rng);
  }
  const auto screen = stored(entries, {.type = "float64", .chunk = 5, .chunk_columns = 5});
  const auto read = [&](int threads) {
    const ThreadLimit limit(threads);
    return test::rows_of(screen->read(all_rows()));
  };
  const auto once = read(1);
  for (int repeat = 0; repeat < 5; ++repeat) EXPECT_EQ(read(0), once);
}

TEST_P(EveryLayout, RowsOutOfOrderAreOurMistake) {
  const auto screen = stored(some_entries(9), {});
  for (const auto& rows : std::vector<std::vector<std::int64_t>>{{3, 3}, {4, 3}, {-1}, {kCells}}) {
    try {
      (void)screen->read(rows);
      FAIL() << "was read";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInternal);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Matrix, EveryLayout, ::testing::Values("csr", "csc", "dense"));

}  // namespace
}  // namespace cupel::io
