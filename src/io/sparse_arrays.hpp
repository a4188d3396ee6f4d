#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"
#include "io/matrix_reader.hpp"
#include "io/number_array.hpp"

namespace cupel::io {

// The three datasets of a compressed sparse matrix. Major is what is compressed: cells in CSR,
// genes in CSC.
class SparseArrays {
 public:
  SparseArrays(const Hdf5File& file, std::string path, std::int64_t n_major);

  [[nodiscard]] const NumberArray& values() const noexcept { return values_; }
  [[nodiscard]] const NumberArray& indices() const noexcept { return indices_; }
  // n_major + 1 ascending positions in `values`; read and checked when first asked for.
  [[nodiscard]] std::span<const std::int64_t> starts();
  [[nodiscard]] MatrixInfo info(std::string layout) const;

 private:
  const Hdf5File* file_;
  std::string path_;
  std::int64_t n_major_;
  NumberArray values_;
  NumberArray indices_;
  std::int64_t starts_bytes_ = 0;
  std::vector<std::int64_t> starts_;
};

}  // namespace cupel::io
