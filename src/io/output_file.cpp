#include "io/output_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "cupel/error.hpp"

namespace cupel::io {

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)), beside_(path_), file_(std::fopen(beside_.c_str(), "wb")) {
  if (file_ == nullptr) refuse();
}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  (void)std::remove(beside_.c_str());
}

void OutputFile::refuse() const {
  const int why = errno;
  throw Error(ErrorKind::kInput,
              fmt::format("{}: cannot write: {}; free space or write somewhere else", path_,
                          std::strerror(why)));
}

void OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) refuse();
}

void OutputFile::commit() {
  if (std::fflush(file_) != 0) refuse();
  // Some file systems tell only at the close that there is no room.
  if (std::fclose(std::exchange(file_, nullptr)) != 0 ||
      std::rename(beside_.c_str(), path_.c_str()) != 0) {
    const int why = errno;
    (void)std::remove(beside_.c_str());
    errno = why;
    refuse();
  }
}

void write_text(const std::string& path, std::string_view text) {
  OutputFile file(path);
  file.write(text);
  file.commit();
}

void check_output_file(const std::string& path, bool force) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} is a folder; give a file to -o", path));
  }
  if (!force && std::filesystem::exists(path, ignored)) {
    throw Error(ErrorKind::kUsage, fmt::format("{} exists; add --force to replace it", path));
  }
  const OutputFile probe(path);
}

}  // namespace cupel::io
