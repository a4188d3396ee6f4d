#pragma once
#include <stdexcept>
#include <string>

namespace cupel {

// What went wrong, in the user's terms. The kind alone decides the process's exit code.
enum class ErrorKind {
  kUsage,        // a flag, a name, a config value
  kInput,        // a file or its content
  kUnsupported,  // this build or device cannot
  kDevice,       // CUDA said no
  kOutOfMemory,  // host or device; the message says how many bytes
  kInternal,     // our bug
};

// 2, 3, 4, 5, 6 and 70, in the order above.
[[nodiscard]] int exit_code(ErrorKind kind) noexcept;

// The one exception of the project: thrown where the fact is known, caught once in main, printed
// as one line that names the thing at fault and the way out.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}
  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }

 private:
  ErrorKind kind_;
};

}  // namespace cupel
