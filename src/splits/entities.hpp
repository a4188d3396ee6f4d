#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "splits/generator.hpp"

namespace cupel::splits {

// What a generator deals out: perturbations, members, groups, contexts; sorted by name.
struct Entities {
  std::vector<std::string> names = {};
  std::vector<std::string> stratum = {};  // of each, or none
};

// Which part each is in; all train but those held out.
using PartOf = std::map<std::string, Part>;

// Holds out a share for test and val, at least one each where the share is above 0, within each
// stratum as exactly as whole numbers allow; or those that the options name. Throws Error(kInput)
// when nothing would be left to train, Error(kUsage) for a name that is no entity or in both lists.
[[nodiscard]] PartOf deal_out(const Entities& entities, const SplitOptions& options,
                              std::string_view generator, std::string_view what,
                              std::uint32_t number = 0);

// Distinct values over conditions that are no controls, sorted.
[[nodiscard]] std::vector<std::string> distinct(
    const Material& material, std::vector<std::string> (*values)(const Condition&));

// Values for `distinct`: a condition's context; the canonical name of what was done to its cells.
[[nodiscard]] std::vector<std::string> context_of(const Condition& condition);
[[nodiscard]] std::vector<std::string> name_of(const Condition& condition);

// Strata of entities by their names; those without one are in "other".
[[nodiscard]] Entities with_strata(std::vector<std::string> names, const SplitOptions& options);

}  // namespace cupel::splits
