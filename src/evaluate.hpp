#pragma once
#include <memory>
#include <span>

#include "cupel/backend.hpp"
#include "cupel/evaluate.hpp"

namespace cupel {

using Backends = std::span<const std::unique_ptr<Backend>>;

// `evaluate` on these backends, in place of those that config.device names. The first one takes the
// real side; then each takes the next prediction when it is free. Results come in the order of the
// predictions and do not depend on how many backends there are.
[[nodiscard]] Report evaluate_on(Backends backends, const RunConfig& config, Console& console,
                                 const EvaluateHooks& hooks);

}  // namespace cupel
