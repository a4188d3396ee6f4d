#include "io/h5ad_writer.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <array>
#include <csignal>
#include <filesystem>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "cupel/error.hpp"
#include "parallel/parallel.hpp"
#include "support/hdf5_probe.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::io {
namespace {

using test::bytes_of_file;
using test::Hdf5Probe;
using test::ScratchFolder;
using Strings = std::vector<std::string>;

std::vector<std::string> names(const char* prefix, std::size_t n) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(fmt::format("{}{}", prefix, i));
  return out;
}

struct Rows {
  std::vector<std::int32_t> row_length;
  std::vector<std::int32_t> genes;
  std::vector<float> values;
  [[nodiscard]] SparseRows view() const { return {row_length, genes, values}; }
};

// Rows of very different lengths, some empty.
Rows random_rows(std::int32_t n_cells, std::int32_t n_genes, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  Rows rows;
  for (std::int32_t cell = 0; cell < n_cells; ++cell) {
    const auto keep = rng() % 101;
    std::int32_t length = 0;
    for (std::int32_t gene = 0; gene < n_genes; ++gene) {
      if (rng() % 100 >= keep) continue;
      rows.genes.push_back(gene);
      rows.values.push_back(static_cast<float>(1 + rng() % 9));
      ++length;
    }
    rows.row_length.push_back(length);
  }
  return rows;
}

template <typename T>
std::vector<double> as_doubles(const std::vector<T>& values) {
  return {values.begin(), values.end()};
}

TEST(H5adWriter, StoresSparseRowsAsTheyCame) {
  const ScratchFolder folder;
  const std::size_t n_genes = 700;
  Rows all;
  H5adWriter writer(folder.file("a.h5ad"), names("g", n_genes));
  for (std::uint64_t block = 0; block < 5; ++block) {  // 1.2 M values: several chunks, one partial
    const Rows rows = random_rows(700, static_cast<std::int32_t>(n_genes), block);
    writer.append(rows.view());
    all.row_length.insert(all.row_length.end(), rows.row_length.begin(), rows.row_length.end());
    all.genes.insert(all.genes.end(), rows.genes.begin(), rows.genes.end());
    all.values.insert(all.values.end(), rows.values.begin(), rows.values.end());
  }
  const auto cells = names("cell", 5 * 700);
  writer.finish(cells);

  const Hdf5Probe file(folder.file("a.h5ad"));
  std::vector<double> row_end(1, 0.0);
  for (const auto length : all.row_length) row_end.push_back(row_end.back() + length);
  EXPECT_EQ(file.numbers("X/data"), as_doubles(all.values));
  EXPECT_EQ(file.numbers("X/indices"), as_doubles(all.genes));
  EXPECT_EQ(file.numbers("X/indptr"), row_end);
  EXPECT_EQ(file.numbers_attribute("X", "shape"), (std::vector<std::int64_t>{3500, 700}));
  EXPECT_EQ(file.type("X/data"), "f4");
  EXPECT_EQ(file.type("X/indices"), "i4");
  EXPECT_EQ(file.type("X/indptr"), "i8");
  EXPECT_EQ(file.chunk("X/data"), std::vector<std::int64_t>{1 << 18});
  EXPECT_EQ(file.strings("obs/_index"), cells);
  EXPECT_EQ(file.strings("var/_index"), names("g", n_genes));
}

TEST(H5adWriter, StoresDoublesUnrounded) {
  const ScratchFolder folder;
  const std::vector<std::int32_t> lengths{2, 0, 1};
  const std::vector<std::int32_t> genes{0, 2, 1};
  const std::vector<double> values{0.1, 1e-300, 3.0};
  H5adWriter writer(folder.file("a.h5ad"), names("g", 3));
  writer.append_wide(WideSparseRows{lengths, genes, values});
  const std::vector<float> rounded(3, 1.0F);
  EXPECT_THROW(writer.append(SparseRows{lengths, genes, rounded}), Error);
  writer.finish(names("c", 3));
  const Hdf5Probe file(folder.file("a.h5ad"));
  EXPECT_EQ(file.type("X/data"), "f8");
  EXPECT_EQ(file.numbers("X/data"), values);
  EXPECT_EQ(file.numbers("X/indptr"), (std::vector<double>{0, 2, 2, 3}));
}

