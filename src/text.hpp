#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cupel {

// The candidate with the smallest edit distance to `word`, or empty when none is close.
[[nodiscard]] std::string nearest(std::string_view word, std::span<const std::string> candidates);

// "a, b, c" with at most `limit` names, then "and N more".
[[nodiscard]] std::string listed(std::span<const std::string> names, std::size_t limit = 12);

// 12345678 -> "12 345 678".
[[nodiscard]] std::string grouped(std::int64_t number);

// "512M", "8G", "1.5G" or plain bytes -> bytes. Throws Error(kUsage).
[[nodiscard]] std::int64_t parse_bytes(std::string_view text);
// The other way, for people: "3.3 GiB".
[[nodiscard]] std::string bytes_text(std::int64_t bytes);

// Shortest decimal that reads back as the same double; "nan", "inf", "-inf".
[[nodiscard]] std::string number_text(double value);

// The same text, which stays as long as the program runs: for reasons (Score::undefined_because)
// that are put together or read from a file. Any thread may call it.
[[nodiscard]] std::string_view kept(const std::string& text);

}  // namespace cupel
