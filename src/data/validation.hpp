#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "cupel/config.hpp"
#include "cupel/dataset.hpp"

namespace cupel {

// Watches every cell of one side go by and refuses what cell-eval.md 1.3 refuses, naming the cell
// and the gene at fault. One object per side.
class ValueWatch {
 public:
  // `may_be_fractional`: counts of a prediction that the conventions allow to be fractional.
  ValueWatch(Screen& screen, const Conventions& conventions, bool may_be_fractional);

  // The same side's file, opened anew.
  void go_on_with(Screen& screen) noexcept { screen_ = &screen; }

  // `cells` in host memory, each row's row of the file, and what Backend::row_totals gave for them.
  void check(CellsView cells, std::span<const std::int64_t> file_rows,
             std::span<const double> totals);
  // After the last batch: a lognorm matrix of nothing but integers is raw counts.
  void finish() const;

 private:
  [[noreturn]] void refuse(std::int64_t file_row, std::int64_t gene, const std::string& what) const;
  // Where all that was seen is whole numbers, that is what is wrong with lognorm input.
  void refuse_counts() const;

  Screen* screen_;
  const Conventions& conventions_;
  bool may_be_fractional_;
  bool any_fractional_ = false;
  double max_ = 0.0;
};

}  // namespace cupel
