#pragma once
#include <filesystem>
#include <list>
#include <string>

#include "io/unfinished_output.hpp"

namespace cupel::io {

// A folder for results, made with the parents it lacks. What was made here and is still empty when
// the object goes is removed again, so a run that wrote nothing leaves nothing.
class OutputFolder {
 public:
  explicit OutputFolder(const std::string& path);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

 private:
  struct Made {
    explicit Made(const std::filesystem::path& folder)
        : path(folder), noted(Unfinished::kFolder, folder.string()) {}
    std::filesystem::path path;
    UnfinishedOutput noted;
  };
  std::list<Made> made_;  // innermost first
};

// An existing folder that is not empty is refused unless `force`; then what it holds stays until it
// is overwritten file by file. Throws Error(kUsage); makes nothing.
void check_output_folder(const std::string& path, bool force);

}  // namespace cupel::io
