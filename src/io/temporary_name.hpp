#pragma once
#include <fmt/format.h>
#include <unistd.h>

#include <string>

#include "io/unfinished_output.hpp"

namespace cupel::io {

// PATH.tmp-PID: where a file is written until it is complete. Beside its place, so that a rename
// puts it there; the number keeps two runs apart.
class TemporaryName {
 public:
  explicit TemporaryName(const std::string& path)
      : text_(fmt::format("{}.tmp-{}", path, ::getpid())), noted_(Unfinished::kFile, text_) {}

  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] const char* c_str() const noexcept { return text_.c_str(); }

 private:
  std::string text_;
  UnfinishedOutput noted_;
};

}  // namespace cupel::io
