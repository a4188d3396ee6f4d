#pragma once
#include <algorithm>
#include <cstdint>
#include <span>

#include "cpu/radix_sort.hpp"

namespace cupel {

// Ascending. `scratch` is at least as long as `keys`.
template <typename Key>
void sort_keys(std::span<Key> keys, std::span<Key> scratch) {
  constexpr std::size_t kRadixPays = 1500;
  if (keys.size() < kRadixPays) {
    std::ranges::sort(keys);
  } else {
    radix_sort(keys, scratch.first(keys.size()), [](Key key) { return unsigned_order(key); });
  }
}

}  // namespace cupel
