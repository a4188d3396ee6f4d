// Filters one by one, against plain definitions and on damaged input.
#include <gtest/gtest.h>
#include <libdeflate.h>

#include <algorithm>
#include <random>

#include "io/chunk_decode.hpp"
#include "io/lzf.hpp"
#include "support/lzf_encode.hpp"

namespace cupel::io {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes some_bytes(std::size_t n, unsigned kinds = 5) {
  std::mt19937 rng(11);
  Bytes bytes(n);
  for (auto& b : bytes) b = static_cast<std::uint8_t>(rng() % kinds);
  return bytes;
}

// --- plain definitions of what writing does ---

Bytes shuffle(const Bytes& bytes, std::size_t size) {
  Bytes out = bytes;
  const std::size_t n = bytes.size() / size;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < size; ++k) out[k * n + i] = bytes[i * size + k];
  }
  return out;
}

Bytes deflate(const Bytes& bytes) {
  auto* compressor = libdeflate_alloc_compressor(6);
  Bytes out(libdeflate_zlib_compress_bound(compressor, bytes.size()));
  out.resize(
      libdeflate_zlib_compress(compressor, bytes.data(), bytes.size(), out.data(), out.size()));
  libdeflate_free_compressor(compressor);
  return out;
}

// Sums of 16-bit big-endian words modulo 65535, one of the words, one of the sums.
std::uint32_t slow_fletcher32(const Bytes& bytes) {
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const std::uint64_t low = i + 1 < bytes.size() ? bytes[i + 1] : 0;
    a = (a + 256U * bytes[i] + low) % 65535;
    b = (b + a) % 65535;
  }
  return static_cast<std::uint32_t>(b << 16 | a);
}

Bytes with_checksum(Bytes bytes, std::uint32_t sum) {
  for (int k = 0; k < 4; ++k) bytes.push_back(static_cast<std::uint8_t>(sum >> 8 * k));
  return bytes;
}

// --- reading ---

Filter filter(int id, std::vector<unsigned> parameters = {}) {
  return {id, "", std::move(parameters)};
}
const Filter kGzip = filter(kGzipFilter, {4});
const Filter kShuffle4 = filter(kShuffleFilter, {4});
const Filter kFletcher = filter(kFletcher32Filter);
const Filter kLzf = filter(kLzfFilter);

struct Decoded {
  DecodeStatus status;
  Bytes bytes;
};

Decoded decode(std::vector<Filter> filters, Bytes stored, std::size_t chunk_bytes,
               std::uint32_t skipped = 0) {
  Scratch scratch;
  std::byte* out = nullptr;
  const auto status =
      decode_chunk({std::move(filters)}, skipped, std::as_writable_bytes(std::span(stored)),
                   static_cast<std::int64_t>(chunk_bytes), scratch, out);
  if (status != DecodeStatus::kOk) return {status, {}};
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(out);
  return {status, Bytes(bytes, bytes + chunk_bytes)};
}

TEST(ChunkDecode, UndoesEachFilter) {
  const Bytes plain = some_bytes(4000);
  EXPECT_EQ(decode({}, plain, 4000).bytes, plain);
  EXPECT_EQ(decode({kGzip}, deflate(plain), 4000).bytes, plain);
  EXPECT_EQ(decode({kLzf}, test::lzf_encode(plain), 4000).bytes, plain);
  EXPECT_EQ(decode({kFletcher}, with_checksum(plain, slow_fletcher32(plain)), 4000).bytes, plain);
  for (const unsigned size : {1U, 2U, 3U, 4U, 5U, 8U, 16U}) {
    const Filter filter{kShuffleFilter, "", {size}};
    EXPECT_EQ(decode({filter}, shuffle(plain, size), 4000).bytes, plain) << size;
  }
}

TEST(ChunkDecode, UndoesTheLastFilterFirst) {
  const Bytes plain = some_bytes(4000);
  const Bytes packed = deflate(shuffle(plain, 4));
  EXPECT_EQ(decode({kShuffle4, kGzip}, packed, 4000).bytes, plain);
  EXPECT_EQ(
      decode({kShuffle4, kGzip, kFletcher}, with_checksum(packed, slow_fletcher32(packed)), 4000)
          .bytes,
      plain);
  const Bytes summed = with_checksum(plain, slow_fletcher32(plain));
  EXPECT_EQ(decode({kFletcher, kGzip}, deflate(summed), 4000).bytes, plain);
}

TEST(ChunkDecode, SkipsTheFiltersThatWereNotApplied) {
  const Bytes plain = some_bytes(4000);
  EXPECT_EQ(decode({kShuffle4, kGzip}, shuffle(plain, 4), 4000, 0b10).bytes, plain);
  EXPECT_EQ(decode({kShuffle4, kGzip}, deflate(plain), 4000, 0b01).bytes, plain);
  EXPECT_EQ(decode({kShuffle4, kGzip}, plain, 4000, 0b11).bytes, plain);
  EXPECT_EQ(decode({kFletcher, kGzip}, deflate(plain), 4000, 0b01).bytes, plain);
}

TEST(ChunkDecode, BytesBehindTheLastWholeElementStay) {
  const Bytes plain = some_bytes(4003);
  EXPECT_EQ(decode({kShuffle4}, shuffle(plain, 4), 4003).bytes, plain);
}

