#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"

namespace cupel::io {

// What `cupel inspect` tells of a file without reading its values.
struct H5adContents {
  struct Matrix {
    std::string name;  // as open_h5ad takes it: "X", "layers/counts", "raw"
    MatrixInfo info;
    std::string problem;  // why it cannot be read; empty if it can
  };
  struct ColumnInfo {
    std::string name;
    std::string type;
  };

  std::int64_t n_cells = 0;
  std::int64_t n_genes = 0;
  std::vector<Matrix> matrices;
  std::vector<ColumnInfo> obs;
};

// Throws Error(kInput) for a file that is not AnnData; a matrix that cannot be read is no error.
[[nodiscard]] H5adContents describe_h5ad(const std::string& path);

}  // namespace cupel::io
