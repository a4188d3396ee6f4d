#include "report/output_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cupel/error.hpp"

namespace cupel {

OutputFile::OutputFile(std::string path)
    : path_(std::move(path)),
      beside_(fmt::format("{}.tmp-{}", path_, getpid())),
      file_(std::fopen(beside_.c_str(), "wb")) {
  if (file_ == nullptr) refuse();
}

OutputFile::~OutputFile() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  (void)std::remove(beside_.c_str());
}

void OutputFile::refuse() const {
  const std::string reason = std::strerror(errno);
  throw Error(ErrorKind::kInput, fmt::format("{}: cannot write: {}", path_, reason));
}

void OutputFile::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) refuse();
}

void OutputFile::commit() {
  if (std::fflush(file_) != 0) refuse();
  std::FILE* file = file_;
  file_ = nullptr;
  if (std::fclose(file) != 0 || std::rename(beside_.c_str(), path_.c_str()) != 0) {
    const int why = errno;
    (void)std::remove(beside_.c_str());
    errno = why;
    refuse();
  }
}

void make_output_folder(const std::string& path, bool force) {
  namespace fs = std::filesystem;
  std::error_code failed;
  if (fs::exists(path, failed)) {
    if (!fs::is_directory(path)) {
      throw Error(ErrorKind::kUsage, fmt::format("{} is a file; give a folder to -o", path));
    }
    if (!force && !fs::is_empty(path)) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} exists and is not empty; give another folder to -o or add --force", path));
    }
  }
  fs::create_directories(path, failed);
  if (failed) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: cannot make the folder: {}", path, failed.message()));
  }
}

}  // namespace cupel
