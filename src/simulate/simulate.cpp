#include "simulate/simulate.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <system_error>

#include "cupel/error.hpp"
#include "io/output_folder.hpp"
#include "simulate/negative_binomial.hpp"
#include "simulate/random.hpp"
#include "simulate/screen_file.hpp"
#include "text.hpp"

namespace cupel::simulate {
namespace {

constexpr std::string_view kDenseName = "dense_mean";
constexpr std::array<std::string_view, 6> kFiles{"real",          "replicate", "noisy",
                                                 "mean_response", "no_change", "shuffled_labels"};

std::vector<std::string> wanted_files(const SimulateOptions& options) {
  std::vector<std::string> wanted = options.files;
  if (wanted.empty()) wanted.assign(kFiles.begin(), kFiles.end());
  for (const std::string& name : wanted) {
    if (std::ranges::find(kFiles, name) == kFiles.end()) {
      throw Error(ErrorKind::kUsage, fmt::format("no simulated file named '{}'; known: {}", name,
                                                 fmt::join(kFiles, ", ")));
    }
  }
  if (options.dense_prediction) wanted.emplace_back(kDenseName);
  return wanted;
}

void check(const SimulateOptions& options) {
  if (!(options.scale > 0.0) || !std::isfinite(options.scale)) {
    throw Error(ErrorKind::kUsage, fmt::format("--scale {} must be above 0", options.scale));
  }
  if (options.contexts < 1) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--contexts {} must be at least 1", options.contexts));
  }
  if (options.output.empty()) throw Error(ErrorKind::kUsage, "simulate needs a folder: -o DIR");
}

std::string path_in(const SimulateOptions& options, std::string_view file) {
  return (std::filesystem::path(options.output) / file).string();
}

void refuse_to_replace(const SimulateOptions& options, const std::vector<std::string>& wanted) {
  if (options.force) return;
  for (const std::string& name : wanted) {
    const std::string path = path_in(options, name + ".h5ad");
    if (std::filesystem::exists(path)) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: is there already; use --force to replace it", path));
    }
  }
}

// Seen before an hour's work rather than after it.
void check_room(const SimulateOptions& options, const Truth& truth, const CellPlan& plan,
                std::size_t n_files) {
  constexpr double kBytesPerNonzero = 2.2;
  constexpr double kBytesPerDense = 3.6;
  double nonzero = 0.0;  // genes of a median cell
  for (const double share : truth.baseline[0]) {
    nonzero += 1.0 - std::pow(1.0 + kDispersion * share * truth.depth, -1.0 / kDispersion);
  }
  const auto cells = static_cast<double>(plan.n_cells());
  const double sparse = static_cast<double>(n_files - (options.dense_prediction ? 1 : 0)) *
                        nonzero * kBytesPerNonzero;
  const double dense =
      options.dense_prediction ? static_cast<double>(truth.genes.size()) * kBytesPerDense : 0.0;
  const double needed = cells * (sparse + dense);
  std::error_code failure;
  const auto space = std::filesystem::space(options.output, failure);
  if (failure || needed <= static_cast<double>(space.available)) return;
  throw Error(ErrorKind::kInput,
              fmt::format("{}: the simulation takes about {} and {} are free; name fewer files, "
                          "lower --scale or choose another folder",
                          options.output, bytes_text(static_cast<std::int64_t>(needed)),
                          bytes_text(static_cast<std::int64_t>(space.available))));
}

ScreenFile describe(const SimulateOptions& options, const Truth& truth, const std::string& name) {
  ScreenFile file;
  file.path = path_in(options, name + ".h5ad");
  file.seed = options.seed;
  file.label_of.resize(truth.perturbations.size());
  std::iota(file.label_of.begin(), file.label_of.end(), 0);
  // shuffled_labels is the replicate's cells under other names.
  const std::string_view drawn = name == "shuffled_labels" ? std::string_view("replicate") : name;
  file.draw = std::ranges::find(kFiles, drawn) - kFiles.begin();
  file.dense = name == kDenseName;
  if (name == "shuffled_labels") {
    file.label_of =
        draw_derangement(truth.n_perturbations(), stream_key(options.seed, Purpose::kLabels));
  }
  file.response = name == "noisy"           ? noisy_response(truth, options.seed)
                  : name == "mean_response" ? mean_response(truth)
                  : name == "no_change"     ? no_response(truth)
                                            : true_response(truth);
  return file;
}

}  // namespace

std::vector<std::string_view> file_names() { return {kFiles.begin(), kFiles.end()}; }

std::vector<SimulatedFile> simulate(const SimulateOptions& options, const Progress& progress) {
  check(options);
  const Preset& preset = find_preset(options.preset);
  const auto wanted = wanted_files(options);
  refuse_to_replace(options, wanted);
  const io::OutputFolder folder(options.output);
  const Truth truth = make_truth(preset, options.contexts, options.seed);
  const CellPlan plan = make_cell_plan(preset, truth, options.scale);
  check_room(options, truth, plan, wanted.size());

  write_truth(truth, path_in(options, "truth.csv"));
  const std::int64_t total = plan.n_cells() * static_cast<std::int64_t>(wanted.size());
  std::int64_t done = 0;
  std::vector<SimulatedFile> written;
  for (const std::string& name : wanted) {
    const ScreenFile file = describe(options, truth, name);
    const std::int64_t stored = write_screen(file, truth, plan, [&](std::int64_t cells) {
      done += cells;
      if (progress) progress(done, total);
    });
    written.push_back({file.path, plan.n_cells(), stored,
                       static_cast<std::int64_t>(std::filesystem::file_size(file.path))});
  }
  return written;
}

}  // namespace cupel::simulate
