#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "cupel/dataset.hpp"
#include "io/hdf5/hdf5_file.hpp"

namespace cupel::io {

// A cells × genes matrix in a file, whatever its layout. `rows` are as in Screen::read.
class MatrixReader {
 public:
  virtual ~MatrixReader() = default;
  [[nodiscard]] virtual MatrixInfo info() const = 0;
  [[nodiscard]] virtual LoadedCells read(std::span<const std::int64_t> rows) = 0;
  [[nodiscard]] virtual std::int64_t bytes_to_read(std::span<const std::int64_t> rows) = 0;
};

struct Shape {
  std::int64_t n_cells = 0;
  std::int64_t n_genes = 0;
};

// `path` is a dataset or a group in the file. Throws Error(kInput) if it is not a matrix or not of
// the shape that obs and var say.
[[nodiscard]] std::unique_ptr<MatrixReader> open_matrix(const Hdf5File& file,
                                                        const std::string& path, Shape shape);

// The layouts.
[[nodiscard]] std::unique_ptr<MatrixReader> open_csr(const Hdf5File& file, const std::string& path,
                                                     Shape shape);
[[nodiscard]] std::unique_ptr<MatrixReader> open_csc(const Hdf5File& file, const std::string& path,
                                                     Shape shape);
[[nodiscard]] std::unique_ptr<MatrixReader> open_dense(const Hdf5File& file,
                                                       const std::string& path, Shape shape);

}  // namespace cupel::io
