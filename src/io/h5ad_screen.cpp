#include "io/h5ad_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "io/errors.hpp"
#include "io/h5ad_file.hpp"

namespace cupel::io {
namespace {

class H5adScreen final : public Screen {
 public:
  H5adScreen(const std::string& path, std::string_view matrix)
      : file_(path), matrix_(file_.open(matrix)), genes_(file_.genes_of(matrix).index()) {}

  const std::string& path() const override { return file_.file().path(); }
  std::int64_t n_cells() const override { return file_.obs().rows(); }
  const std::vector<std::string>& genes() const override { return genes_; }

  const std::vector<std::string>& cell_names() override {
    if (cell_names_.empty()) cell_names_ = file_.obs().index();
    return cell_names_;
  }

  std::vector<std::string> obs_names() const override { return file_.obs().columns(); }

  Column obs(std::string_view name) override {
    const auto& columns = file_.obs().columns();
    if (std::ranges::find(columns, name) == columns.end()) {
      throw no_such_column(path(), "obs", name, columns);
    }
    return file_.obs().read(std::string(name));
  }

  MatrixInfo matrix_info() const override { return matrix_->info(); }

  LoadedCells read(std::span<const std::int64_t> rows) override {
    check_rows(rows);
    return matrix_->read(rows);
  }

  std::int64_t bytes_to_read(std::span<const std::int64_t> rows) override {
    check_rows(rows);
    return matrix_->bytes_to_read(rows);
  }

 private:
  void check_rows(std::span<const std::int64_t> rows) const {
    std::int64_t previous = -1;
    for (const std::int64_t row : rows) {
      if (row <= previous || row >= n_cells()) {
        throw Error(ErrorKind::kInternal,
                    fmt::format("rows to read must ascend and be below {}: {} follows {}",
                                n_cells(), row, previous));
      }
      previous = row;
    }
  }

  H5adFile file_;
  std::unique_ptr<MatrixReader> matrix_;
  std::vector<std::string> genes_;
  std::vector<std::string> cell_names_;
};

}  // namespace

std::unique_ptr<Screen> open_h5ad(const std::string& path, std::string_view matrix) {
  return std::make_unique<H5adScreen>(path, matrix);
}

}  // namespace cupel::io
