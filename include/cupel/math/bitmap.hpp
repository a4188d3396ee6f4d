#pragma once
#include <cstdint>

#include "cupel/host_device.hpp"

// Sets of columns as bits: column c is bit c % 64 of word c / 64.
namespace cupel::math {

inline constexpr std::int64_t kBitsOfWord = 64;

// Words that a set of `columns` columns takes.
CUPEL_HOST_DEVICE constexpr std::int64_t words_for(std::int64_t columns) {
  return (columns + kBitsOfWord - 1) / kBitsOfWord;
}
CUPEL_HOST_DEVICE constexpr std::uint64_t bit_of(std::int64_t column) {
  return std::uint64_t{1} << (column % kBitsOfWord);
}
CUPEL_HOST_DEVICE constexpr bool has_column(const std::uint64_t* set, std::int64_t column) {
  return (set[column / kBitsOfWord] & bit_of(column)) != 0;
}

}  // namespace cupel::math
