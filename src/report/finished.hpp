#pragma once
#include <string>

#include "cupel/evaluate.hpp"
#include "cupel/report.hpp"

// What lets a run go on where another was stopped: out/<prediction>/done.json, written last, says
// under which conventions, against which real side and from which file a prediction's results were
// made, and holds what results.csv does not. Nothing else counts as finished.
namespace cupel {

// Writes out/<prediction>/done.json for results that write_prediction has written.
void write_finished(const std::string& folder, const Report& report,
                    const PredictionResult& result);

// The results in `folder` of those of the run's predictions that are finished: their files are as
// they were when they were scored (size and time of change; one that is gone counts as unchanged),
// and so are the results. `report` as EvaluateHooks::earlier gets it. Every number and every reason
// has the bits it had. Throws Error(kUsage) that names the difference when the folder holds results
// made under other conventions or against another real side.
[[nodiscard]] EarlierResults read_finished(const std::string& folder, const Report& report);

// Takes away what a stopped run left half done, so that the folder holds what a run that was never
// stopped would leave: temporary files, and the files of this run's predictions that are not
// finished.
void remove_unfinished(const std::string& folder, const Report& report,
                       const EarlierResults& finished);

// For a run that begins anew in a folder that holds results: none of them counts as finished.
void forget_finished(const std::string& folder);

}  // namespace cupel
