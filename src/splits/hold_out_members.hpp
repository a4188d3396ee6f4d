#pragma once
#include <string_view>

#include "splits/generator.hpp"

namespace cupel::splits {

// The work that gex and dex share: holds out members (genes, drugs) or whole groups of them in all
// contexts. A combination of held-out members alone is tested with them; one that joins held-out
// and trained members is excluded, since it would leak; one that joins members of val and train
// validates. `task` is also the purpose of the draw.
[[nodiscard]] Draft hold_out_members(const Material& material, const SplitOptions& options,
                                     std::string_view task);

}  // namespace cupel::splits
