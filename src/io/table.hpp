#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"
#include "io/hdf5/hdf5_file.hpp"

namespace cupel::io {

// obs or var: an index of names and columns of the same length. Written as a group with a dataset
// per column, or by anndata before 0.7 as one dataset of records.
class Table {
 public:
  virtual ~Table() = default;
  [[nodiscard]] virtual std::int64_t rows() const = 0;
  [[nodiscard]] virtual std::vector<std::string> index() const = 0;
  // In the file's order, without the index.
  [[nodiscard]] virtual const std::vector<std::string>& columns() const = 0;
  // "categorical", "string", "int64", "nullable int64", ...
  [[nodiscard]] virtual std::string type_of(const std::string& column) const = 0;
  [[nodiscard]] virtual Column read(const std::string& column) const = 0;
};

// `name` is "obs", "var", "raw/var" or "raw.var". Throws Error(kInput) if it is not there or not a
// table.
[[nodiscard]] std::unique_ptr<Table> open_table(const Hdf5File& file, const std::string& name);

// The two layouts.
[[nodiscard]] std::unique_ptr<Table> open_group_table(const Hdf5File& file,
                                                      const std::string& name);
[[nodiscard]] std::unique_ptr<Table> open_record_table(const Hdf5File& file,
                                                       const std::string& name);

}  // namespace cupel::io