TEST(H5adWriter, WritesWhileRowsComeAndTheRestAtTheEnd) {
  const ScratchFolder folder;
  const std::size_t n_values = 64 << 18;  // a batch of chunks, and nothing beside
  H5adWriter writer(folder.file("a.h5ad"), names("g", 9));
  const std::vector<std::int32_t> lengths{static_cast<std::int32_t>(n_values)};
  const std::vector<std::int32_t> genes(n_values, 1);
  std::vector<float> values(n_values, 3.0F);
  values.front() = 1.0F;
  values.back() = 2.0F;
  const auto size = [&] {
    return std::filesystem::file_size(folder.file(*folder.names().begin()));
  };
  const auto before = size();
  writer.append({lengths, genes, values});
  EXPECT_GT(size(), before + 10'000);
  writer.append({std::vector<std::int32_t>{2}, std::vector<std::int32_t>{4, 8},
                 std::vector<float>{7.0F, 5.0F}});
  writer.finish(names("c", 2));
  const Hdf5Probe file(folder.file("a.h5ad"));
  std::vector<double> expected = as_doubles(values);
  expected.insert(expected.end(), {7.0, 5.0});
  EXPECT_TRUE(file.numbers("X/data") == expected);
}

TEST(H5adWriter, CarriesTheEncodingsThatAnndataAsksFor) {
  const ScratchFolder folder;
  const Rows rows = random_rows(4, 5, 1);
  H5adWriter writer(folder.file("a.h5ad"), names("g", 5));
  writer.append(rows.view());
  writer.obs({"target", "categorical", {"A", "B"}, {0, 1, 1, 0}});
  writer.finish(names("c", 4));

  const Hdf5Probe file(folder.file("a.h5ad"));
  const std::vector<std::array<const char*, 3>> expected{
      {"/", "anndata", "0.1.0"},
      {"X", "csr_matrix", "0.1.0"},
      {"obs", "dataframe", "0.2.0"},
      {"obs/_index", "string-array", "0.2.0"},
      {"obs/target", "categorical", "0.2.0"},
      {"obs/target/codes", "array", "0.2.0"},
      {"obs/target/categories", "string-array", "0.2.0"},
      {"var", "dataframe", "0.2.0"},
      {"layers", "dict", "0.1.0"},
      {"obsm", "dict", "0.1.0"},
      {"obsp", "dict", "0.1.0"},
      {"varm", "dict", "0.1.0"},
      {"varp", "dict", "0.1.0"},
      {"uns", "dict", "0.1.0"},
  };
  for (const auto& [object, type, version] : expected) {
    EXPECT_EQ(file.text_attribute(object, "encoding-type"), type) << object;
    EXPECT_EQ(file.text_attribute(object, "encoding-version"), version) << object;
  }
  EXPECT_EQ(file.text_attribute("obs", "_index"), "_index");
  EXPECT_EQ(file.texts_attribute("obs", "column-order"), Strings{"target"});
  EXPECT_EQ(file.texts_attribute("var", "column-order"), Strings{});
  EXPECT_EQ(file.numbers_attribute("obs/target", "ordered"), std::vector<std::int64_t>{0});
}

TEST(H5adWriter, StoresCodesInTheNarrowestTypeThatHoldsThem) {
  const ScratchFolder folder;
  H5adWriter writer(folder.file("a.h5ad"), names("g", 1));
  writer.append({std::vector<std::int32_t>{0, 0, 0}, {}, {}});
  writer.obs({"few", "categorical", {"é", ""}, {1, -1, 0}});
  writer.obs({"many", "categorical", names("p", 128), {127, 0, -1}});
  writer.obs({"most", "categorical", names("p", 32'768), {32'767, -1, 5}});
  writer.finish(names("c", 3));

  const Hdf5Probe file(folder.file("a.h5ad"));
  EXPECT_EQ(file.type("obs/few/codes"), "i1");
  EXPECT_EQ(file.type("obs/many/codes"), "i2");
  EXPECT_EQ(file.type("obs/most/codes"), "i4");
  EXPECT_EQ(file.numbers("obs/few/codes"), (std::vector<double>{1, -1, 0}));
  EXPECT_EQ(file.numbers("obs/many/codes"), (std::vector<double>{127, 0, -1}));
  EXPECT_EQ(file.numbers("obs/most/codes"), (std::vector<double>{32'767, -1, 5}));
  EXPECT_EQ(file.strings("obs/few/categories"), (Strings{"é", ""}));
  EXPECT_EQ(file.texts_attribute("obs", "column-order"), (Strings{"few", "many", "most"}));
}

TEST(H5adWriter, StoresDenseRows) {
  const ScratchFolder folder;
  std::vector<float> values(300 * 1000);  // 1.2 MB: one full chunk and a partial one
  std::iota(values.begin(), values.end(), 0.5F);
  H5adWriter writer(folder.file("a.h5ad"), names("g", 1000));
  writer.append(MatrixView<const float>{values.data(), 100, 1000});
  writer.append(MatrixView<const float>{values.data() + 100'000, 200, 1000});
  writer.finish(names("c", 300));

  const Hdf5Probe file(folder.file("a.h5ad"));
  EXPECT_EQ(file.numbers("X"), as_doubles(values));
  EXPECT_EQ(file.shape("X"), (std::vector<std::int64_t>{300, 1000}));
  EXPECT_EQ(file.chunk("X"), (std::vector<std::int64_t>{262, 1000}));
  EXPECT_EQ(file.type("X"), "f4");
  EXPECT_EQ(file.text_attribute("X", "encoding-type"), "array");
  EXPECT_EQ(file.text_attribute("X", "encoding-version"), "0.2.0");
}

TEST(H5adWriter, AScreenWithoutCellsIsAScreen) {
  const ScratchFolder folder;
  H5adWriter writer(folder.file("a.h5ad"), names("g", 3));
  writer.finish({});
  const Hdf5Probe file(folder.file("a.h5ad"));
  EXPECT_EQ(file.numbers_attribute("X", "shape"), (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(file.numbers("X/indptr"), std::vector<double>{0});
  EXPECT_EQ(file.shape("X/data"), std::vector<std::int64_t>{0});
  EXPECT_EQ(file.shape("obs/_index"), std::vector<std::int64_t>{0});
}

TEST(H5adWriter, WritesTheSameBytesOnAnyNumberOfThreads) {
  const ScratchFolder folder;
  const Rows rows = random_rows(2000, 900, 3);
  Strings written;
  for (const int threads : {1, 2, 7}) {
    const ThreadLimit limit(threads);
    H5adWriter writer(folder.file("a.h5ad"), names("g", 900));
    writer.append(rows.view());
    writer.obs({"target", "categorical", {"A"}, std::vector<std::int32_t>(2000, 0)});
    writer.finish(names("c", 2000));
    written.push_back(bytes_of_file(folder.file("a.h5ad")));
  }
  EXPECT_EQ(written[0], written[1]);
  EXPECT_EQ(written[0], written[2]);
}

TEST(H5adWriter, LeavesNothingWhenAbandoned) {
  const ScratchFolder folder;
  {
    H5adWriter writer(folder.file("a.h5ad"), names("g", 50));
    writer.append(random_rows(20, 50, 1).view());
    EXPECT_EQ(folder.names().size(), 1U);  // the unfinished file
    EXPECT_FALSE(folder.names().contains("a.h5ad"));
  }
  EXPECT_TRUE(folder.names().empty());
}

// No file may grow past `bytes`: what a full disk does, wherever the writer is by then.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit lower{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &lower);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*handler_)(int);
  rlimit before_{};
};

TEST(H5adWriter, AFullDiskLeavesNothingNewAndIsNamed) {
  const ScratchFolder folder;
  const std::string path = folder.file("a.h5ad");
  const Rows rows = random_rows(2000, 300, 1);
  const auto write = [&] {
    H5adWriter writer(path, names("g", 300));
    writer.append(rows.view());
    writer.obs({"target", "categorical", {"A"}, std::vector<std::int32_t>(2000, 0)});
    writer.finish(names("c", 2000));
  };
  write();
  const std::string before = bytes_of_file(path);
  // In the root's attributes, in a chunk, in the names, in the last bytes of closing.
  for (const std::size_t room :
       {std::size_t{100}, before.size() / 3, before.size() - 20'000, before.size() - 1}) {
    std::string message;
    {
      const FileSizeLimit limit(room);
      try {
        write();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kInput);
        message = error.what();
      }
    }
    EXPECT_TRUE(message.starts_with(path + ": cannot write: File too large after ")) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos);
    EXPECT_EQ(folder.names(), std::set<std::string>{"a.h5ad"}) << room;
    EXPECT_EQ(bytes_of_file(path), before) << room;  // the older file is untouched
  }
  write();
  EXPECT_EQ(bytes_of_file(path), before);  // and the library is as good as new
}

TEST(H5adWriter, AFolderThatIsNotThereIsNamed) {
  const ScratchFolder folder;
  const std::string path = folder.file("none/a.h5ad");
  try {
    H5adWriter writer(path, names("g", 1));
    FAIL() << "wrote into a folder that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    EXPECT_TRUE(std::string(error.what()).starts_with(path + ": cannot create this file: "));
  }
}

TEST(H5adWriter, RefusesRowsThatDoNotAddUp) {
  const ScratchFolder folder;
  H5adWriter writer(folder.file("a.h5ad"), names("g", 9));
  EXPECT_THROW(writer.append({std::vector<std::int32_t>{2}, std::vector<std::int32_t>{1},
                              std::vector<float>{1}}),
               Error);
}

TEST(WriteDenseH5ad, StoresXAndLayers) {
  const ScratchFolder folder;
  const std::vector<double> x{0.1, -2.5, 3e-300, 4.0, 5.0, 6.0};
  const std::vector<double> p{1, 2, 3, 4, 5, 1e-20};
  DenseScreen screen;
  const auto rows = names("pert", 2);
  const auto genes = names("g", 3);
  screen.obs_names = rows;
  screen.genes = genes;
  screen.x = {x.data(), 2, 3};
  screen.layers = {{"p_adj", {p.data(), 2, 3}}, {"same", {x.data(), 2, 3}}};
  screen.columns = {{"cell_line", "categorical", {"K562"}, {0, 0}}};
  for (const DenseType type : {DenseType::kF64, DenseType::kF32}) {
    screen.type = type;
    write_dense_h5ad(folder.file("a.h5ad"), screen);
    const Hdf5Probe file(folder.file("a.h5ad"));
    if (type == DenseType::kF64) {
      EXPECT_EQ(file.numbers("X"), x);
      EXPECT_EQ(file.numbers("layers/p_adj"), p);
      EXPECT_EQ(file.numbers("layers/same"), x);
    } else {
      EXPECT_EQ(file.numbers("X"), as_doubles(std::vector<float>(x.begin(), x.end())));
    }
    EXPECT_EQ(file.type("layers/p_adj"), type == DenseType::kF64 ? "f8" : "f4");
    EXPECT_EQ(file.shape("layers/p_adj"), (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(file.text_attribute("layers/p_adj", "encoding-type"), "array");
    EXPECT_EQ(file.strings("obs/_index"), rows);
    EXPECT_EQ(file.strings("obs/cell_line/categories"), Strings{"K562"});
  }
}

}  // namespace
}  // namespace cupel::io
