#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sweep/nested.hpp"

namespace cupel {

// The table of a sweep as CSV: split, fold, task, stage (inside or outside), model, settings,
// conditions, predicted, no_pearson (predictions without one), the scores, rules, note, seconds.
// Numbers read back as the same doubles.
[[nodiscard]] std::string sweep_csv_header();
[[nodiscard]] std::string sweep_csv_rows(std::span<const sweep::SweepRow> rows);
// Reads it back; a last line that was not finished is left out. Throws Error(kInput), naming
// `path`, for what is no such table.
[[nodiscard]] std::vector<sweep::SweepRow> read_sweep_csv(const std::string& path);
// The same of a text.
[[nodiscard]] std::vector<sweep::SweepRow> parse_sweep_csv(std::string_view text,
                                                           const std::string& path);

}  // namespace cupel
