#pragma once
#include <cstdint>
#include <vector>

#include "splits/claim.hpp"
#include "splits/manifest.hpp"

namespace cupel::splits {

// Conditions by side, as indices into Manifest::conditions; controls are in `controls` alone.
// A condition that is divided by cells is on every side that has some of them.
struct FoldSides {
  std::vector<std::int32_t> train;
  std::vector<std::int32_t> val;
  std::vector<std::int32_t> test;
  std::vector<std::int32_t> controls;  // that train or validate
};

[[nodiscard]] FoldSides sides_of(const Manifest& manifest, const Fold& fold);

// What a test condition of this fold is compared with.
[[nodiscard]] TrainedSet trained_set(const Manifest& manifest, const FoldSides& sides);

}  // namespace cupel::splits
