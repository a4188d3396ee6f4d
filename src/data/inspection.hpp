#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"

namespace cupel {

// What an obs column might be, judged by its name and its labels.
struct ColumnGuess {
  Column column;           // as read
  std::string control;     // the label that looks like a control, or empty
  double likelihood = 0.0; // that it names the perturbation; compare columns, nothing else
};

// Values of some cells, spread over the file.
struct ScaleSample {
  std::int64_t cells = 0;
  double share_nonzero = 0.0;
  double smallest = 0.0;       // of stored values
  double largest = 0.0;
  double median_total = 0.0;   // of a cell's values
  bool whole_numbers = true;
  bool any_nan = false;
  // "counts", "lognorm (log1p, ...)", "something else: ..."
  [[nodiscard]] std::string verdict() const;
};

// Best guess first.
[[nodiscard]] std::vector<ColumnGuess> guess_perturbation_columns(Screen& screen);
[[nodiscard]] ScaleSample sample_scale(Screen& screen);

}  // namespace cupel
