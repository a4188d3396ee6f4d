#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cupel/config.hpp"
#include "cupel/dataset.hpp"
#include "cupel/metric.hpp"
#include "cupel/report.hpp"
#include "data/grouping.hpp"
#include "data/target_genes.hpp"
#include "data/validation.hpp"
#include "log.hpp"
#include "stats/side_summary.hpp"

// What a run will do, decided before the first cell is read.
namespace cupel {

// One file, opened and grouped, not yet read.
struct Source {
  std::string name;
  std::unique_ptr<Conventions> conventions;  // the profile's, as the file's content settles them
  std::shared_ptr<Screen> screen;
  std::vector<Grouping> groups;
  std::unique_ptr<ValueWatch> watch;
  InputRecord record;
  bool may_be_fractional = false;
  std::size_t batches = 0;
};

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

// Opens and checks everything; throws Error for what makes a run useless. `workers`: how many
// predictions are read at a time, each into its share of the memory.
[[nodiscard]] Plan make_plan(const RunConfig& config, Console& console, std::int32_t workers);

// What the conventions leave to the files' content, once all else has been checked.
void settle(Plan& plan, Console& console);
// The target sum of one context where it is the real control's median.
void settle_target_sum(Plan& plan, const Grouping& grouping);

}  // namespace cupel
