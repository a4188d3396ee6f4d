#pragma once
#include <string>
#include <vector>

#include "cupel/config.hpp"

namespace cupel {

// Every prediction that `config` asks for, one by one: patterns become the files they match (in
// codepoint order of their paths), and those of the manifest come last. Throws Error(kUsage) for a
// pattern that matches nothing or a manifest that cannot be read.
//
// A pattern is a path with *, ? or [...] that is not itself a file. Where its matches share their
// files' names (runs/*/pred.h5ad), a prediction is called by the folders from the first wildcard
// on: "a.pred".
[[nodiscard]] std::vector<PredictionFile> find_predictions(const RunConfig& config);

// A table with a header: `name` (may be empty), `path` (from the table's own folder) and any
// further columns, which become tags. Separated by tabs if the header holds one, else by commas.
[[nodiscard]] std::vector<PredictionFile> read_manifest(const std::string& path);

}  // namespace cupel
