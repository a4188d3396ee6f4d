#include "io/output_folder.hpp"

#include <fmt/format.h>

#include <vector>

#include "cupel/error.hpp"

namespace cupel::io {

namespace fs = std::filesystem;

OutputFolder::OutputFolder(const std::string& path) {
  std::error_code failed;
  std::vector<fs::path> missing;  // innermost first
  auto level = fs::path(path).lexically_normal();
  if (!level.has_filename()) level = level.parent_path();  // "out/"
  for (; !level.empty() && !fs::exists(level, failed); level = level.parent_path()) {
    missing.push_back(level);
  }
  for (auto folder = missing.rbegin(); folder != missing.rend(); ++folder) {
    made_.emplace_front(*folder);  // noted before it is there, so that no signal falls between
    if (!fs::create_directory(*folder, failed)) made_.pop_front();
    if (failed) break;
  }
  if (!failed && fs::is_directory(path, failed)) return;
  const auto reason = failed ? failed.message() : "something else is in its place";
  for (const auto& made : made_) fs::remove(made.path, failed);
  throw Error(ErrorKind::kInput,
              fmt::format("{}: cannot make the folder: {}; choose another with -o", path, reason));
}

OutputFolder::~OutputFolder() {
  std::error_code ignored;  // one that holds something stays
  for (const auto& made : made_) fs::remove(made.path, ignored);
}

void check_output_folder(const std::string& path, bool force) {
  std::error_code failed;
  if (!fs::exists(path, failed)) return;
  if (!fs::is_directory(path, failed)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is a file; give a folder to -o", path));
  }
  if (!force && !fs::is_empty(path, failed) && !failed) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("{} exists and is not empty; give another folder to -o or add --force", path));
  }
}

}  // namespace cupel::io
