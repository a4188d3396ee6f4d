#include "io/file_state.hpp"

#include <chrono>
#include <filesystem>

namespace cupel::io {

FileState file_state(const std::string& path) {
  namespace fs = std::filesystem;
  FileState state;
  std::error_code failed;
  const auto bytes = fs::file_size(path, failed);
  if (!failed) state.bytes = static_cast<std::int64_t>(bytes);
  const auto time = fs::last_write_time(path, failed);
  if (!failed) {
    state.modified =
        std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
  }
  return state;
}

}  // namespace cupel::io
