#pragma once
#include <string>

#include "splits/formats/imported.hpp"

namespace cupel {

// {"train": [...], "val": [...], "test": [...]}, as PRESAGE and others keep splits; "valid" is val.
// Throws Error(kInput) naming the file.
[[nodiscard]] splits::NameLists read_split_lists(const std::string& path);
[[nodiscard]] std::string split_lists_json(const splits::NameLists& lists);

}  // namespace cupel
