#pragma once
#include <cstdio>
#include <string>
#include <string_view>

namespace cupel {

// A file that appears whole or not at all: written beside its place, renamed by commit(), removed
// if that never comes. Throws Error(kInput) naming the file when the disk says no.
class OutputFile {
 public:
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  void write(std::string_view text);
  void commit();

 private:
  [[noreturn]] void refuse() const;

  std::string path_;
  std::string beside_;
  std::FILE* file_;
};

// Makes the folder. An existing one is refused unless `force`; then what it holds stays until it
// is overwritten file by file. Throws Error(kUsage).
void make_output_folder(const std::string& path, bool force);

}  // namespace cupel
