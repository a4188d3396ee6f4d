#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cupel/config.hpp"
#include "cupel/report.hpp"

namespace cupel {

class Console;
struct DeTable;

// What an earlier run of the same kind has finished, for a run that goes on with it.
struct EarlierResults {
  std::vector<std::optional<PredictionResult>> predictions;  // one for each of the run's; or none
  // The real side that they were scored against, if its file has not been changed since: then it
  // is read only if a prediction is left.
  std::optional<InputRecord> real;
  // What the real side's fingerprint must be when it is read.
  std::optional<std::uint64_t> real_fingerprint;
};

// Called as results come, so that a run that is stopped keeps what was finished.
struct EvaluateHooks {
  std::function<void(const Report&, const PredictionResult&)> on_prediction;
  // A prediction of several that cannot be scored, by its name: the others go on.
  std::function<void(const std::string& name)> on_failure;
  // Before any cell is read. The report holds the run's config, profile and device, the real side
  // as far as it is known, and the predictions' names.
  std::function<EarlierResults(const Report&)> earlier;
  // `side` is "real" or the prediction's name; once per context.
  std::function<void(const std::string& side, const std::string& context, const DeTable&)> on_de;
};

// Scores every prediction of `config` against its real screen: the engine in one call. Checks all
// that can be checked without reading cells before it reads any. Throws Error. Of several
// predictions, one whose file is at fault is set aside with the reason (Report::failed), unless
// none is left; a fault of the real side, of a device or of the results' place ends the run.
[[nodiscard]] Report evaluate(const RunConfig& config, Console& console, const EvaluateHooks& hooks);

// What `evaluate` would read, and the memory it would take; what --dry-run prints.
[[nodiscard]] std::string describe_run(const RunConfig& config, Console& console);

}  // namespace cupel
