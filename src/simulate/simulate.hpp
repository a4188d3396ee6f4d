#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::simulate {

struct SimulateOptions {
  std::string preset = "tiny";  // see presets()
  double scale = 1.0;           // times the cells of each group
  std::int32_t contexts = 1;    // more than 1 adds the obs column cell_line
  std::uint64_t seed = 1;
  std::string output;              // a folder, made when it is not there
  std::vector<std::string> files;  // of file_names(), without .h5ad; empty: all
  bool dense_prediction = false;   // dense_mean as well: dense fractional counts
  bool force = false;              // replace files that are there
};

struct SimulatedFile {
  std::string path;
  std::int64_t cells = 0;
  std::int64_t stored_values = 0;
  std::int64_t bytes = 0;
};

// real, replicate, noisy, mean_response, no_change, shuffled_labels.
[[nodiscard]] std::vector<std::string_view> file_names();

using Progress = std::function<void(std::int64_t done, std::int64_t total)>;  // in cells

// Writes a screen whose effects are known (truth.csv) and predictions whose worth is known. The
// same options give the same bytes on any number of threads.
std::vector<SimulatedFile> simulate(const SimulateOptions& options, const Progress& progress = {});

}  // namespace cupel::simulate
