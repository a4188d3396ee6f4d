#pragma once
#include "device_memory.hpp"

// How kernels start and what they share, in the two forms that one source is compiled to: nvcc's,
// and plain C++ on the emulated device (tests/device_on_cpu).
//
//   CUPEL_SHARED(type, name, count)     an array in the block's shared memory
//   CUPEL_DYNAMIC_SHARED(type, name)    the block's dynamic shared memory, from its first byte
//   launch(stream, kernel, grid, block, shared_bytes, arguments...)
//
// Kernels name no other storage as shared: the emulated device fills these with junk before each
// block and guards their ends.
#if defined(__CUDACC__)
#define CUPEL_SHARED(type, name, count) __shared__ type name[count]
#define CUPEL_DYNAMIC_SHARED(type, name)                              \
  extern __shared__ __align__(16) unsigned char cupel_dynamic_shared[]; \
  type* name = reinterpret_cast<type*>(cupel_dynamic_shared)
#else
#define CUPEL_SHARED(type, name, count) \
  type* name = ::cuda_on_cpu::shared_array<type>([] { static char key; return &key; }(), count)
#define CUPEL_DYNAMIC_SHARED(type, name) \
  type* name = reinterpret_cast<type*>(::cuda_on_cpu::dynamic_shared())
#endif

namespace cupel::CUPEL_CUDA_NAMESPACE {

inline constexpr int kWarp = 32;
inline constexpr unsigned kFullWarp = 0xffffffffU;
inline constexpr std::size_t kDefaultShared = 48 << 10;  // more needs the kernel's consent

template <typename... Parameters, typename... Arguments>
void launch(const Stream& stream, void (*kernel)(Parameters...), dim3 grid, dim3 block,
            std::size_t shared_bytes, const Arguments&... arguments) {
  if (grid.x == 0 || grid.y == 0 || grid.z == 0) return;  // nothing to do, and an error to CUDA
  CUPEL_CUDA(cudaSetDevice(stream.ordinal()));  // this thread may have worked for another device
  if (shared_bytes > kDefaultShared) {
    CUPEL_CUDA(cudaFuncSetAttribute(reinterpret_cast<const void*>(kernel),
                                    cudaFuncAttributeMaxDynamicSharedMemorySize,
                                    static_cast<int>(shared_bytes)));
  }
#if defined(__CUDACC__)
  kernel<<<grid, block, shared_bytes, stream.get()>>>(static_cast<Parameters>(arguments)...);
#else
  CUPEL_CUDA(cuda_on_cpu_check_stream(stream.get()));
  ::cuda_on_cpu::launch(grid, block, shared_bytes, [&] { kernel(arguments...); });
#endif
  CUPEL_CUDA(cudaGetLastError());
}

// Blocks of `block` threads that cover `n` items, at most `most`: kernels stride over the rest.
[[nodiscard]] inline unsigned blocks_for(std::int64_t n, int block, std::int64_t most = 65535) {
  const std::int64_t blocks = (n + block - 1) / block;
  return static_cast<unsigned>(blocks < most ? blocks : most);
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
