#pragma once
#include <cstdint>

#include "cupel/math/rank_key.hpp"
#include "cupel/multiversion.hpp"

namespace cupel {

using math::CellKeys;
using math::rank_key;
using math::RankRule;
using math::value_of;

// Of n values of one cell. Plain loops, one per kind of input, that vectorise.
template <typename Key, typename Value>
CUPEL_MULTIVERSION void rank_keys(const CellKeys<Key>& cell, const Value* values, std::int64_t n,
                                  Key* keys) {
  if (cell.counts) {
    for (std::int64_t i = 0; i < n; ++i) keys[i] = cell.of_count(values[i]);
    return;
  }
  if (cell.as_stored) {
    for (std::int64_t i = 0; i < n; ++i) keys[i] = cell.of_stored(values[i]);
    return;
  }
  // Step by step: GCC does not vectorise expm1 together with a conversion.
  constexpr std::int64_t kPiece = 256;
  double x[kPiece];
  for (std::int64_t begin = 0; begin < n; begin += kPiece) {
    const std::int64_t length = n - begin < kPiece ? n - begin : kPiece;
    for (std::int64_t i = 0; i < length; ++i) x[i] = static_cast<double>(values[begin + i]);
    for (std::int64_t i = 0; i < length; ++i) x[i] = math::expm1(x[i]);
    for (std::int64_t i = 0; i < length; ++i) {
      keys[begin + i] = cell.template of_expm1<Value>(x[i]);
    }
  }
}

}  // namespace cupel
