#pragma once
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cupel/report.hpp"

namespace cupel {

// What an output folder of `cupel score` says: run.json and each prediction's results.
struct StoredRun {
  StoredRun() = default;
  StoredRun(StoredRun&&) = default;  // what reasons point to moves along; a copy's would not

  std::string folder;
  std::string program;  // "0.1.0 (3f2a...)": version and commit
  std::string real;     // the measured screen's path, for words alone
  std::string target_gene_map;
  // What makes numbers comparable, as (name, value as JSON): the measured screen's fingerprint, the
  // columns, the profile's metrics and every convention.
  std::vector<std::pair<std::string, std::string>> terms;
  Conventions::Aggregation rules;
  std::vector<PredictionResult> predictions;  // without their inputs
  std::set<std::string> reasons;              // what their scores' reasons point to
};

// Throws Error(kInput) naming the file that is missing or not as `score` writes it.
[[nodiscard]] StoredRun read_run(const std::string& folder);

}  // namespace cupel
