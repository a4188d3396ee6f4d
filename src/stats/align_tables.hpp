#pragma once
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "stats/de_table.hpp"

namespace cupel {

// The same table over `features` (all of the table's own among them, in any order): rows that it
// does not have are absent.
[[nodiscard]] DeTable over_features(const DeTable& table, std::span<const std::string> features);

// The features of any of the tables, in the order of `genes`, which has all of them once. Where
// each side's own control decides what is tested, tables need not have the same features.
[[nodiscard]] std::vector<std::string> union_of_features(
    std::initializer_list<const DeTable*> tables, std::span<const std::string> genes);

}  // namespace cupel
