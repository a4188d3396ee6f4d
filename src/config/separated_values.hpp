#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace cupel {

// Takes the next row off the front of a text of separated values, or returns false at its end. A
// field may be quoted; then it may hold separators and line ends, and a quote in it is written
// twice. Lines end in LF or CRLF; empty ones are no rows.
[[nodiscard]] bool take_row(std::string_view& text, char separator, std::vector<std::string>& row);

// All rows.
[[nodiscard]] std::vector<std::vector<std::string>> separated_values(std::string_view text,
                                                                     char separator);

}  // namespace cupel
