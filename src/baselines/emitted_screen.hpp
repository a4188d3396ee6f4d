#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"
#include "data/grouping.hpp"

namespace cupel {

// A baseline's prediction: a screen with the measured one's cells, labels and genes, in which each
// perturbed cell is made when it is read and the control's are as measured. Of one context.
class EmittedScreen final : public Screen {
 public:
  // Each perturbed cell is a control cell, drawn with `seed` and times `scale` gene by gene.
  // `control` holds the cells of grouping.control in that order.
  [[nodiscard]] static std::unique_ptr<Screen> dispersed(Screen& measured, const Grouping& grouping,
                                                         std::shared_ptr<const LoadedCells> control,
                                                         std::vector<double> scale,
                                                         std::uint64_t seed, std::string name);
  // Each perturbed cell is the same: `profile`, a value per gene, as float.
  [[nodiscard]] static std::unique_ptr<Screen> tiled(Screen& measured, const Grouping& grouping,
                                                     std::shared_ptr<const LoadedCells> control,
                                                     std::span<const double> profile,
                                                     std::string name);

  [[nodiscard]] const std::string& path() const override { return name_; }
  [[nodiscard]] std::int64_t n_cells() const override { return measured_.n_cells(); }
  [[nodiscard]] const std::vector<std::string>& genes() const override { return measured_.genes(); }
  [[nodiscard]] const std::vector<std::string>& cell_names() override {
    return measured_.cell_names();
  }
  [[nodiscard]] std::vector<std::string> obs_names() const override {
    return measured_.obs_names();
  }
  [[nodiscard]] Column obs(std::string_view name) override { return measured_.obs(name); }
  [[nodiscard]] MatrixInfo matrix_info() const override;

  // Throws Error(kInternal) for a row of another context.
  [[nodiscard]] LoadedCells read(std::span<const std::int64_t> rows) override;
  [[nodiscard]] std::int64_t bytes_to_read(std::span<const std::int64_t> rows) override;

 private:
  EmittedScreen(Screen& measured, const Grouping& grouping, std::string name);

  // What a row of the measured file is made from: a row of `control_`, as it is or scaled, or the
  // profile.
  struct Origin {
    std::int64_t control_row = -1;  // -1: the profile
    bool as_measured = false;
  };
  [[nodiscard]] const Origin& origin_of(std::int64_t row) const;

  Screen& measured_;
  std::string name_;
  std::shared_ptr<const LoadedCells> control_;
  std::vector<double> scale_;
  Cells profile_;                   // one row
  std::vector<std::int64_t> rows_;  // ascending, with an origin each
  std::vector<Origin> origin_;
};

}  // namespace cupel
