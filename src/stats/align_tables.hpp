#pragma once
#include <cstdint>
#include <span>

#include "stats/de_table.hpp"

namespace cupel {

// The same tests in a table of more features: those at `from` (ascending gene ids, one per feature
// of the table) of `to` (ascending, holding all of them), whose names are `features`. Rows of the
// others are absent.
[[nodiscard]] DeTable on_features(const DeTable& table, std::span<const std::int32_t> from,
                                  std::span<const std::int32_t> to,
                                  std::vector<std::string> features);

}  // namespace cupel
