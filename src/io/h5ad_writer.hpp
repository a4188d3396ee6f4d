#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "cupel/dataset.hpp"
#include "cupel/matrix.hpp"

namespace cupel::io {

// Consecutive cells: cell i owns the next row_length[i] of `genes` (ascending ids) and `values`.
struct SparseRows {
  std::span<const std::int32_t> row_length;
  std::span<const std::int32_t> genes;
  std::span<const float> values;
};

// The same in double, for values that float would round.
struct WideSparseRows {
  std::span<const std::int32_t> row_length;
  std::span<const std::int32_t> genes;
  std::span<const double> values;
};

// Writes an .h5ad file in the layout of anndata 0.8 and later as the cells come, so that memory
// does not grow with their number. The first append decides whether X is sparse (CSR; float32
// or double, int32 ids) or dense (float32). Nothing is left at `path` unless finish() returned.
// Every failure to write is an Error(kInput) that names the file.
class H5adWriter {
 public:
  H5adWriter(std::string path, std::vector<std::string> genes);
  ~H5adWriter();
  H5adWriter(const H5adWriter&) = delete;
  H5adWriter& operator=(const H5adWriter&) = delete;

  void append(const SparseRows& rows);
  void append_wide(const WideSparseRows& rows);
  void append(MatrixView<const float> rows);  // cells × genes
  // A categorical obs column with one code per cell.
  void obs(Column column);
  void finish(std::span<const std::string> cell_names);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

enum class DenseType : std::uint8_t { kF32, kF64 };

// Everything of a small dense .h5ad, such as one row per perturbation.
struct DenseScreen {
  std::span<const std::string> obs_names;
  std::span<const std::string> genes;
  MatrixView<const double> x;                                            // obs × genes
  std::vector<std::pair<std::string, MatrixView<const double>>> layers;  // each obs × genes
  std::vector<Column> columns;
  DenseType type = DenseType::kF64;
};

void write_dense_h5ad(const std::string& path, const DenseScreen& screen);

}  // namespace cupel::io
