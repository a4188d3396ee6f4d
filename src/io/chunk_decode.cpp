#include "io/chunk_decode.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>

#include "cupel/multiversion.hpp"
#include "io/lzf.hpp"

namespace cupel::io {
namespace {

constexpr std::size_t kChecksumBytes = 4;

template <typename Word>
CUPEL_MULTIVERSION void unshuffle_words(const std::uint8_t* shuffled, std::size_t n,
                                        std::byte* out) {
  constexpr std::size_t kBytes = sizeof(Word);
  for (std::size_t i = 0; i < n; ++i) {
    Word word = 0;
    for (std::size_t k = 0; k < kBytes; ++k) {
      word = static_cast<Word>(word | (static_cast<Word>(shuffled[k * n + i]) << (8 * k)));
    }
    std::memcpy(out + i * kBytes, &word, kBytes);
  }
}

// True if the checksum behind `data` matches; 1.6.2 and older wrote it with swapped bytes.
bool checksum_matches(std::span<const std::byte> with_checksum) {
  const auto data = with_checksum.first(with_checksum.size() - kChecksumBytes);
  const auto* tail = reinterpret_cast<const std::uint8_t*>(data.data() + data.size());
  const auto stored =
      static_cast<std::uint32_t>(tail[0]) | static_cast<std::uint32_t>(tail[1]) << 8 |
      static_cast<std::uint32_t>(tail[2]) << 16 | static_cast<std::uint32_t>(tail[3]) << 24;
  const std::uint32_t actual = fletcher32(data);
  const std::uint32_t swapped = (actual & 0x00ff00ffU) << 8 | (actual & 0xff00ff00U) >> 8;
  return stored == actual || stored == swapped;
}

}  // namespace

const char* describe(DecodeStatus status) {
  switch (status) {
    case DecodeStatus::kOk:
      return "it is fine";
    case DecodeStatus::kCorrupt:
      return "its compressed data is corrupt";
    case DecodeStatus::kWrongSize:
      return "its decoded size is wrong";
    case DecodeStatus::kWrongChecksum:
      return "its checksum does not match";
    case DecodeStatus::kNoMemory:
      break;
  }
  return "it could not be decoded";
}

void unshuffle(std::span<const std::byte> shuffled, std::size_t element_bytes, std::byte* out) {
  const std::size_t n = shuffled.size() / element_bytes;
  const auto* from = reinterpret_cast<const std::uint8_t*>(shuffled.data());
  switch (element_bytes) {
    case 2:
      unshuffle_words<std::uint16_t>(from, n, out);
      break;
    case 4:
      unshuffle_words<std::uint32_t>(from, n, out);
      break;
    case 8:
      unshuffle_words<std::uint64_t>(from, n, out);
      break;
    default:
      for (std::size_t k = 0; k < element_bytes; ++k) {
        for (std::size_t i = 0; i < n; ++i) out[i * element_bytes + k] = shuffled[k * n + i];
      }
  }
  const std::size_t done = n * element_bytes;
  std::memcpy(out + done, shuffled.data() + done, shuffled.size() - done);
}

std::uint32_t fletcher32(std::span<const std::byte> data) {
  constexpr std::size_t kWordsBeforeOverflow = 360;
  const auto* at = reinterpret_cast<const std::uint8_t*>(data.data());
  std::uint32_t sum1 = 0;
  std::uint32_t sum2 = 0;
  const auto fold = [](std::uint32_t sum) { return (sum & 0xffff) + (sum >> 16); };
  for (std::size_t words = data.size() / 2; words > 0;) {
    const std::size_t block = std::min(words, kWordsBeforeOverflow);
    words -= block;
    for (std::size_t k = 0; k < block; ++k, at += 2) {
      sum1 += static_cast<std::uint32_t>(at[0] << 8 | at[1]);
      sum2 += sum1;
    }
    sum1 = fold(sum1);
    sum2 = fold(sum2);
  }
  if (data.size() % 2 != 0) {
    sum1 = fold(sum1 + static_cast<std::uint32_t>(*at << 8));
    sum2 = fold(sum2 + sum1);
  }
  return fold(sum2) << 16 | fold(sum1);
}

DecodeStatus decode_chunk(const Pipeline& pipeline, std::uint32_t skipped,
                          std::span<std::byte> stored, std::int64_t chunk_bytes, Scratch& scratch,
                          std::byte*& out) {
  const auto is_skipped = [&](std::size_t k) { return (skipped >> k & 1) != 0; };
  // The size that each filter was given on writing: only checksums change it before the
  // compression.
  std::size_t grown = 0;
  for (std::size_t k = 0; k < pipeline.filters.size(); ++k) {
    const auto id = pipeline.filters[k].id;
    if (id == kGzipFilter || id == kLzfFilter) break;
    if (id == kFletcher32Filter && !is_skipped(k)) grown += kChecksumBytes;
  }
  const std::size_t inflated = static_cast<std::size_t>(chunk_bytes) + grown;

  std::span<std::byte> data = stored;
  int next = 0;
  const auto fresh = [&](std::size_t size) {
    std::byte* to = scratch.decoded[next].at_least(static_cast<std::int64_t>(size));
    next = 1 - next;
    return std::span<std::byte>(to, size);
  };
  for (std::size_t k = pipeline.filters.size(); k-- > 0;) {
    if (is_skipped(k)) continue;
    const Filter& filter = pipeline.filters[k];
    if (filter.id == kFletcher32Filter) {
      if (data.size() < kChecksumBytes) return DecodeStatus::kWrongSize;
      if (!checksum_matches(data)) return DecodeStatus::kWrongChecksum;
      data = data.first(data.size() - kChecksumBytes);
    } else if (filter.id == kShuffleFilter) {
      const std::size_t element = filter.parameters.empty() ? 1 : filter.parameters[0];
      if (element < 2 || data.size() > inflated) continue;
      const auto to = fresh(data.size());
      unshuffle(data, element, to.data());
      data = to;
    } else if (filter.id == kGzipFilter) {
      const auto to = fresh(inflated);
      const auto result = libdeflate_zlib_decompress(scratch.inflater.get(), data.data(),
                                                     data.size(), to.data(), to.size(), nullptr);
      if (result != LIBDEFLATE_SUCCESS) {
        return result == LIBDEFLATE_BAD_DATA ? DecodeStatus::kCorrupt : DecodeStatus::kWrongSize;
      }
      data = to;
    } else {
      const auto to = fresh(inflated);
      const auto length =
          lzf_decompress({reinterpret_cast<const std::uint8_t*>(data.data()), data.size()},
                         {reinterpret_cast<std::uint8_t*>(to.data()), to.size()});
      if (length < 0) return DecodeStatus::kCorrupt;
      if (static_cast<std::size_t>(length) != to.size()) return DecodeStatus::kWrongSize;
      data = to;
    }
  }
  if (data.size() != static_cast<std::size_t>(chunk_bytes)) return DecodeStatus::kWrongSize;
  out = data.data();
  return DecodeStatus::kOk;
}

}  // namespace cupel::io
