#pragma once
#include <cstdint>
#include <vector>

#include "cupel/config.hpp"
#include "cupel/dataset.hpp"

namespace cupel {

// Counts or lognorm, by the rule (not kNone); reads as little of the screen as tells, into at most
// about `memory` bytes. cell-eval looks at every value; cell-eval2 at 500 cells drawn at random,
// for which 500 evenly spaced ones stand in here.
[[nodiscard]] InputType guess_input(Screen& screen, InputGuess rule, std::int64_t memory);

// Sum of the values of each of these cells, in their order.
[[nodiscard]] std::vector<double> totals_of(Screen& screen, std::span<const std::int64_t> rows,
                                            std::int64_t memory);

}  // namespace cupel
