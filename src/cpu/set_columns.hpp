#pragma once
#include <bit>
#include <cstdint>

#include "cupel/math/bitmap.hpp"

namespace cupel {

// Calls use(column) for the columns of a set of `columns`, ascending.
template <typename Use>
void for_each_column(const std::uint64_t* set, std::int64_t columns, const Use& use) {
  for (std::int64_t word = 0; word < math::words_for(columns); ++word) {
    for (std::uint64_t left = set[word]; left != 0; left &= left - 1) {
      use(word * math::kBitsOfWord + std::countr_zero(left));
    }
  }
}

}  // namespace cupel
