#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"
#include "io/matrix_reader.hpp"

namespace cupel::io {

// The three datasets of a compressed sparse matrix. Major is what is compressed: cells in CSR,
// genes in CSC.
class SparseArrays {
 public:
  SparseArrays(const Hdf5File& file, std::string path, std::int64_t n_major);

  [[nodiscard]] const Dataset& values() const noexcept { return *values_; }
  [[nodiscard]] const Dataset& indices() const noexcept { return *indices_; }
  // n_major + 1 ascending positions in `values`; read and checked when first asked for.
  [[nodiscard]] std::span<const std::int64_t> starts();
  [[nodiscard]] MatrixInfo info(std::string layout) const;

 private:
  std::string path_;
  std::int64_t n_major_;
  std::unique_ptr<Dataset> values_;
  std::unique_ptr<Dataset> indices_;
  std::unique_ptr<Dataset> starts_dataset_;
  std::vector<std::int64_t> starts_;
};

}  // namespace cupel::io
