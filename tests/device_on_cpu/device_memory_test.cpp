#include "device_on_cpu/device_memory.hpp"

#include <gtest/gtest.h>

#include "cupel/error.hpp"
#include "launch.hpp"

namespace cupel::cuda_on_cpu {
namespace {

__global__ void write_at(unsigned char* array, int at) { array[at] = 1; }

class EmulatedMemory : public ::testing::Test {
 protected:
  // An array of `size` bytes, written by a kernel at `at`, and freed.
  void write(int size, int at) const {
    auto array = make_device_buffer<unsigned char>(*memory_, size);
    launch(memory_->stream(), write_at, 1, 1, 0, array.data(), at);
  }
  std::shared_ptr<DeviceMemory> memory_ = std::make_shared<DeviceMemory>(0, 1 << 20);
};

TEST_F(EmulatedMemory, FindsAWriteBesideAnArray) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
#if defined(__SANITIZE_ADDRESS__)
  constexpr auto kWords = "AddressSanitizer";
#else
  constexpr auto kWords = "wrote beside an array of 100 bytes";
#endif
  write(100, 0);
  write(100, 99);
  EXPECT_DEATH(write(100, 100), kWords);
  EXPECT_DEATH(write(100, 100 + 255), kWords);
  EXPECT_DEATH(write(100, -1), kWords);
  EXPECT_DEATH(write(100, -64), kWords);
}

TEST_F(EmulatedMemory, MayBeFull) {
  ::cuda_on_cpu::fail_allocations_above(999);
  EXPECT_NO_THROW((void)make_device_buffer<std::byte>(*memory_, 999));
  try {
    (void)make_device_buffer<std::byte>(*memory_, 1000);
    FAIL() << "there is none left";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
  }
  ::cuda_on_cpu::fail_allocations_above(SIZE_MAX);
  EXPECT_NO_THROW((void)make_device_buffer<std::byte>(*memory_, 1000));
  EXPECT_EQ(memory_->in_use(), 0);
  EXPECT_EQ(memory_->peak(), 1000);
}

TEST_F(EmulatedMemory, OutlivesTheBackendThatMadeIt) {
  Buffer<int> array;
  {
    auto memory = std::make_shared<DeviceMemory>(0, 1 << 20);
    array = make_device_buffer<int>(*memory, 10);
  }
  array.data()[9] = 1;
}

}  // namespace
}  // namespace cupel::cuda_on_cpu
