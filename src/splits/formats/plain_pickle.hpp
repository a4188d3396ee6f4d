#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace cupel::splits {

using TextLists = std::map<std::string, std::vector<std::string>>;

using TextGroups = std::map<std::string, TextLists>;

// Reads a Python pickle of {text: [text, ...]} of any protocol, such as GEARS's split files. What
// else a pickle can do, above all calling code (GLOBAL, REDUCE, ...), is refused, never done.
// Throws Error(kInput) naming the file, what would be called, the opcode and its byte.
[[nodiscard]] TextLists read_plain_pickle(const std::string& path);
[[nodiscard]] TextLists parse_plain_pickle(std::string_view bytes, const std::string& name);

// The same of {text: {text: [text, ...]}}, such as GEARS's `_subgroup.pkl`.
[[nodiscard]] TextGroups read_plain_pickle_groups(const std::string& path);
[[nodiscard]] TextGroups parse_plain_pickle_groups(std::string_view bytes, const std::string& name);

// Protocol 2, which Python 2.3 and all later read.
[[nodiscard]] std::string plain_pickle(const TextLists& lists);
[[nodiscard]] std::string plain_pickle(const TextGroups& groups);

}  // namespace cupel::splits
