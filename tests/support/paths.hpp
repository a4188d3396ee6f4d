#pragma once
#include <string>

namespace cupel::test {

// Of this checkout and this build, or of where CUPEL_SOURCE_DIR and CUPEL_BINARY say they are now
// (scripts/offline-bundle carries both to another machine). Compiled once, so that the tests' objects do not depend on where
// the checkout is.
[[nodiscard]] std::string source_path(const std::string& inside);  // "tests/golden", or "" for all
[[nodiscard]] std::string cupel_binary();

}  // namespace cupel::test
