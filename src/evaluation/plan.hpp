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
  std::unique_ptr<Screen> screen;
  std::vector<Grouping> groups;
  std::unique_ptr<ValueWatch> watch;
  InputRecord record;
  std::size_t batches = 0;
};

struct Plan {
  Profile profile;
  std::vector<const Metric*> metrics;  // the profile's, then components that derived ones need
  std::size_t reported = 0;            // how many of them the profile asked for
  SummaryRequest request;
  bool strata = false;                 // whether the real side is looked at for its effects
  TargetGeneMap target_genes;
  Source real;
  std::vector<Source> predictions;
};

// Opens and checks everything; throws Error for what makes a run useless. `workers`: how many
// predictions are read at a time, each into its share of the memory.
[[nodiscard]] Plan make_plan(const RunConfig& config, Console& console, std::int32_t workers);

}  // namespace cupel
