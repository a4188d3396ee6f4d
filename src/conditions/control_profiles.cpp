#include "conditions/control_profiles.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "cupel/error.hpp"

namespace cupel {
namespace {

constexpr double kUnit = 4294967296.0;  // 2^32
constexpr double kGreatest = 100.0;
constexpr std::size_t kCellsAtOnce = 4096;

struct Sum {
  std::vector<std::int64_t> genes;
  std::int64_t cells = 0;
};

void add_cells(const LoadedCells& loaded, const Screen& screen, bool counts, Sum& sum) {
  visit(loaded.cells.view(), [&](const auto& cells) {
    for (std::int64_t row = 0; row < cells.rows; ++row) {
      const auto begin = cells.row_begin[row];
      const auto end = begin + cells.row_length[row];
      double total = 0.0;
      for (auto i = begin; i < end; ++i) total += static_cast<double>(cells.values[i]);
      const double scale = counts && total > 0.0 ? 1e4 / total : 1.0;
      for (auto i = begin; i < end; ++i) {
        const double stored = static_cast<double>(cells.values[i]);
        const double value = counts ? std::log1p(stored * scale) : stored;
        if (!(std::abs(value) <= kGreatest)) {
          throw Error(
              ErrorKind::kInput,
              fmt::format("{}: a control cell has the value {}; say --input-type counts, or "
                          "give --embeddings",
                          screen.path(), stored));
        }
        sum.genes[cells.genes[i]] += std::llround(value * kUnit);
      }
    }
    sum.cells += cells.rows;
  });
}

}  // namespace

ControlProfiles control_profiles(std::span<const NamedScreen> screens,
                                 std::span<const ConditionCells> conditions, bool counts) {
  const auto& genes = screens.front().screen->genes();
  for (const auto& named : screens) {
    if (named.screen->genes() == genes) continue;
    throw Error(ErrorKind::kInput,
                fmt::format("{}: its genes are not those of {}; give --embeddings",
                            named.screen->path(), screens.front().screen->path()));
  }
  std::map<std::string, Sum> sums;
  for (const auto& entry : conditions) {
    auto& sum = sums[entry.condition.context];
    sum.genes.resize(genes.size());
    if (!is_control(entry.condition)) continue;
    auto& screen = *screens[static_cast<std::size_t>(entry.screen)].screen;
    for (std::size_t at = 0; at < entry.rows.size(); at += kCellsAtOnce) {
      const auto some =
          std::span(entry.rows).subspan(at, std::min(kCellsAtOnce, entry.rows.size() - at));
      add_cells(screen.read(some), screen, counts, sum);
    }
  }
  ControlProfiles profiles;
  for (const auto& [context, sum] : sums) {
    if (sum.cells == 0) {
      throw Error(ErrorKind::kInput,
                  fmt::format("context '{}' has no control cells to be clustered by", context));
    }
    profiles.contexts.push_back(context);
    auto& mean = profiles.means.emplace_back();
    for (const auto gene : sum.genes) {
      mean.push_back(static_cast<double>(gene) / kUnit / static_cast<double>(sum.cells));
    }
  }
  return profiles;
}

}  // namespace cupel
