#include "support/paths.hpp"

#include <cstdlib>

namespace cupel::test {
namespace {

std::string said_or(const char* variable, const char* built) {
  const char* said = std::getenv(variable);
  return said == nullptr ? built : said;
}

}  // namespace

std::string source_path(const std::string& inside) {
  const auto root = said_or("CUPEL_SOURCE_DIR", CUPEL_BUILT_FROM);
  return inside.empty() ? root : root + "/" + inside;
}
std::string cupel_binary() { return said_or("CUPEL_BINARY", CUPEL_BUILT_BINARY); }

}  // namespace cupel::test
