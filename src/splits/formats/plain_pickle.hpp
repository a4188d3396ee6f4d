#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::splits {

using TextLists = std::map<std::string, std::vector<std::string>>;

// Reads a Python pickle of {text: [text, ...]} of any protocol, such as GEARS's split files. What
// else a pickle can do, above all calling code (GLOBAL, REDUCE, ...), is refused, never done.
// Throws Error(kInput) naming the file, what would be called, the opcode and its byte.
[[nodiscard]] TextLists read_plain_pickle(const std::string& path);
[[nodiscard]] TextLists parse_plain_pickle(std::string_view bytes, const std::string& name);

// Protocol 2, which Python 2.3 and all later read.
[[nodiscard]] std::string plain_pickle(const TextLists& lists);

}  // namespace cupel::splits
