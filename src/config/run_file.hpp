#pragma once
#include <string>

#include "cupel/config.hpp"

namespace cupel {

// Reads a TOML run file into `config`: keys are the long flags without dashes, `pred` and `set`
// may be lists, and a `pred` may be a pattern or {name = ..., path = ...}. Relative paths are taken
// from the file's own folder. Throws Error(kUsage) naming the file and the key.
void read_run_file(const std::string& path, RunConfig& config);

// "PATH", or "NAME=PATH" where the name has no '/' and no file is called NAME=PATH as a whole.
[[nodiscard]] PredictionFile parse_prediction(const std::string& text);

[[nodiscard]] std::string parse_strata(const std::string& text);
[[nodiscard]] std::string parse_de_format(const std::string& text);
[[nodiscard]] InputType parse_input_type(const std::string& text);
[[nodiscard]] PredictionKind parse_prediction_kind(const std::string& text);
[[nodiscard]] PseudobulkSpace parse_pseudobulk_space(const std::string& text);
// categories, sorted or appearance.
[[nodiscard]] std::string parse_split_order(const std::string& text);
// 1 to 100.
[[nodiscard]] std::int32_t parse_splits(const std::string& text);
// 0.5 up to 1, neither of them; 0 or 100 up to 100 000.
[[nodiscard]] double parse_confidence(double level);
[[nodiscard]] std::int32_t parse_draws(std::int64_t draws);

}  // namespace cupel
