#include "cpu/key_codes.hpp"

#include <algorithm>

namespace cupel {

KeyCodes::KeyCodes(std::span<const WeightedKey> keys, std::int32_t limit) {
  constexpr std::int64_t kRoom = 16;  // between neighbours, if the limit allows
  const std::int64_t half = limit / 2;
  const std::int64_t room =
      std::clamp(half / std::max<std::int64_t>(std::ssize(keys), 1), std::int64_t{1}, kRoom);
  std::int64_t total = 1;
  for (const WeightedKey& item : keys) total += item.weight;
  const double per_value = static_cast<double>(half) / static_cast<double>(total);

  std::int64_t rank = limit / 128 / room + 1;  // codes below the smallest key
  std::int64_t seen = 0;
  for (const auto& [key, weight] : keys) {
    if (key == 0) continue;
    keys_.push_back(key);
    codes_.push_back(static_cast<std::int32_t>(
        rank * room + static_cast<std::int64_t>(static_cast<double>(seen) * per_value)));
    seen += weight;
    ++rank;
  }
}

KeyCodes::Found KeyCodes::find(std::int64_t key) const {
  const auto at = static_cast<std::size_t>(std::ranges::lower_bound(keys_, key) - keys_.begin());
  return {code_at(at), at < keys_.size() && keys_[at] == key};
}

std::int32_t KeyCodes::Walk::code_of(std::int64_t key) {
  if (key == last_key_) return last_code_;
  const auto& keys = codes_.keys_;
  std::size_t step = 1;
  while (at_ + step < keys.size() && keys[at_ + step] < key) step *= 2;
  const auto end = std::min(at_ + step + 1, keys.size());
  at_ = static_cast<std::size_t>(
      std::lower_bound(keys.begin() + static_cast<std::ptrdiff_t>(at_ + step / 2),
                       keys.begin() + static_cast<std::ptrdiff_t>(end), key) -
      keys.begin());
  last_key_ = key;
  if (at_ < keys.size() && keys[at_] == key) return last_code_ = codes_.codes_[at_];
  const std::int32_t floor = at_ == 0 ? 0 : codes_.codes_[at_ - 1];
  const std::int32_t code = std::max(floor, last_code_) + 1;
  if (code >= codes_.code_at(at_)) return kNoCode;
  return last_code_ = code;
}

}  // namespace cupel
