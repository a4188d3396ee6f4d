#include "stats/pseudobulk_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "cupel/error.hpp"
#include "data/batches.hpp"
#include "stats/content_fingerprint.hpp"
#include "stats/side_summary.hpp"

namespace cupel {
namespace {

// What the values of all rows have in common.
struct Values {
  bool whole = true;
  double max = 0.0;
  std::int64_t max_row = 0;  // of the file
};

[[noreturn]] void refuse(Screen& screen, std::int64_t file_row, std::int64_t gene,
                         const std::string& what) {
  throw Error(ErrorKind::kInput,
              fmt::format("{}: row '{}' (row {}), gene '{}': {}", screen.path(),
                          screen.cell_names()[static_cast<std::size_t>(file_row)], file_row,
                          screen.genes()[static_cast<std::size_t>(gene)], what));
}

void check(Screen& screen, std::int64_t file_row, std::int64_t gene, double value, bool validate) {
  if (std::isnan(value))
    refuse(screen, file_row, gene, "the value is NaN; a profile must be a number");
  if (std::isinf(value)) refuse(screen, file_row, gene, "the value is infinite");
  if (validate && value < 0) {
    refuse(screen, file_row, gene,
           fmt::format("the value {} is negative; expression must not be", value));
  }
}

// Fills the rows of `profiles` that the batch holds.
void spread(Screen& screen, const GroupBatch& batch, bool validate, MatrixView<double> profiles,
            Values& seen) {
  visit(batch.cells.view(), [&]<typename Gene, typename Value>(TypedCells<Gene, Value> cells) {
    for (std::size_t k = 0; k < batch.groups.size(); ++k) {  // one row each
      double* profile = profiles.row(batch.groups[k]);
      std::fill_n(profile, profiles.cols, 0.0);
      const auto first = cells.row_begin[k];
      for (auto at = first; at < first + cells.row_length[k]; ++at) {
        const auto value = static_cast<double>(cells.values[at]);
        check(screen, batch.file_rows[k], cells.genes[at], value, validate);
        profile[cells.genes[at]] = value;
        seen.whole &= value == std::rint(value);
        if (value > seen.max) {
          seen.max = value;
          seen.max_row = batch.file_rows[k];
        }
      }
    }
  });
}

// A row whose expm1 sums to less than half or more than twice what a profile's does, as a warning.
std::string odd_total(const Screen& screen, MatrixView<const double> profiles,
                      std::span<const std::string> labels, double expected) {
  constexpr double kOdd = 2.0;
  for (std::int64_t row = 0; row < profiles.rows; ++row) {
    double total = 0.0;
    for (std::int64_t gene = 0; gene < profiles.cols; ++gene) {
      total += std::expm1(profiles(row, gene));
    }
    if (total <= expected * kOdd && total * kOdd >= expected) continue;
    return fmt::format(
        "{}: taken as log profiles, but expm1 of '{}' sums to {:.6g} where a profile's sums to "
        "{:.6g}; give --pseudobulk-space counts if these are counts, lognorm if they are not",
        screen.path(), labels[static_cast<std::size_t>(row)], total, expected);
  }
  return {};
}

}  // namespace

PseudobulkProfiles read_pseudobulk(Screen& screen, std::span<const std::int64_t> rows,
                                   std::span<const std::string> labels, const Conventions& c,
                                   PseudobulkSpace& space, std::int64_t memory, Backend& backend,
                                   Console& console) {
  console.stages().enter("read");
  std::vector<std::vector<std::int64_t>> lists;
  for (const auto row : rows) lists.push_back({row});
  auto profiles =
      make_host_matrix<double>(std::ssize(rows), static_cast<std::int64_t>(screen.genes().size()));
  PseudobulkProfiles result;
  Values seen;
  for (const auto& chosen : plan_batches(screen, lists, memory)) {
    const auto batch = read_batch(screen, lists, chosen);
    spread(screen, batch, c.data.validate, profiles.view(), seen);
    result.fingerprint += fingerprint_of(batch, labels);
  }

  console.stages().enter("moments");
  const bool bulk = uses_bulk_lognorm(c);
  // By as much as float may be above it.
  const double limit = std::log1p(bulk_total(c)) * (1.0 + 1e-6);
  const bool declared = space != PseudobulkSpace::kAuto;
  if (!declared) {
    const bool counts = (seen.whole && seen.max > 0.0) || seen.max > limit;
    space = counts ? PseudobulkSpace::kCounts : PseudobulkSpace::kLognorm;
  }
  if (space == PseudobulkSpace::kCounts && !bulk) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: sums or means of counts, and the run compares means of log "
                            "expression, which do not follow from them; give those as "
                            "--pseudobulk-space lognorm",
                            screen.path()));
  }
  result.bulk = backend.upload(std::as_const(profiles).view());
  if (space == PseudobulkSpace::kCounts) {
    result.bulk =
        backend.bulk_lognorm(std::as_const(result.bulk).view(), c.expression.bulk_target_sum);
  } else if (seen.max > limit) {
    result.warning =
        fmt::format("{}: row {}: the value {} is beyond log1p({}), which no profile is",
                    screen.path(), seen.max_row, seen.max, bulk_total(c));
  } else if (bulk && !declared) {
    result.warning = odd_total(screen, std::as_const(profiles).view(), labels, bulk_total(c));
  }
  return result;
}

}  // namespace cupel
