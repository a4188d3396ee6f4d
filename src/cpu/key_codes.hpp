#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace cupel {

struct WeightedKey {
  std::int64_t key;
  std::int64_t weight;  // how many values have it
};

// 32-bit codes that stand for 64-bit keys: the control's keys, of which there are few when it holds
// counts (one per cell and count), get codes in their order, spaced so that a group's keys find
// codes of their own between them. Only order and equality matter to a rank test, so the codes give
// its exact result. Keys and codes are not negative, and 0 is 0.
class KeyCodes {
 public:
  static constexpr std::int32_t kNoCode = -1;
  // Codes stay about below `limit`. Frequent keys are spaced widely, so that a gene's codes spread
  // as its values do; 2^27 leaves 16 bits within each of the 2,048 buckets of a small narrow table.
  static constexpr std::int32_t kLimit = std::int32_t{1} << 27;

  KeyCodes() = default;
  // `keys` ascend.
  KeyCodes(std::span<const WeightedKey> keys, std::int32_t limit);

  // The first of the control's keys that is not below `key`: its code, or the largest int32_t when
  // there is none, and whether it equals `key`.
  struct Found {
    std::int32_t code;
    bool equal;
  };
  [[nodiscard]] Found find(std::int64_t key) const;

  // Codes of ascending keys, each found from where the last one was.
  class Walk {
   public:
    explicit Walk(const KeyCodes& codes) : codes_(codes) {}
    // kNoCode if more keys fall between two of the control's than there are codes.
    [[nodiscard]] std::int32_t code_of(std::int64_t key);

   private:
    const KeyCodes& codes_;
    std::size_t at_ = 0;  // the first control key not below last_key_
    std::int64_t last_key_ = 0;
    std::int32_t last_code_ = 0;
  };

 private:
  static constexpr std::int32_t kTop = std::numeric_limits<std::int32_t>::max();
  [[nodiscard]] std::int32_t code_at(std::size_t at) const {
    return at < codes_.size() ? codes_[at] : kTop;
  }

  std::vector<std::int64_t> keys_;
  std::vector<std::int32_t> codes_;
};

}  // namespace cupel
