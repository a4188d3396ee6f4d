#pragma once
#include <cstdint>
#include <span>

#include "cpu/gene_table.hpp"

namespace cupel {

// One group against the control on one gene.
struct GeneSums {
  std::int64_t two_u = 0;
  math::Uint128 ties = 0;
};

// `keys`: the group's stored keys of this gene, ascending; keys[-1] and keys[size] may be read.
template <typename Key>
[[nodiscard]] GeneSums gene_sums(const GeneTable<Key>& table, std::span<const Key> keys,
                                 std::int64_t n_group, std::int64_t n_control);

}  // namespace cupel
