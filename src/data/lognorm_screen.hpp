#pragma once
#include <memory>

#include "cupel/dataset.hpp"

namespace cupel {

// Whether means of this screen's cells are doubles: its file holds doubles. Integers count as
// float, because cell-eval's normalisation makes them so.
[[nodiscard]] bool holds_doubles(const Screen& screen);

// A screen of counts, read as lognorm: log1p(x / (total / target_sum)) in the precision of its
// file, which is what cell-eval makes of counts before it looks at them (cell-eval.md 1.4). In
// float every step is rounded to float, log1p once from double. A cell without counts stays as it
// is.
//
// Row keys stay those of the counts, so the order of cells does too.
[[nodiscard]] std::unique_ptr<Screen> as_lognorm(std::shared_ptr<Screen> counts, double target_sum);

}  // namespace cupel
