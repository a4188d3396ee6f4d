#pragma once
#include <functional>

#include "cupel/config.hpp"
#include "cupel/report.hpp"

namespace cupel {

class Console;
struct DeTable;

// Called as results come, so that a run that is stopped keeps what was finished.
struct EvaluateHooks {
  std::function<void(const Report&, const PredictionResult&)> on_prediction;
  // `side` is "real" or the prediction's name; once per context.
  std::function<void(const std::string& side, const std::string& context, const DeTable&)> on_de;
};

// Scores every prediction of `config` against its real screen: the engine in one call. Checks all
// that can be checked without reading cells before it reads any. Throws Error.
[[nodiscard]] Report evaluate(const RunConfig& config, Console& console, const EvaluateHooks& hooks);

// What `evaluate` would read, and the memory it would take; what --dry-run prints.
[[nodiscard]] std::string describe_run(const RunConfig& config, Console& console);

}  // namespace cupel
