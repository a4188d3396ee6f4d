#pragma once
#include <string>
#include <string_view>

namespace cupel {

// `text` as a series of gzip members, compressed on all threads; every reader of gzip takes them
// as one stream.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace cupel
