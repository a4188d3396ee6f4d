#include "support/paths.hpp"

namespace cupel::test {

std::string source_path(const std::string& inside) {
  return inside.empty() ? CUPEL_SOURCE_DIR : CUPEL_SOURCE_DIR "/" + inside;
}
std::string cupel_binary() { return CUPEL_BINARY; }

}  // namespace cupel::test
