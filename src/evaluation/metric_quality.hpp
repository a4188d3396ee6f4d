#pragma once
#include <span>

#include "cupel/backend.hpp"
#include "cupel/metric.hpp"
#include "cupel/truth.hpp"
#include "evaluation/truth.hpp"

namespace cupel {

// Each metric judged on this context by predictions of known worth: the halves of `halves`, half a
// being the truth. Negative control: the mean of all perturbations; for a metric of which that has
// no score, because it measures from that mean, no change. Metrics that look at cells (tests of
// genes, sampling corrections) are left with a reason.
[[nodiscard]] std::vector<MetricQuality> judge_metrics(std::span<const Metric* const> metrics,
                                                       std::span<const std::string> perturbations,
                                                       std::span<const std::int32_t> own_gene,
                                                       const Conventions& conventions,
                                                       const TruthHalves& halves,
                                                       std::uint64_t seed, Backend& backend);

}  // namespace cupel
