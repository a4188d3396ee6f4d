#pragma once
#include <string>

#include "report/sweep_summary.hpp"

namespace cupel {

// Version, commit, what was tried on which splits under which claims, where it was computed and how
// long that took.
[[nodiscard]] std::string sweep_record_json(const SweepConfig& config, const SweepSummary& summary,
                                            const SweepReport& report);

}  // namespace cupel
