#include "fitting/cell_statistics.hpp"

#include <algorithm>
#include <cmath>

#include "data/validation.hpp"
#include "stats/memory_budget.hpp"
#include "stats/side_summary.hpp"

namespace cupel::fitting {

std::vector<CellStatistics> read_statistics(OpenScreens& screens,
                                            std::span<const ConditionCells* const> entries,
                                            const Conventions& conventions, std::int64_t memory,
                                            Backend& backend, Console& console) {
  std::vector<CellStatistics> all(entries.size());
  for (std::size_t s = 0; s < screens.files.size(); ++s) {
    std::vector<std::size_t> of_screen;
    std::vector<std::vector<std::int64_t>> rows;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      if (entries[i]->screen != static_cast<std::int32_t>(s)) continue;
      of_screen.push_back(i);
      rows.push_back(entries[i]->rows);
    }
    if (rows.empty()) continue;
    Screen& screen = *screens.files[s];
    ValueWatch watch(screen, conventions, false);
    const auto genes = std::ssize(screen.genes());
    const auto for_cells = cell_memory(memory, std::ssize(rows), genes, 2 * kPseudobulkMatrices);
    const auto read =
        summarise_groups(screen, rows, conventions, for_cells, watch, backend, console);
    watch.finish();
    for (std::size_t k = 0; k < of_screen.size(); ++k) {
      auto& to = all[of_screen[k]];
      const auto row = static_cast<std::int64_t>(k);
      const double* sum = read.sums.view().row(row);
      const double* profile = read.profiles.view().row(row);
      to.n = std::ssize(rows[k]);
      to.sum.assign(sum, sum + genes);
      to.profile.assign(profile, profile + genes);
    }
  }
  return all;
}

void add(CellStatistics& to, const CellStatistics& more) {
  if (to.n == 0) {
    to = more;
    return;
  }
  const auto before = static_cast<double>(to.n);
  to.n += more.n;
  const auto after = static_cast<double>(to.n);
  for (std::size_t g = 0; g < to.sum.size(); ++g) {
    to.sum[g] += more.sum[g];
    to.profile[g] =
        (before * to.profile[g] + static_cast<double>(more.n) * more.profile[g]) / after;
  }
  to.together = true;
}

void write_profile(const CellStatistics& from, const Conventions& conventions, double* to) {
  if (!from.together || !uses_bulk_lognorm(conventions)) {
    std::ranges::copy(from.profile, to);
    return;
  }
  double total = 0.0;
  for (const double value : from.sum) total += value;
  const double factor = total > 0.0 ? conventions.expression.bulk_target_sum / total : 0.0;
  for (const double value : from.sum) *to++ = std::log1p(value * factor);
}

}  // namespace cupel::fitting
