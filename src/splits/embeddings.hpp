#pragma once
#include <string>

#include "splits/generator.hpp"

namespace cupel::splits {

// "context,value,value,..." lines, comma or tab; a first line whose values are no numbers is passed
// by. Throws Error(kInput) naming the line.
[[nodiscard]] ContextProfiles read_embeddings(const std::string& path);

}  // namespace cupel::splits
