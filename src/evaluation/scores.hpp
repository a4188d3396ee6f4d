#pragma once
#include <vector>

#include "cupel/report.hpp"

namespace cupel {

// Puts the scored metrics of each of `contexts` on the scales whose ends there are (cell-eval.md
// 4.2, 4.5) by `rule`. `zero`: the baseline's results, by context, or none; the others likewise.
// What a pseudobulk lacks has no score, where any other mean that is undefined gets the worst.
[[nodiscard]] std::vector<ContextScores> put_on_scale(const std::vector<ContextResult>& contexts,
                                                      const std::vector<ContextResult>& zero,
                                                      const std::vector<ReplicateResult>& replicate,
                                                      const std::vector<ReplicateResult>& ceiling,
                                                      ScoreRule rule);

}  // namespace cupel
