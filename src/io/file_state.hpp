#pragma once
#include <cstdint>
#include <string>

namespace cupel::io {

// What the file system says of a file; zeros where it says nothing.
struct FileState {
  std::int64_t bytes = 0;
  std::int64_t modified = 0;  // when it was last changed: nanoseconds of the file system's clock
};
[[nodiscard]] FileState file_state(const std::string& path);

}  // namespace cupel::io
