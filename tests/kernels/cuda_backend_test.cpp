// What the engine sees of kernels/, on the emulated device.
#include "make_cuda_backend.hpp"

#include <gtest/gtest.h>

#include "cupel/error.hpp"
#include "device_on_cpu/device_memory.hpp"

namespace cupel::cuda_on_cpu {
namespace {

constexpr auto kGiB = std::int64_t{1} << 30;

TEST(CudaBackend, DescribesItsDevice) {
  const auto found = devices();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].ordinal, 1);
  EXPECT_EQ(describe(found[1]), "emulated on the CPU, 8.0 GiB, compute capability 9.0");
  const auto backend = make_backend(1, kGiB);
  EXPECT_EQ(backend->name(), "cuda:1");
  EXPECT_EQ(backend->space(), Space::kDevice);
  const auto report = backend->report();
  EXPECT_EQ(report.name, "cuda:1");
  EXPECT_EQ(report.description, describe(found[1]));
  EXPECT_TRUE(report.driver.ends_with("CUDA 13.0")) << report.driver;
  EXPECT_EQ(report.runtime, "CUDA 13.0");
  EXPECT_EQ(report.memory_limit, kGiB);
}

TEST(CudaBackend, TakesWhatIsFreeLessAMargin) {
  EXPECT_EQ(make_backend(0, 0)->report().memory_limit, 8 * kGiB - kGiB / 2);
}

TEST(CudaBackend, StaysWithinItsMemory) {
  const auto backend = make_backend(0, 1000);
  const double values[125] = {};
  const auto all = backend->upload({values, 1, 125, Space::kHost});
  EXPECT_EQ(backend->report().memory_peak, 1000);
  try {
    (void)backend->upload({values, 1, 1, Space::kHost});
    FAIL() << "more than it may";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kOutOfMemory);
    EXPECT_STREQ(
        error.what(),
        "the GPU cannot give 8 bytes: 1000 of 1000 are in use; raise --gpu-memory or score "
        "with --device cpu");
  }
}

TEST(CudaBackend, RefusesADeviceThatIsNotThereAndMemoryItDoesNotHave) {
  const auto refusal = [](int ordinal, std::int64_t memory, ErrorKind kind) -> std::string {
    try {
      (void)make_backend(ordinal, memory);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), kind);
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal(2, 0, ErrorKind::kDevice), "no GPU 2; this machine has 2, from cuda:0");
  EXPECT_EQ(refusal(-1, 0, ErrorKind::kDevice), "no GPU -1; this machine has 2, from cuda:0");
  EXPECT_EQ(refusal(1, 9 * kGiB, ErrorKind::kUsage),
            "cuda:1 has 8.0 GiB, less than the 9.0 GiB of --gpu-memory");
}

}  // namespace
}  // namespace cupel::cuda_on_cpu
