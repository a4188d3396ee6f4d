#pragma once
#include "cupel/backend.hpp"
#include "cupel/sweep.hpp"

namespace cupel {

// `run_sweep` on this backend, in place of the one that config.run.device names.
[[nodiscard]] SweepReport run_sweep_on(Backend& backend, const SweepConfig& config,
                                       Console& console);

}  // namespace cupel
