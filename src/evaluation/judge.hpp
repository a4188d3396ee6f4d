#pragma once
#include "cupel/evaluate.hpp"
#include "evaluation/reference.hpp"

namespace cupel {

// Reads one prediction's cells of one context and computes every metric of the method.
[[nodiscard]] ContextResult judge(const Method& method, Source& prediction,
                                  const RealTables& tables, const RealProfiles& real,
                                  const Grouping& grouping, Backend& backend, Console& console,
                                  const EvaluateHooks& hooks);

}  // namespace cupel
