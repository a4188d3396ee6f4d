#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "data/batches.hpp"

namespace cupel {

// One number per cell that does not depend on where the cell stands, summed over cells. `labels`
// are those of all groups that the batch was cut from.
[[nodiscard]] std::uint64_t fingerprint_of(const GroupBatch& batch,
                                           std::span<const std::string> labels);

}  // namespace cupel
