#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/config.hpp"
#include "cupel/dataset.hpp"
#include "log.hpp"

namespace cupel {

// Profiles that a file holds ready made, one row each.
struct PseudobulkProfiles {
  Matrix<double> bulk;  // labels × genes in the comparator's space, in the backend's memory
  std::uint64_t fingerprint = 0;
  std::string warning;  // what is odd about them, or empty
};

// Row rows[i] of the file is the profile of labels[i]. `space` says what its values are; kAuto is
// replaced by what they must be:
//   counts   sums or means of counts, normalised as the truth's sums are (bulk_lognorm); where the
//            comparator is a mean of log expression they are refused: none follows from sums
//   lognorm  profiles in the comparator's space already, taken as they are
// Whole numbers alone are counts, and so is what lies beyond log1p(bulk_target_sum); the rest is
// taken as it is, with a warning where a row's expm1 is far from what a profile's sums to. Throws
// Error(kInput) for NaN, infinite and (under data.validate) negative values.
[[nodiscard]] PseudobulkProfiles read_pseudobulk(Screen& screen, std::span<const std::int64_t> rows,
                                                 std::span<const std::string> labels,
                                                 const Conventions& conventions,
                                                 PseudobulkSpace& space, std::int64_t memory,
                                                 Backend& backend, Console& console);

}  // namespace cupel
