#pragma once
#include <bit>
#include <map>

#include "cupel/dataset.hpp"
#include "cupel/error.hpp"
#include "data/row_key.hpp"
#include "support/backend_test.hpp"

namespace cupel::test {

// A Screen made of a dense matrix and label lists, for tests that need no file.
class MemoryScreen final : public Screen {
 public:
  MemoryScreen(DenseCells cells, std::map<std::string, std::vector<std::string>> obs,
               std::vector<std::string> genes = {})
      : cells_(std::move(cells)), obs_(std::move(obs)), genes_(std::move(genes)) {
    for (auto i = std::ssize(genes_); i < cells_.cols; ++i) genes_.push_back("g" + std::to_string(i));
    for (std::int64_t i = 0; i < cells_.rows; ++i) names_.push_back("cell" + std::to_string(i));
  }

  [[nodiscard]] const std::string& path() const override { return path_; }
  [[nodiscard]] std::int64_t n_cells() const override { return cells_.rows; }
  [[nodiscard]] const std::vector<std::string>& genes() const override { return genes_; }
  [[nodiscard]] const std::vector<std::string>& cell_names() override { return names_; }
  [[nodiscard]] std::vector<std::string> obs_names() const override {
    std::vector<std::string> names;
    for (const auto& [name, labels] : obs_) names.push_back(name);
    return names;
  }
  [[nodiscard]] Column obs(std::string_view name) override {
    const auto found = obs_.find(std::string(name));
    if (found == obs_.end()) throw Error(ErrorKind::kInput, "no such column");
    Column column{.name = found->first, .type = "string", .categories = {}, .codes = {}};
    std::map<std::string, std::int32_t> code;
    for (const auto& label : found->second) {
      if (!label.empty()) code.emplace(label, 0);
    }
    for (auto& [label, id] : code) {
      id = static_cast<std::int32_t>(column.categories.size());
      column.categories.push_back(label);
    }
    for (const auto& label : found->second) {
      column.codes.push_back(label.empty() ? -1 : code.at(label));
    }
    return column;
  }
  [[nodiscard]] MatrixInfo matrix_info() const override { return {}; }

  [[nodiscard]] LoadedCells read(std::span<const std::int64_t> rows) override {
    DenseCells chosen{std::ssize(rows), cells_.cols, {}};
    LoadedCells loaded;
    for (const auto row : rows) {
      std::uint64_t key = 0;
      for (std::int64_t col = 0; col < cells_.cols; ++col) {
        chosen.values.push_back(cells_(row, col));
        if (cells_(row, col) != 0.0) {
          key += entry_key(static_cast<std::uint32_t>(col), cells_(row, col));
        }
      }
      loaded.row_key.push_back(key);
    }
    loaded.cells = compress(chosen);
    ++reads;
    return loaded;
  }
  [[nodiscard]] std::int64_t bytes_to_read(std::span<const std::int64_t> rows) override {
    return std::ssize(rows) * bytes_per_row;
  }

  std::int64_t bytes_per_row = 1;
  int reads = 0;

 private:
  std::string path_ = "memory.h5ad";
  DenseCells cells_;
  std::map<std::string, std::vector<std::string>> obs_;
  std::vector<std::string> genes_;
  std::vector<std::string> names_;
};

// The message of the Error that `act` throws, or "" when it throws none.
template <typename Act>
std::string error_of(Act&& act, ErrorKind kind = ErrorKind::kInput) {
  try {
    act();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), kind) << error.what();
    return error.what();
  }
  return "";
}

}  // namespace cupel::test
