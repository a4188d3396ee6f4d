#pragma once
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "random/philox.hpp"

namespace cupel::splits {

// What manifests call this stream.
inline constexpr std::string_view kStream = "philox4x32-10";

// One draw of a split, apart from every other by its purpose and number: Philox4x32-10 under the
// seed, its stream the FNV-1a hash of the purpose. Callers shuffle lists that are sorted, so the
// order of a file's rows has no say.
class Draw {
 public:
  Draw(std::uint64_t seed, std::string_view purpose, std::uint32_t number = 0)
      : stream_(seed, hash_of(purpose), number) {}

  // Fisher-Yates from the end.
  template <typename T>
  void shuffle(std::span<T> items) {
    for (std::size_t last = items.size(); last-- > 1;) {
      using std::swap;
      swap(items[last], items[stream_.below(static_cast<std::uint32_t>(last + 1))]);
    }
  }

  [[nodiscard]] static constexpr std::uint64_t hash_of(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : text) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    }
    return hash;
  }

 private:
  PhiloxStream stream_;
};

// `total` shared out in proportion to `sizes`, whole numbers by largest remainder (first of equals
// first); none gets more than its size. total <= sum of sizes.
[[nodiscard]] std::vector<std::int64_t> shared_out(std::span<const std::int64_t> sizes,
                                                   std::int64_t total);

}  // namespace cupel::splits