TEST(ChunkDecode, AcceptsTheSwappedChecksumOfOldFiles) {
  const Bytes plain = some_bytes(100);
  const std::uint32_t sum = slow_fletcher32(plain);
  const std::uint32_t swapped = (sum & 0x00ff00ff) << 8 | (sum >> 8 & 0x00ff00ff);
  EXPECT_EQ(decode({kFletcher}, with_checksum(plain, swapped), 100).status, DecodeStatus::kOk);
  EXPECT_EQ(decode({kFletcher}, with_checksum(plain, sum + 1), 100).status,
            DecodeStatus::kWrongChecksum);
}

TEST(ChunkDecode, RefusesWrongSizes) {
  const Bytes plain = some_bytes(4000);
  EXPECT_EQ(decode({}, plain, 3999).status, DecodeStatus::kWrongSize);
  EXPECT_EQ(decode({}, plain, 4001).status, DecodeStatus::kWrongSize);
  EXPECT_EQ(decode({kGzip}, deflate(plain), 3999).status, DecodeStatus::kWrongSize);
  EXPECT_EQ(decode({kGzip}, deflate(plain), 4001).status, DecodeStatus::kWrongSize);
  EXPECT_EQ(decode({kLzf}, test::lzf_encode(plain), 4001).status, DecodeStatus::kWrongSize);
  EXPECT_EQ(decode({kShuffle4}, plain, 4004).status, DecodeStatus::kWrongSize);
  EXPECT_EQ(decode({kFletcher}, {1, 2}, 4).status, DecodeStatus::kWrongSize);
}

TEST(ChunkDecode, RefusesCorruptGzip) {
  const Bytes plain = some_bytes(4000);
  Bytes packed = deflate(plain);
  packed[packed.size() / 2] ^= 0xff;
  EXPECT_NE(decode({kGzip}, packed, 4000).status, DecodeStatus::kOk);
  packed = deflate(plain);
  packed.back() ^= 1;  // its own checksum
  EXPECT_EQ(decode({kGzip}, packed, 4000).status, DecodeStatus::kCorrupt);
  packed.resize(packed.size() / 2);
  EXPECT_NE(decode({kGzip}, packed, 4000).status, DecodeStatus::kOk);
}

TEST(Fletcher32, IsTheSumOfSums) {
  // 0 and 65535 are the same modulo 65535 and written differently, so bytes are chosen to avoid it.
  for (const std::size_t n : {2U, 3U, 719U, 720U, 721U, 722U, 4001U}) {
    const Bytes bytes = some_bytes(n, 200);
    EXPECT_EQ(fletcher32(std::as_bytes(std::span(bytes))), slow_fletcher32(bytes)) << n;
  }
}

std::ptrdiff_t unpack(const Bytes& in, Bytes& out) { return lzf_decompress(in, out); }

TEST(Lzf, DecodesLiteralsAndCopies) {
  Bytes out(100);
  EXPECT_EQ(unpack({2, 'a', 'b', 'c'}, out), 3);
  EXPECT_EQ(out[2], 'c');
  // A literal, then 1 + 2 bytes copied from 1 back: overlapping.
  EXPECT_EQ(unpack({0, 'x', 1 << 5, 0}, out), 4);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 4), Bytes(4, 'x'));
  // A long copy: 7 + 20 + 2 bytes.
  EXPECT_EQ(unpack({0, 'y', 7 << 5, 20, 0}, out), 30);
  EXPECT_EQ(Bytes(out.begin(), out.begin() + 30), Bytes(30, 'y'));
  EXPECT_EQ(unpack({}, out), 0);
}

TEST(Lzf, RoundTripsWhateverIsPacked) {
  for (const std::size_t n : {1U, 31U, 32U, 33U, 264U, 265U, 10000U}) {
    for (const unsigned kinds : {1U, 2U, 30U, 256U}) {
      const Bytes plain = some_bytes(n, kinds);
      Bytes out(n);
      ASSERT_EQ(unpack(test::lzf_encode(plain), out), static_cast<std::ptrdiff_t>(n));
      EXPECT_EQ(out, plain);
    }
  }
}

TEST(Lzf, RefusesInputThatLeadsOutside) {
  Bytes out(8);
  EXPECT_EQ(unpack({2, 'a'}, out), -1);                 // literals missing
  EXPECT_EQ(unpack({0, 'a', 7 << 5}, out), -1);         // length missing
  EXPECT_EQ(unpack({0, 'a', 1 << 5}, out), -1);         // distance missing
  EXPECT_EQ(unpack({0, 'a', 1 << 5, 1}, out), -1);      // before the beginning
  EXPECT_EQ(unpack({0, 'a', 7 << 5, 20, 0}, out), -1);  // past the end
  EXPECT_EQ(unpack({31, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'}, out), -1);
}

TEST(Lzf, SurvivesAnyBytes) {
  std::mt19937 rng(5);
  for (int k = 0; k < 20000; ++k) {
    Bytes in(rng() % 64);
    for (auto& b : in) b = static_cast<std::uint8_t>(rng());
    Bytes out(rng() % 128 + 16, 0xab);
    const std::size_t room = out.size() - 16;
    const auto length = lzf_decompress(in, std::span(out).first(room));
    ASSERT_LE(length, static_cast<std::ptrdiff_t>(room));
    ASSERT_TRUE(std::all_of(out.end() - 16, out.end(), [](auto b) { return b == 0xab; }));
  }
}

}  // namespace
}  // namespace cupel::io
