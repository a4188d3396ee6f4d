#include "config/prediction_files.hpp"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "config/separated_values.hpp"
#include "cupel/error.hpp"
#include "cupel/metric.hpp"
#include "text.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;

constexpr auto kWildcards = "*?[";

bool is_pattern(const std::string& path) {
  std::error_code ignored;
  return path.find_first_of(kWildcards) != std::string::npos && !fs::exists(path, ignored);
}

std::vector<std::string> matches_of(const std::string& pattern) {
  glob_t found{};
  const int status = ::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found);
  std::vector<std::string> paths(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  ::globfree(&found);
  if (status != 0 || paths.empty()) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: no file matches; give --pred a file or a "
                                               "pattern that matches some",
                                               pattern));
  }
  std::ranges::sort(paths);
  return paths;
}

// "runs/a/pred.h5ad" of "runs/*/pred.h5ad" -> "a.pred".
std::string name_from_wildcard(const std::string& path, const std::string& pattern) {
  const auto fixed = pattern.rfind('/', pattern.find_first_of(kWildcards));
  auto name = fixed == std::string::npos ? path : path.substr(fixed + 1);
  if (name.ends_with(".h5ad")) name.resize(name.size() - 5);
  std::ranges::replace(name, '/', '.');
  return name;
}

void add_matches(const PredictionFile& asked, std::vector<PredictionFile>& files) {
  const auto paths = matches_of(asked.path);
  if (!asked.name.empty() && paths.size() > 1) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{}: {} files match, and '{}' can name only one of them; give the "
                            "pattern without a name, or a manifest",
                            asked.path, paths.size(), asked.name));
  }
  std::set<std::string> stems;
  for (const auto& path : paths) stems.insert(fs::path(path).stem().string());
  for (const auto& path : paths) {
    auto name = asked.name;
    if (stems.size() < paths.size()) name = name_from_wildcard(path, asked.path);
    files.push_back({.path = path, .name = std::move(name), .tags = asked.tags});
  }
}

[[noreturn]] void refuse_entry(const std::string& path, const std::string& what) {
  throw Error(ErrorKind::kUsage, fmt::format("{}: {}", path, what));
}

// A tag becomes a column of the leaderboard, beside these.
void check_tag(const std::string& path, const std::string& tag) {
  constexpr std::string_view kTaken[] = {"rank",
                                         "prediction",
                                         "mean_rank",
                                         "status",
                                         "reason",
                                         "score_from_baseline",
                                         "score_from_replicate",
                                         "score_fixed_scale"};
  if (tag.empty()) refuse_entry(path, "a column has no name");
  const bool metric =
      std::ranges::any_of(all_metrics(), [&](const Metric& m) { return m.name == tag; });
  if (metric || std::ranges::find(kTaken, tag) != std::end(kTaken)) {
    refuse_entry(path, fmt::format("column '{}' is one of the leaderboard's own; rename it", tag));
  }
}

}  // namespace

std::vector<PredictionFile> read_manifest(const std::string& path) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) refuse_entry(path, "no such manifest");
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  const bool tabs = text.substr(0, text.find('\n')).find('\t') != std::string::npos;
  const auto rows = separated_values(text, tabs ? '\t' : ',');
  if (rows.empty()) refuse_entry(path, "is empty; its first line is name,path and further columns");

  const auto& header = rows.front();
  for (auto column = header.begin(); column != header.end(); ++column) {
    if (std::find(header.begin(), column, *column) != column) {
      refuse_entry(path, fmt::format("column '{}' is there twice", *column));
    }
    if (*column != "name" && *column != "path") check_tag(path, *column);
  }
  for (const auto* needed : {"name", "path"}) {
    if (std::ranges::find(header, needed) == header.end()) {
      refuse_entry(path, fmt::format("no column '{}'; it has: {}", needed, listed(header)));
    }
  }
  const auto folder = fs::path(path).parent_path();
  std::vector<PredictionFile> files;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& row = rows[i];
    if (row.size() != header.size()) {
      refuse_entry(
          path, fmt::format("row {} has {} fields, the header {}", i, row.size(), header.size()));
    }
    PredictionFile entry;
    for (std::size_t k = 0; k < row.size(); ++k) {
      if (header[k] == "name") {
        entry.name = row[k];
      } else if (header[k] == "path") {
        if (row[k].empty()) refuse_entry(path, fmt::format("row {} has no path", i));
        entry.path = (folder / row[k]).lexically_normal().string();
      } else {
        entry.tags.emplace_back(header[k], row[k]);
      }
    }
    files.push_back(std::move(entry));
  }
  if (files.empty()) refuse_entry(path, "names no prediction");
  return files;
}

std::vector<PredictionFile> find_predictions(const RunConfig& config) {
  auto asked = config.predictions;
  if (!config.manifest.empty()) {
    auto more = read_manifest(config.manifest);
    asked.insert(asked.end(), std::make_move_iterator(more.begin()),
                 std::make_move_iterator(more.end()));
  }
  std::vector<PredictionFile> files;
  for (const auto& file : asked) {
    if (is_pattern(file.path)) {
      add_matches(file, files);
    } else {
      files.push_back(file);
    }
  }
  return files;
}

}  // namespace cupel
