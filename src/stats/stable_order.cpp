#include "stats/stable_order.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

namespace cupel {
namespace {

constexpr int kDigitBits = 11;
constexpr int kDigits = 6;  // of 11 bits: all 64
constexpr std::size_t kBuckets = std::size_t{1} << kDigitBits;
constexpr std::size_t kFewKeys = 256;  // below, clearing the histograms costs more than comparing

struct Entry {
  std::uint64_t key;
  std::int32_t position;
};

// Doubles in their order as unsigned integers; the two zeros are one.
std::uint64_t ordered_bits(double value) {
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);
  constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
  return (bits & kSign) != 0 ? ~bits : bits | kSign;
}

std::size_t digit(std::uint64_t key, int which) {
  return static_cast<std::size_t>(key >> (which * kDigitBits)) & (kBuckets - 1);
}

// Least significant digit first. A digit that all keys share is skipped.
void radix_sort(std::vector<Entry>& entries) {
  std::vector<std::array<std::uint32_t, kBuckets>> count(kDigits);
  for (const Entry& entry : entries) {
    for (int which = 0; which < kDigits; ++which) {
      ++count[static_cast<std::size_t>(which)][digit(entry.key, which)];
    }
  }
  std::vector<Entry> moved(entries.size());
  for (int which = 0; which < kDigits; ++which) {
    auto& start = count[static_cast<std::size_t>(which)];
    if (start[digit(entries.front().key, which)] == entries.size()) continue;
    std::exclusive_scan(start.begin(), start.end(), start.begin(), 0U);
    for (const Entry& entry : entries) moved[start[digit(entry.key, which)]++] = entry;
    entries.swap(moved);
  }
}

}  // namespace

void stable_order(std::span<const double> keys, std::vector<std::int32_t>& order) {
  if (order.size() < kFewKeys) {
    std::ranges::stable_sort(
        order, {}, [&](std::int32_t position) { return keys[static_cast<std::size_t>(position)]; });
    return;
  }
  std::vector<Entry> entries;
  entries.reserve(order.size());
  for (const std::int32_t position : order) {
    entries.push_back({ordered_bits(keys[static_cast<std::size_t>(position)]), position});
  }
  radix_sort(entries);
  std::ranges::transform(entries, order.begin(), &Entry::position);
}

std::vector<std::int32_t> positions(std::size_t n) {
  std::vector<std::int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

}  // namespace cupel
