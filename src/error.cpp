#include "cupel/error.hpp"

namespace cupel {

int exit_code(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::kUsage:
      return 2;
    case ErrorKind::kInput:
      return 3;
    case ErrorKind::kUnsupported:
      return 4;
    case ErrorKind::kDevice:
      return 5;
    case ErrorKind::kOutOfMemory:
      return 6;
    case ErrorKind::kInternal:
      break;
  }
  return 70;
}

}  // namespace cupel
