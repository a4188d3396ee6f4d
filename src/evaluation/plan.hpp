#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "cupel/config.hpp"
#include "cupel/metric.hpp"
#include "cupel/report.hpp"
#include "data/target_genes.hpp"
#include "evaluation/sources.hpp"
#include "log.hpp"
#include "stats/side_summary.hpp"

// What a run will do, decided before the first cell is read.
namespace cupel {

// How sides are summarised and judged, whichever they are.
struct Method {
  Profile profile;
  std::vector<const Metric*> metrics;  // the profile's, then components that derived ones need
  std::size_t reported = 0;            // how many of them the profile asked for
  SummaryRequest request;
  bool strata = false;  // whether the real side is looked at for its effects
  TargetGeneMap target_genes;
};

struct Plan : Method {
  Source real;
  std::vector<Source> predictions;
};

// Resolves the profile, names the predictions, opens the real side and checks it; throws Error for
// what makes a run useless. `workers`: how many predictions are read at a time, each into its share
// of the memory.
[[nodiscard]] Plan make_plan(const RunConfig& config, Console& console, std::int32_t workers);

// Opens, checks and closes every prediction that is not finished. One that is at fault is set aside
// and said so, unless it is the only one: then it throws.
void check_predictions(Plan& plan, const RunConfig& config, Console& console);

// Opens a prediction and holds it against the real side. Throws Error.
void open_prediction(const Plan& plan, const RunConfig& config, Source& prediction);

// Runs `work` on a prediction. Where it throws an Error that is the file's own (input, or more
// memory than there is) and the run has others to go on with, that is said on the console and
// noted, and the answer is false.
[[nodiscard]] bool attempt(Source& prediction, const RunConfig& config, Console& console,
                           const std::function<void()>& work);

// Throws the first failure if nothing but failures is left.
void require_one_left(const Plan& plan);

// What the conventions leave to the real file's content, once all else has been checked.
void settle_real(Plan& plan, Console& console);
// The target sum of one context where it is the real control's median.
void settle_target_sum(Plan& plan, const Grouping& grouping);
// What they leave to an open prediction's, after both. A pseudobulk is judged as the real side is.
void settle_prediction(const Plan& plan, Source& prediction);

}  // namespace cupel
