#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "conditions/condition.hpp"

// By what train and test may be told apart.
namespace cupel::splits {

// member -> group: scaffold, mechanism, target, pathway, salt-free compound.
using Groups = std::map<std::string, std::string>;

enum class Key : std::uint8_t {
  kUnit,          // everything, batch too
  kCondition,     // all but the batch
  kPair,          // dataset, context and perturbation, at any dose
  kDose,          // perturbation at its doses, anywhere
  kPerturbation,  // the perturbation, at any dose, anywhere
  kMember,        // each gene or drug of it, alone or in a combination
  kGroup,         // each member's group; a member without one is its own
  kContext,
  kBatch,
  kDataset,
  kCell,  // single cells; conditions may be the same
};
inline constexpr std::size_t kKeys = 11;
// "unit", "condition", "pair", "dose", ...
[[nodiscard]] std::string_view key_name(Key key);
// Throws Error(kInput) naming the known ones.
[[nodiscard]] Key parse_key(std::string_view name);

// The condition's values of a key: one, but for members and groups. None for kCell.
[[nodiscard]] std::vector<std::string> key_values(Key key, const Condition& condition,
                                                  const Groups& groups);

}  // namespace cupel::splits
