#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cupel::test {

// One stored value. Sparse layouts keep zeros, duplicates and the order they are given in.
struct Triplet {
  std::int64_t row = 0;
  std::int64_t col = 0;
  double value = 0;
};

// How numbers are stored: "uint8" ... "float64", "float16", "bool", with '>' in front big-endian.
struct Storage {
  std::string type = "float32";
  std::int64_t chunk = 0;          // values (rows where dense) per chunk; 0: contiguous
  std::int64_t chunk_columns = 0;  // dense only
  // In the order of application: "gzip", "shuffle", "fletcher32", "lzf".
  std::vector<std::string> filters = {};
  std::string index_type = "int32";   // of a sparse matrix' indices
  std::string starts_type = "int32";  // and of its indptr
};

// Writes small AnnData files through the HDF5 C API, for tests; complete when destroyed.
class TinyH5ad {
 public:
  TinyH5ad(const std::string& path, std::int64_t n_cells, std::int64_t n_genes);
  ~TinyH5ad();
  TinyH5ad(const TinyH5ad&) = delete;
  TinyH5ad& operator=(const TinyH5ad&) = delete;

  // A group or dataset at `object`, such as "X" or "layers/counts". `layout`: "csr", "csc".
  void add_sparse(const std::string& object, const std::string& layout,
                  std::span<const Triplet> entries, const Storage& storage);
  // Entries at the same place are an error; what is absent is zero.
  void add_dense(const std::string& object, std::span<const Triplet> entries,
                 const Storage& storage);

  // Columns of obs.
  void add_categorical(const std::string& name, const std::vector<std::string>& categories,
                       const std::vector<std::int64_t>& codes,
                       const std::string& codes_type = "int8");
  void add_old_categorical(const std::string& name, const std::vector<std::string>& categories,
                           const std::vector<std::int64_t>& codes);
  void add_text(const std::string& name, const std::vector<std::string>& values);
  void add_fixed_text(const std::string& name, const std::vector<std::string>& values);
  void add_numbers(const std::string& name, const std::vector<double>& values,
                   const Storage& storage);
  // A group of values and mask. `encoding` such as "nullable-integer".
  void add_nullable(const std::string& name, const std::string& encoding,
                    const std::vector<double>& values, const std::string& type,
                    const std::vector<double>& mask);

  // For whatever a test wants to do to the file besides.
  [[nodiscard]] std::int64_t id() const { return file_; }

 private:
  void write_column_order();

  std::int64_t file_;
  std::int64_t n_cells_;
  std::int64_t n_genes_;
  std::vector<std::string> columns_;
};

// Plain helpers, for files that are not quite AnnData. `file` is an HDF5 id.
void make_group(std::int64_t file, const std::string& path);
void write_numbers(std::int64_t file, const std::string& path, std::span<const double> values,
                   const Storage& storage);
void write_integers(std::int64_t file, const std::string& path,
                    std::span<const std::int64_t> values, const std::string& type);
void write_texts(std::int64_t file, const std::string& path, const std::vector<std::string>& values,
                 bool fixed = false);
void write_attribute(std::int64_t file, const std::string& object, const std::string& name,
                     const std::string& value);
void write_attribute(std::int64_t file, const std::string& object, const std::string& name,
                     const std::vector<std::int64_t>& values);
void write_attribute(std::int64_t file, const std::string& object, const std::string& name,
                     const std::vector<std::string>& values);

// An id of a new HDF5 type by its name, as in Storage.
[[nodiscard]] std::int64_t make_type(const std::string& name);

}  // namespace cupel::test
