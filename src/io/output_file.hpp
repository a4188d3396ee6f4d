#pragma once
#include <cstdio>
#include <string>
#include <string_view>

#include "io/temporary_name.hpp"

namespace cupel::io {

// A text file that appears whole or not at all: written beside its place, renamed by commit(),
// removed if that never comes. Throws Error(kInput) naming the file when the disk says no.
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
  TemporaryName beside_;
  std::FILE* file_;
};

// The whole text at once.
void write_text(const std::string& path, std::string_view text);

// What can be known about an output file before the work that fills it: it is not there (or
// `force`), and its folder takes files. Throws Error(kUsage) or Error(kInput).
void check_output_file(const std::string& path, bool force);

}  // namespace cupel::io
