#pragma once
#include <cstdint>
#include <set>
#include <span>
#include <string>

namespace cupel::splits {

// The class of a perturbation by how many of its members are in `trained`, each occurrence counted
// (baselines-splits-audits.md B7): "single_seen", "unseen_single", "combo_seen0" to "combo_seen2"
// of pairs, "combo3_seen1" and so on of larger combinations.
[[nodiscard]] std::string seen_class(std::span<const std::string> members,
                                     const std::set<std::string>& trained);

}  // namespace cupel::splits
