#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/cells.hpp"
#include "cupel/matrix.hpp"

// Cells of a predicted profile (A16): made of the control cells of its context, or found.
namespace cupel::fitting {

enum class CellMode : std::uint8_t {
  kShiftExact,   // control cells shifted gene by gene until the mean, clipped at 0, is the profile
  kShift,        // the same by the difference of profiles: clipping raises the mean of rare genes
  kGauss,        // every gene for itself: normal with the control's deviation, clipped at 0
  kScaleCounts,  // counts of control cells thinned, or raised by Poisson draws: whole numbers
  kScale,        // counts of control cells times the ratio of profiles: fractional
  kConstant,     // the profile itself, again and again: no test of ranks means anything then
  kDonor,        // real cells of the training condition that is nearest to the profile (donors.hpp)
};
[[nodiscard]] std::string_view mode_name(CellMode mode);
// shift-exact for log expression and scale-counts for counts where `name` is empty. Throws
// Error(kUsage) for a mode that is not known, is of the other kind of values, or is kDonor where
// there are none.
[[nodiscard]] CellMode parse_mode(std::string_view name, InputType input, bool donors = false);

// Makes cells of one context. The control cells must outlive it.
class CellMaker {
 public:
  // `row_key` of each control cell, or none: draws do not depend on the order of the file's rows
  // then. `control_profile` as predicted profiles are: log expression, or log1p of counts
  // normalised to `bulk_total`.
  CellMaker(CellMode mode, const Cells& control, std::span<const std::uint64_t> row_key,
            std::span<const double> control_profile, double bulk_total, std::uint64_t seed);

  // n cells × genes whose numbers come from `stream` alone, for any number of threads.
  [[nodiscard]] Matrix<double> make(std::span<const double> profile, std::int64_t n,
                                    std::uint64_t stream) const;

 private:
  [[nodiscard]] Matrix<double> drawn(std::int64_t n, std::uint64_t stream) const;

  CellMode mode_;
  const Cells& control_;
  std::vector<std::int64_t> order_;  // of the control cells, by content
  std::vector<double> profile_;
  std::vector<double> deviation_;  // of each gene over the control cells; kGauss alone
  double bulk_total_;
  std::uint64_t seed_;
};

// Rows of cells in host memory, dense.
[[nodiscard]] Matrix<double> dense_rows(const Cells& cells, std::span<const std::int64_t> rows);

}  // namespace cupel::fitting
