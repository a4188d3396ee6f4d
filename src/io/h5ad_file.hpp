#pragma once
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "io/hdf5/hdf5_file.hpp"
#include "io/matrix_reader.hpp"
#include "io/table.hpp"

namespace cupel::io {

// An HDF5 file that is AnnData: where its parts are, whatever its age.
class H5adFile {
 public:
  // Throws Error(kInput) that says what kind of file it is instead.
  explicit H5adFile(const std::string& path, Hdf5File::Reader reader = Hdf5File::Reader::kOurs);

  [[nodiscard]] const Hdf5File& file() const noexcept { return file_; }
  [[nodiscard]] const Table& obs() const noexcept { return *obs_; }
  // var, or the genes of raw.
  [[nodiscard]] const Table& genes_of(std::string_view matrix);
  // "X", "layers/NAME", "raw": those that are in the file.
  [[nodiscard]] std::vector<std::string> matrices() const;
  // Throws Error(kInput) that lists the matrices there are.
  [[nodiscard]] std::unique_ptr<MatrixReader> open(std::string_view matrix);

 private:
  Hdf5File file_;
  std::unique_ptr<Table> obs_;
  std::unique_ptr<Table> var_;
  std::unique_ptr<Table> raw_var_;
};

}  // namespace cupel::io
