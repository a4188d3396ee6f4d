#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evaluation/reference.hpp"

// What a prediction is measured against beside the truth (cell-eval.md 4.3, 4.4): simple
// predictions made from the measured screen and scored as any other, and the screen measured again.
namespace cupel {

// `replicate`, `ceiling` (one more split, for what a perfect model can reach), and the baselines:
//   generic_response       mean effect of all perturbations, each without its own gene; cells are
//                          control cells scaled to it (counts) or copies of it (lognorm)
//   generic_response_tile  the same with every cell a copy of it
//   no_change              control cells drawn again
//   perturbed_mean         mean over perturbations, own genes and all
//   perturbed_mean_cells   mean over perturbed cells: weighs a perturbation by its cells
//   mean_profile           mean over perturbations and the control, every cell a copy of it:
//                          cell-eval's baseline
struct EndNames {
  std::vector<std::string> baselines;
  bool replicate = false;
  bool ceiling = false;
};

// Reads config.ends; "auto" leaves out the ceiling, and the copies but for the scale's zero. Throws
// Error(kUsage) that lists the names.
[[nodiscard]] EndNames end_names(const std::string& text, const Conventions& conventions);

// The baseline that scores 0.
[[nodiscard]] std::string_view zero_end(const Conventions& conventions);

// Ends of one context. A baseline that cannot be made is left out with a warning.
struct Ends {
  std::vector<std::pair<std::string, ContextResult>> baselines;
  std::optional<ReplicateResult> replicate;
  std::optional<ReplicateResult> ceiling;
};

// Takes each end from the cache or makes it; `profiles` goes when it is no longer needed. Ends
// depend on the order of the file's cells, as the reference's do.
[[nodiscard]] Ends score_ends(const Method& method, const RunConfig& config, Source& real,
                              const Grouping& grouping, const RealTables& tables,
                              std::optional<RealProfiles>& profiles, Backend& backend,
                              Console& console);

}  // namespace cupel
