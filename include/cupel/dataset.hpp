#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/cells.hpp"

namespace cupel {

// One obs column, read as text: whatever its type, a cell's label is categories[code[cell]].
struct Column {
  std::string name;
  std::string type;                     // as a person would say it: "categorical", "string", "int64"
  std::vector<std::string> categories;  // in the file's order; sorted by codepoint if it has none
  std::vector<std::int32_t> codes;      // one per cell; -1 where the label is missing
};

// How a matrix lies in its file; what `cupel inspect` prints.
struct MatrixInfo {
  std::string path;     // "X", "layers/counts", "raw/X"
  std::string layout;   // "csr", "csc", "dense"
  std::string dtype;    // "float32", "uint16", ...
  std::string filters;  // "gzip-4 + shuffle", "none"
  std::int64_t stored_values = 0;
  std::int64_t stored_bytes = 0;  // on disk
};

// Cells as read. `row_key[r]` is a hash of row r's content (row_key.hpp): equal content gives an
// equal key in any layout, type or row order. Walking a group's rows in key order is what makes
// every sum independent of the order of the file's rows.
struct LoadedCells {
  Cells cells;
  std::vector<std::uint64_t> row_key;
};

// A measured or predicted screen: names at once, cells when asked for. Reading is lazy so that no
// caller needs the whole matrix in memory. Not thread safe; reading is parallel inside.
class Screen {
 public:
  virtual ~Screen() = default;
  [[nodiscard]] virtual const std::string& path() const = 0;  // as the user named it
  [[nodiscard]] virtual std::int64_t n_cells() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& genes() const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& cell_names() = 0;
  [[nodiscard]] virtual std::vector<std::string> obs_names() const = 0;
  // Throws Error(kInput) that lists the columns and suggests the nearest.
  [[nodiscard]] virtual Column obs(std::string_view name) = 0;
  [[nodiscard]] virtual MatrixInfo matrix_info() const = 0;

  // Row i of the result is row rows[i] of the file; `rows` is strictly ascending. Host memory.
  // Decodes only what holds those rows. Throws Error(kInput) for a damaged file.
  [[nodiscard]] virtual LoadedCells read(std::span<const std::int64_t> rows) = 0;
  // Upper bound of the bytes that read(rows) holds when it returns.
  [[nodiscard]] virtual std::int64_t bytes_to_read(std::span<const std::int64_t> rows) = 0;
};

}  // namespace cupel
