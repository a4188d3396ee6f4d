#include "data/validation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

#include "cupel/error.hpp"
#include "parallel/parallel.hpp"
#include "text.hpp"

namespace cupel {
namespace {

constexpr double kIntegerTolerance = 1e-6;  // absolute, cell-eval.md 1.3
constexpr std::int64_t kRowsPerCheck = 64;

// What one pass over some rows saw. The first fault is the one in the lowest file row.
struct Seen {
  bool fractional = false;
  double max = 0.0;
  std::int64_t fault_file_row = std::numeric_limits<std::int64_t>::max();
  std::int64_t fault_gene = -1;
  double fault_value = 0.0;
};

template <typename Value>
bool is_fractional(Value value) {
  return !(std::abs(value - std::rint(value)) <= static_cast<Value>(kIntegerTolerance)) &&
         !std::isinf(value);
}

template <typename Gene, typename Value>
Seen scan(const TypedCells<Gene, Value>& cells, std::span<const std::int64_t> file_rows,
          bool refuse_negative, bool refuse_fractional) {
  Seen all;
  std::mutex guard;
  for_each_chunk(cells.rows, kRowsPerCheck, [&](std::int64_t begin, std::int64_t end) {
    Seen seen;
    for (std::int64_t row = begin; row < end; ++row) {
      const auto first = cells.row_begin[row];
      for (auto at = first; at < first + cells.row_length[row]; ++at) {
        const Value value = cells.values[at];
        seen.max = std::max(seen.max, static_cast<double>(value));
        const bool fractional = is_fractional(value);
        seen.fractional |= fractional;
        const bool fault = std::isnan(value) || (value < 0 && refuse_negative) ||
                           (fractional && refuse_fractional);
        const auto file_row = file_rows[static_cast<std::size_t>(row)];
        if (!fault || file_row >= seen.fault_file_row) continue;
        seen.fault_file_row = file_row;
        seen.fault_gene = cells.genes[at];
        seen.fault_value = static_cast<double>(value);
      }
    }
    const std::lock_guard lock(guard);
    all.fractional |= seen.fractional;
    all.max = std::max(all.max, seen.max);
    if (seen.fault_file_row < all.fault_file_row) {
      const bool fractional = all.fractional;
      const double max = all.max;
      all = seen;
      all.fractional = fractional;
      all.max = max;
    }
  });
  return all;
}

// 16 eps of the stored type: what float expm1 may add to a row that was at the limit.
double relative_slack(ValueType type) {
  const double eps = type == ValueType::kF64 ? std::numeric_limits<double>::epsilon()
                                             : std::numeric_limits<float>::epsilon();
  return 16.0 * eps;
}

}  // namespace

ValueWatch::ValueWatch(Screen& screen, const Conventions& conventions, bool may_be_fractional)
    : screen_(&screen), conventions_(conventions), may_be_fractional_(may_be_fractional) {}

void ValueWatch::refuse(std::int64_t file_row, std::int64_t gene, const std::string& what) const {
  const auto cell = static_cast<std::size_t>(file_row);
  const auto where =
      gene < 0 ? std::string()
               : fmt::format(", gene '{}'", screen_->genes()[static_cast<std::size_t>(gene)]);
  throw Error(ErrorKind::kInput, fmt::format("{}: cell '{}' (row {}){}: {}", screen_->path(),
                                             screen_->cell_names()[cell], cell, where, what));
}

void ValueWatch::check(CellsView cells, std::span<const std::int64_t> file_rows,
                       std::span<const double> totals) {
  const bool counts = conventions_.data.input_type == InputType::kCounts;
  const bool validate = conventions_.data.validate;
  const double limit = conventions_.data.max_counts_per_cell;

  if (cells.value_type != ValueType::kU16) {
    const Seen seen =
        visit(cells, [&]<typename Gene, typename Value>(TypedCells<Gene, Value> typed) {
          if constexpr (std::is_floating_point_v<Value>) {
            return scan(typed, file_rows, validate, validate && counts && !may_be_fractional_);
          } else {
            return Seen{};
          }
        });
    any_fractional_ |= seen.fractional;
    max_ = std::max(max_, seen.max);
    if (seen.fault_gene >= 0) {
      if (std::isnan(seen.fault_value)) {
        refuse(seen.fault_file_row, seen.fault_gene,
               "the value is NaN; expression must be a number");
      }
      if (seen.fault_value < 0) {
        refuse(seen.fault_file_row, seen.fault_gene,
               fmt::format("the value {} is negative; expression must not be", seen.fault_value));
      }
      refuse(seen.fault_file_row, seen.fault_gene,
             fmt::format("the value {} is not a whole number; give --input-type lognorm, or --set "
                         "data.allow_fractional_counts=true for predictions",
                         seen.fault_value));
    }
    const auto& most = conventions_.data.max_lognorm;
    if (!counts && most && seen.max >= *most) {
      throw Error(
          ErrorKind::kInput,
          fmt::format("{}: the largest value {} is not below data.max_lognorm = {}; neither "
                      "whole counts nor their logarithm? set it to none to score all the same",
                      screen_->path(), seen.max, *most));
    }
    const double slack = relative_slack(cells.value_type);
    if (!counts && seen.max > std::log1p(limit) * (1.0 + slack)) {
      if (validate) refuse_counts();
      throw Error(
          ErrorKind::kInput,
          fmt::format("{}: the largest value {} is beyond log1p({}); are these counts? give "
                      "--input-type counts",
                      screen_->path(), seen.max, limit));
    }
  } else {
    // Whole numbers by construction, and what is stored is not zero.
    const bool any = std::any_of(cells.row_length, cells.row_length + cells.rows,
                                 [](std::int32_t length) { return length > 0; });
    if (any) max_ = std::max(max_, 1.0);
  }

  const double allowed = counts ? limit : limit * (1.0 + relative_slack(cells.value_type));
  for (std::size_t row = 0; row < totals.size(); ++row) {
    if (totals[row] <= allowed) continue;
    if (validate && !counts) refuse_counts();
    refuse(file_rows[row], -1,
           fmt::format("the {} of the cell is {}, beyond data.max_counts_per_cell = {}",
                       counts ? "total" : "total of expm1", totals[row], limit));
  }
}

void ValueWatch::finish() const {
  if (!conventions_.data.validate || conventions_.data.input_type == InputType::kCounts) return;
  refuse_counts();
}

void ValueWatch::refuse_counts() const {
  if (any_fractional_ || max_ <= 0.0) return;
  throw Error(
      ErrorKind::kInput,
      fmt::format("{}: every value is a whole number, so these are counts, not lognorm; give "
                  "--input-type counts",
                  screen_->path()));
}

}  // namespace cupel
