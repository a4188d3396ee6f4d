#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cupel/config.hpp"

namespace cupel {

// A built-in profile by name, or any .toml file by path. A file may name a `base` whose
// conventions it starts from. Throws Error(kUsage) naming the file, the key and the known ones.
[[nodiscard]] Profile load_profile(const std::string& name_or_path);

[[nodiscard]] std::vector<std::string> builtin_profile_names();

// Applies one "section.key=value", as after --set.
void apply_setting(Profile& profile, std::string_view setting);

// Every convention as ("section.key", value as TOML), in the order of cupel::Conventions.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> resolved_settings(
    const Conventions& conventions);

[[nodiscard]] std::string profile_table_markdown();

}  // namespace cupel
