#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace cupel {

// Flips the sign bit: signed order becomes unsigned order.
template <typename Key>
[[nodiscard]] constexpr std::make_unsigned_t<Key> unsigned_order(Key key) {
  using Unsigned = std::make_unsigned_t<Key>;
  return static_cast<Unsigned>(key) ^ (Unsigned{1} << (sizeof(Key) * 8 - 1));
}

// Sorts `items` by the unsigned key_of(item), stably, least significant digit first. Digits that
// all items share cost nothing but their count. `scratch` is as long as `items`. Short digits suit
// hundreds of items, long ones thousands.
template <int kDigitBits = 11, typename Item, typename KeyOf>
void radix_sort(std::span<Item> items, std::span<Item> scratch, KeyOf key_of) {
  using Key = decltype(key_of(items[0]));
  static_assert(std::is_unsigned_v<Key>);
  constexpr std::size_t kDigits = std::size_t{1} << kDigitBits;
  constexpr int kKeyBits = static_cast<int>(sizeof(Key)) * 8;
  constexpr int kPasses = (kKeyBits + kDigitBits - 1) / kDigitBits;
  const auto digit = [](Key key, int pass) {
    return static_cast<std::size_t>(key >> (pass * kDigitBits)) & (kDigits - 1);
  };

  std::array<std::array<std::uint32_t, kDigits>, kPasses> counts{};
  for (const Item& item : items) {
    const Key key = key_of(item);
    for (int pass = 0; pass < kPasses; ++pass) {
      ++counts[static_cast<std::size_t>(pass)][digit(key, pass)];
    }
  }
  Item* from = items.data();
  Item* to = scratch.data();
  for (int pass = 0; pass < kPasses; ++pass) {
    auto& next = counts[static_cast<std::size_t>(pass)];
    if (items.empty() || next[digit(key_of(items[0]), pass)] == items.size()) continue;
    std::uint32_t begin = 0;
    for (auto& count : next) {
      const std::uint32_t length = count;
      count = begin;
      begin += length;
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
      to[next[digit(key_of(from[i]), pass)]++] = from[i];
    }
    std::swap(from, to);
  }
  if (from != items.data()) std::copy_n(from, items.size(), items.data());
}

}  // namespace cupel
