#include "cupel/buffer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>

#include "cupel/error.hpp"

namespace cupel {
namespace {

// Of a size that no other test leaves behind.
constexpr std::int64_t kLarge = std::int64_t{101} << 20;

TEST(HostBuffer, IsAlignedForVectors) {
  const auto buffer = make_host_buffer<double>(3);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0U);
}

TEST(HostBuffer, OfLargeSizesIsReusedWhenFreed) {
  const void* first = nullptr;
  {
    auto buffer = make_host_buffer<std::byte>(kLarge);
    first = buffer.data();
  }
  auto again = make_host_buffer<std::byte>(kLarge - 4096);
  EXPECT_EQ(again.data(), first);
  std::memset(again.data(), 1, static_cast<std::size_t>(again.size()));
}

TEST(HostBuffer, LiveBlocksAreNeverHandedOutTwice) {
  auto a = make_host_buffer<std::byte>(kLarge);
  auto b = make_host_buffer<std::byte>(kLarge);
  EXPECT_NE(a.data(), b.data());
}

TEST(HostBuffer, ThatCannotBeHadNamesItsBytes) {
  try {
    (void)make_host_buffer<std::byte>(std::int64_t{1} << 60);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
    EXPECT_STREQ(error.what(),
                 "could not allocate 1152921504606846976 bytes of memory; lower --memory");
  }
}

}  // namespace
}  // namespace cupel
