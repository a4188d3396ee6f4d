#pragma once
#include <string>

#include "cupel/config.hpp"

namespace cupel {

// Reads a TOML run file into `config`: keys are the long flags without dashes, `pred` and `set`
// may be lists. Relative paths are taken from the file's own folder. Throws Error(kUsage) naming
// the file and the key.
void read_run_file(const std::string& path, RunConfig& config);

[[nodiscard]] InputType parse_input_type(const std::string& text);

}  // namespace cupel
