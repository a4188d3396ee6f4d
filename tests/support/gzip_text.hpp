#pragma once
#include <string>

namespace cupel::test {

// The text of a .gz file, by the system's gzip. Throws if there is no such file.
std::string gzip_text(const std::string& path);

}  // namespace cupel::test
