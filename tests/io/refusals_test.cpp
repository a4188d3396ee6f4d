// Files that cannot be read, and the one line that says why.
#include <gtest/gtest.h>

#include <fstream>
#include <numeric>

#include "cupel/error.hpp"
#include "io/h5ad_contents.hpp"
#include "io/h5ad_screen.hpp"
#include "support/damage_h5ad.hpp"
#include "support/data_files.hpp"
#include "support/scratch_folder.hpp"
#include "support/tiny_h5ad.hpp"

namespace cupel::io {
namespace {

const std::vector<test::Triplet> kEntries{{0, 1, 3}, {1, 0, 2}, {2, 2, 7}};

// What reading all of a file says; its path stands for FILE.
std::string refusal(const std::string& path, const std::string& matrix = "X") {
  try {
    const auto screen = open_h5ad(path, matrix);
    (void)screen->cell_names();
    for (const std::string& name : screen->obs_names()) (void)screen->obs(name);
    std::vector<std::int64_t> rows(static_cast<std::size_t>(screen->n_cells()));
    std::iota(rows.begin(), rows.end(), 0);
    (void)screen->read(rows);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput);
    std::string message = error.what();
    EXPECT_EQ(message.find('\n'), std::string::npos);
    const std::size_t at = message.find(path);
    if (at != std::string::npos) message.replace(at, path.size(), "FILE");
    return message;
  }
  return "was read";
}

class ReaderRefusals : public ::testing::Test {
 protected:
  // The refusal of a file of 3 cells and 4 genes that `fill` made.
  template <typename Fill>
  std::string of(const Fill& fill, const std::string& matrix = "X") {
    const std::string path = folder_.file("x.h5ad");
    {
      test::TinyH5ad file(path, 3, 4);
      fill(file);
    }
    return refusal(path, matrix);
  }
  // Of a CSR file whose three datasets are replaced.
  std::string of_csr(const std::vector<double>& values, const std::vector<double>& indices,
                     const std::vector<double>& starts,
                     const std::vector<std::int64_t>& shape = {3, 4}) {
    return of([&](test::TinyH5ad& file) {
      const auto id = file.id();
      test::make_group(id, "X");
      test::write_attribute(id, "X", "encoding-type", std::string("csr_matrix"));
      test::write_attribute(id, "X", "shape", shape);
      test::write_numbers(id, "X/data", values, {});
      test::write_numbers(id, "X/indices", indices, {.type = "int32"});
      test::write_numbers(id, "X/indptr", starts, {.type = "int32"});
    });
  }
  std::string text_file(const std::string& content) {
    const std::string path = folder_.file("text.h5ad");
    std::ofstream(path) << content;
    return path;
  }

