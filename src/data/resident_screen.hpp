#pragma once
#include <memory>
#include <vector>

#include "cupel/dataset.hpp"

namespace cupel {

// Cells of a screen that were read once and stay in memory, for work that reads them many times.
// Reading any of them copies; other rows are refused with Error(kInternal).
class ResidentScreen final : public Screen {
 public:
  // `rows`: strictly ascending. Takes screen->bytes_to_read(rows).
  ResidentScreen(std::shared_ptr<Screen> screen, std::vector<std::int64_t> rows);

  [[nodiscard]] const std::string& path() const override { return screen_->path(); }
  [[nodiscard]] std::int64_t n_cells() const override { return screen_->n_cells(); }
  [[nodiscard]] const std::vector<std::string>& genes() const override { return screen_->genes(); }
  [[nodiscard]] const std::vector<std::string>& cell_names() override {
    return screen_->cell_names();
  }
  [[nodiscard]] std::vector<std::string> obs_names() const override { return screen_->obs_names(); }
  [[nodiscard]] Column obs(std::string_view name) override { return screen_->obs(name); }
  [[nodiscard]] MatrixInfo matrix_info() const override { return screen_->matrix_info(); }

  [[nodiscard]] LoadedCells read(std::span<const std::int64_t> rows) override;
  [[nodiscard]] std::int64_t bytes_to_read(std::span<const std::int64_t> rows) override;

 private:
  // Where the cells of `rows` are.
  [[nodiscard]] std::vector<std::int64_t> places_of(std::span<const std::int64_t> rows) const;

  std::shared_ptr<Screen> screen_;
  std::vector<std::int64_t> rows_;
  LoadedCells cells_;
};

}  // namespace cupel