  test::ScratchFolder folder_;
};

TEST_F(ReaderRefusals, WhatIsNoHdf5File) {
  EXPECT_EQ(refusal(folder_.file("absent.h5ad")),
            "FILE: cannot be opened: No such file or directory");
  EXPECT_EQ(refusal(folder_.file(".")),
            "FILE: is not an HDF5 file but a folder (a zarr store? write it as .h5ad); an AnnData "
            ".h5ad is needed");
  EXPECT_EQ(refusal(text_file("")),
            "FILE: is not an HDF5 file but empty; an AnnData .h5ad is needed");
  EXPECT_EQ(refusal(text_file("cell,gene\n")),
            "FILE: is not an HDF5 file; an AnnData .h5ad is needed");
  EXPECT_EQ(refusal(text_file("\x1f\x8b\x08 something")),
            "FILE: is not an HDF5 file but compressed with gzip: gunzip it first; an AnnData .h5ad "
            "is needed");
  EXPECT_EQ(refusal(text_file("PK\x03\x04 something")),
            "FILE: is not an HDF5 file but a zip archive: unpack it first; an AnnData .h5ad is "
            "needed");
  EXPECT_EQ(refusal(text_file("SHPK something")),
            "FILE: is not an HDF5 file but a packed archive: write its AnnData as .h5ad; an "
            "AnnData .h5ad is needed");
}

TEST_F(ReaderRefusals, OtherSingleCellFiles) {
  CUPEL_SKIP_WITHOUT_DATA();
  const auto of_file = [](const char* name) {
    return refusal(test::data_file(std::string("refuse/") + name));
  };
  const char* const k10x = "FILE: looks like a 10x file; read it in scanpy and write .h5ad";
  EXPECT_EQ(of_file("10x-1.2.0-filtered_gene_bc_matrices_h5.h5"), k10x);
  EXPECT_EQ(of_file("10x-3.0.0-filtered_feature_bc_matrix.h5"), k10x);
  EXPECT_EQ(of_file("mini_gctoo_for_testing.gctx"),
            "FILE: looks like a GCTX file; read it with cmapPy and write .h5ad");
  EXPECT_EQ(of_file("text_named_gctx.gctx"),
            "FILE: is not an HDF5 file; an AnnData .h5ad is needed");
}

TEST_F(ReaderRefusals, AMatrixThatIsNotThere) {
  const auto layers_only = [](test::TinyH5ad& file) {
    test::make_group(file.id(), "layers");
    file.add_dense("layers/counts", kEntries, {});
  };
  EXPECT_EQ(of([](test::TinyH5ad&) {}), "FILE: has no 'X' and no other matrix to read");
  EXPECT_EQ(of(layers_only), "FILE: has no 'X'; choose another with --layer: layers/counts");
  EXPECT_EQ(of(layers_only, "raw"),
            "FILE: has no 'raw'; choose another with --layer: layers/counts");
  EXPECT_EQ(of(layers_only, "layers/count"),
            "FILE: has no 'layers/count'; choose another with --layer: layers/counts");
  EXPECT_EQ(of(layers_only, "layers/counts"), "was read");
}

TEST_F(ReaderRefusals, AFileThatIsCutOff) {
  const std::string path = folder_.file("x.h5ad");
  { test::TinyH5ad(path, 3, 4).add_sparse("X", "csr", kEntries, {}); }
  const auto size = std::filesystem::file_size(path);
  std::filesystem::resize_file(path, size - 1);
  EXPECT_EQ(refusal(path), "FILE: is cut off: it has " + std::to_string(size - 1) + " of " +
                               std::to_string(size) + " bytes; copy or write the file again");
}

TEST_F(ReaderRefusals, SparseArraysThatContradictThemselves) {
  const std::string again = "; copy or write the file again";
  EXPECT_EQ(of_csr({1, 2}, {0, 3}, {0, 1, 2, 2}), "was read");
  EXPECT_EQ(of_csr({1, 2}, {0, 4}, {0, 1, 2, 2}),
            "FILE: 'X/indices' is damaged: an index among entries 0 to 1 is not below the 4 genes" +
                again);
  EXPECT_EQ(of_csr({1, 2}, {0, -1}, {0, 1, 2, 2}),
            "FILE: 'X/indices' is damaged: an index among entries 0 to 1 is not below the 4 genes" +
                again);
  EXPECT_EQ(of_csr({1, 2}, {0, 1, 2}, {0, 1, 2, 2}),
            "FILE: 'X' is damaged: it has 2 values but 3 indices" + again);
  EXPECT_EQ(of_csr({1, 2}, {0, 1}, {0, 1, 2}),
            "FILE: 'X/indptr' is damaged: it has 3 values where 4 are needed" + again);
  EXPECT_EQ(of_csr({1, 2}, {0, 1}, {1, 1, 2, 2}),
            "FILE: 'X/indptr' is damaged: it does not begin with 0" + again);
  EXPECT_EQ(of_csr({1, 2}, {0, 1}, {0, 2, 1, 2}),
            "FILE: 'X/indptr' is damaged: entry 1 ends before it begins" + again);
  EXPECT_EQ(of_csr({1, 2}, {0, 1}, {0, 1, 2, 3}),
            "FILE: 'X/indptr' is damaged: it reaches to 3, but there are 2 values" + again);
  EXPECT_EQ(
      of_csr({1, 2}, {0, 1}, {0, 1, 2, 2}, {3, 5}),
      "FILE: 'X' is damaged: its shape is 3 x 5, but obs has 3 cells and var 4 genes" + again);
  EXPECT_EQ(of_csr({1, 2}, {0, 1}, {0, 1, 2, 2}, {3}),
            "FILE: 'X' is damaged: it does not state its shape" + again);
}

TEST_F(ReaderRefusals, CscCellsOutOfRange) {
  EXPECT_EQ(of([](test::TinyH5ad& file) {
              const auto id = file.id();
              test::make_group(id, "X");
              test::write_attribute(id, "X", "encoding-type", std::string("csc_matrix"));
              test::write_attribute(id, "X", "shape", std::vector<std::int64_t>{3, 4});
              test::write_numbers(id, "X/data", std::vector{1.0}, {});
              test::write_numbers(id, "X/indices", std::vector{3.0}, {.type = "int32"});
              test::write_numbers(id, "X/indptr", std::vector{0.0, 0.0, 1.0, 1.0, 1.0},
                                  {.type = "int64"});
            }),
            "FILE: 'X/indices' is damaged: an index among entries 0 to 0 is not below the 3 cells; "
            "copy or write the file again");
}

TEST_F(ReaderRefusals, MatricesOfOtherKinds) {
  EXPECT_EQ(of([](test::TinyH5ad& file) {
              test::make_group(file.id(), "X");
              test::write_attribute(file.id(), "X", "encoding-type", std::string("awkward-array"));
            }),
            "FILE: 'X' is stored as 'awkward-array'; csr_matrix, csc_matrix or a dense array is "
            "needed");
  EXPECT_EQ(of([](test::TinyH5ad& file) { test::make_group(file.id(), "X"); }),
            "FILE: 'X' is a group that does not say what it holds");
  EXPECT_EQ(of([](test::TinyH5ad& file) {
              test::write_numbers(file.id(), "X", std::vector{1.0, 2.0}, {});
            }),
            "FILE: 'X' has 1 dimensions; 2 needed");
  EXPECT_EQ(of([](test::TinyH5ad& file) { test::write_texts(file.id(), "X", {"a"}); }),
            "FILE: 'X' has 1 dimensions; 2 needed");
  EXPECT_EQ(of([](test::TinyH5ad& file) { file.add_dense("X", kEntries, {.type = "longdouble"}); }),
            "FILE: 'X' holds values of an unknown type; numbers are needed");
  EXPECT_EQ(of([](test::TinyH5ad& file) {
              file.add_sparse("X", "csr", kEntries, {.index_type = "float32"});
            }),
            "FILE: 'X/indices' holds float32; integers are needed");
  EXPECT_EQ(of([](test::TinyH5ad& file) {
              file.add_sparse("X", "csr", kEntries, {.starts_type = "float32"});
            }),
            "FILE: 'X/indptr' holds float32; integers are needed");
}

TEST_F(ReaderRefusals, ColumnsThatDoNotFit) {
  const std::string again = "; copy or write the file again";
  const auto with_x = [&](const auto& fill) {
    return of([&](test::TinyH5ad& file) {
      file.add_dense("X", kEntries, {});
      fill(file);
    });
  };
  EXPECT_EQ(with_x([](auto& file) {
              file.add_text("c", {"a", "b"});
            }),
            "FILE: 'obs/c' is damaged: it has 2 values where 3 are needed" + again);
  EXPECT_EQ(with_x([](auto& file) {
              file.add_categorical("c", {"a"}, {0, 0, 1});
            }),
            "FILE: 'obs/c/codes' is damaged: row 2 has category 1 of 1" + again);
  EXPECT_EQ(with_x([](auto& file) {
              file.add_categorical("c", {"a"}, {0, 0, -2});
            }),
            "FILE: 'obs/c/codes' is damaged: row 2 has category -2 of 1" + again);
  EXPECT_EQ(with_x([](auto& file) {
              file.add_categorical("c", {"a"}, {0, 0});
            }),
            "FILE: 'obs/c/codes' is damaged: it has 2 values where 3 are needed" + again);
  EXPECT_EQ(with_x([](auto& file) {
              test::make_group(file.id(), "obs/c");
              test::write_attribute(file.id(), "obs", "column-order",
                                    std::vector<std::string>{"c"});
            }),
            "FILE: 'obs/c' is stored in a way that cannot label cells");
}

TEST_F(ReaderRefusals, TablesWithoutAnIndex) {
  const std::string path = folder_.file("x.h5ad");
  const auto write = [&](const std::string& index) {
    test::TinyH5ad file(path, 3, 4);
    file.add_dense("X", kEntries, {});
    test::make_group(file.id(), "elsewhere");
    test::rename(file.id(), "obs", "elsewhere/obs");
    test::make_group(file.id(), "obs");
    if (!index.empty()) test::write_attribute(file.id(), "obs", "_index", index);
  };
  write("");
  EXPECT_EQ(refusal(path), "FILE: 'obs/_index' is missing; write the file again with anndata");
  write("names");
  EXPECT_EQ(refusal(path),
            "FILE: 'obs/names' is missing, though it is said to hold the names; write the file "
            "again with anndata");
}

TEST_F(ReaderRefusals, FiltersThatAreNotInstalled) {
  const auto with_filter = [&](int filter, const char* name) {
    return of([&](test::TinyH5ad& file) {
      test::write_with_filter(file.id(), "X", {3, 4}, filter, name);
    });
  };
  const std::string blosc =
      "FILE: 'X' is compressed with blosc (HDF5 filter 32001), which needs the blosc plugin "
      "(Debian: hdf5-plugin-blosc; or pip install hdf5plugin) and HDF5_PLUGIN_PATH set to its "
      "folder; or write the file again with gzip";
  EXPECT_EQ(with_filter(32001, "blosc"), blosc);
  EXPECT_EQ(with_filter(32999, "homemade"),
            "FILE: 'X' is compressed with homemade (HDF5 filter 32999), which needs that filter's "
            "HDF5 plugin (pip install hdf5plugin has most) and HDF5_PLUGIN_PATH set to its folder; "
            "or write the file again with gzip");
  const std::string path = folder_.file("x.h5ad");
  const auto contents = describe_h5ad(path);  // inspecting such a file is no error
  ASSERT_EQ(contents.matrices.size(), 1U);
  EXPECT_NE(contents.matrices[0].problem.find("homemade"), std::string::npos);
}

TEST_F(ReaderRefusals, CompressedDataThatIsCorrupt) {
  struct {
    const char* filter;
    const char* message;
  } const cases[] = {
      {"gzip",
       "FILE: 'X/data' is damaged: the chunk at 64: its compressed data is corrupt; copy "
       "or write the file again"},
      {"fletcher32",
       "FILE: 'X/data' is damaged: the chunk at 64: its checksum does not match; "
       "copy or write the file again"},
  };
  for (const auto& [filter, message] : cases) {
    const std::string path = folder_.file("x.h5ad");
    std::vector<test::Triplet> entries;
    for (std::int64_t k = 0; k < 100; ++k) entries.push_back({k, 0, static_cast<double>(k) + 1});
    {
      test::TinyH5ad file(path, 100, 1);
      file.add_sparse("X", "csr", entries, {.chunk = 64, .filters = {filter}});
    }
    test::flip_byte_of_chunk(path, "X/data", 64, 20);
    EXPECT_EQ(refusal(path), message);
  }
}

TEST_F(ReaderRefusals, ShapesLargerThanAnyFile) {
  EXPECT_EQ(
      of([](test::TinyH5ad& file) {
        test::write_with_filter(file.id(), "X", {3, 4}, 0, "");
        test::make_group(file.id(), "obs/c");
        test::write_never(file.id(), "obs/c/values", std::int64_t{1} << 40);
        test::write_never(file.id(), "obs/c/mask", std::int64_t{1} << 40);
        test::write_attribute(file.id(), "obs", "column-order", std::vector<std::string>{"c"});
      }),
      "FILE: 'obs/c/mask' is damaged: it has 1099511627776 values where 3 are needed; copy or "
      "write the file again");
  const std::string path = folder_.file("x.h5ad");
  {
    test::TinyH5ad file(path, 3, 4);
    test::rename(file.id(), "obs/_index", "obs/old");
    test::write_never(file.id(), "obs/_index", std::int64_t{1} << 40);
    file.add_dense("layers", {}, {});
    test::write_never(file.id(), "X", std::int64_t{1} << 40, 4);
  }
  EXPECT_EQ(
      refusal(path),
      "FILE: 'X' is damaged: it claims to be far larger than the file; copy or write the file "
      "again");
}

}  // namespace
}  // namespace cupel::io
