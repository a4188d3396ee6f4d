// A CUDA device on the CPU, for tests. This header stands in for CUDA's own where kernels/*.cu are
// compiled as C++: blocks run one after another, a block's threads as fibers that meet at barriers.
// It proves a kernel's logic, under sanitizers and in any order of threads, never its speed.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include "device_on_cpu/block.hpp"
#include "device_on_cpu/device_memory.hpp"

#define __global__
#define __device__
#define __host__
#define __constant__ static
#define __forceinline__ inline
#define __noinline__
#define __launch_bounds__(...)
#define __restrict__ __restrict
#define __align__(n) alignas(n)

#define threadIdx (::cuda_on_cpu::thread_index())
#define blockIdx (::cuda_on_cpu::block().index)
#define blockDim (::cuda_on_cpu::block().block_dim)
#define gridDim (::cuda_on_cpu::block().grid_dim)
inline constexpr int warpSize = 32;

struct alignas(16) float4 { float x, y, z, w; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) double2 { double x, y; };
struct alignas(8) uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(8) int2 { int x, y; };
struct alignas(16) int4 { int x, y, z, w; };
struct alignas(4) ushort2 { unsigned short x, y; };
struct alignas(8) ushort4 { unsigned short x, y, z, w; };
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline float2 make_float2(float x, float y) { return {x, y}; }
inline double2 make_double2(double x, double y) { return {x, y}; }
inline uint2 make_uint2(unsigned x, unsigned y) { return {x, y}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

// --- barriers and what threads of a warp tell each other ---

inline void __syncthreads() { cuda_on_cpu::wait_for_block(); }
inline void __syncwarp(unsigned mask = 0xffffffffU) { cuda_on_cpu::wait_for_warp(mask); }
inline int __syncthreads_or(int p) { return cuda_on_cpu::block_vote(p).any; }
inline int __syncthreads_and(int p) { return cuda_on_cpu::block_vote(p).all; }
inline int __syncthreads_count(int p) { return cuda_on_cpu::block_vote(p).count; }
inline void __threadfence() {}
inline void __threadfence_block() {}

template <typename T>
T __shfl_sync(unsigned mask, T value, int source, int width = 32) {
  const unsigned lane = cuda_on_cpu::lane();
  return cuda_on_cpu::exchange(
      mask, value, (lane & ~static_cast<unsigned>(width - 1)) |
                       (static_cast<unsigned>(source) & static_cast<unsigned>(width - 1)));
}
template <typename T>
T __shfl_up_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  const unsigned lane = cuda_on_cpu::lane();
  const unsigned first = lane & ~static_cast<unsigned>(width - 1);
  return cuda_on_cpu::exchange(mask, value, lane - first >= delta ? lane - delta : lane);
}
template <typename T>
T __shfl_down_sync(unsigned mask, T value, unsigned delta, int width = 32) {
  const unsigned lane = cuda_on_cpu::lane();
  const unsigned first = lane & ~static_cast<unsigned>(width - 1);
  return cuda_on_cpu::exchange(
      mask, value, lane - first + delta < static_cast<unsigned>(width) ? lane + delta : lane);
}
template <typename T>
T __shfl_xor_sync(unsigned mask, T value, int with, int width = 32) {
  const unsigned lane = cuda_on_cpu::lane();
  const unsigned source = lane ^ static_cast<unsigned>(with);
  const bool inside = (source & ~static_cast<unsigned>(width - 1)) <=
                      (lane & ~static_cast<unsigned>(width - 1));
  return cuda_on_cpu::exchange(mask, value, inside ? source : lane);
}
inline unsigned __ballot_sync(unsigned mask, int p) { return cuda_on_cpu::ballot(mask, p != 0); }
inline int __any_sync(unsigned mask, int p) { return __ballot_sync(mask, p) != 0; }
inline int __all_sync(unsigned mask, int p) { return __ballot_sync(mask, p == 0) == 0; }
template <typename T>
T __reduce_add_sync(unsigned mask, T value) {
  T sum = 0;
  for (int k = 0; k < 32; ++k) {
    const T other = cuda_on_cpu::exchange(mask, value, static_cast<unsigned>(k));
    if ((mask >> k & 1U) != 0) sum += other;
  }
  return sum;
}

// --- atomics: threads change places at barriers alone, so plain operations are atomic ---

template <typename T, typename U>
T cuda_on_cpu_update(T* p, U value) {
  const T old = *p;
  *p = static_cast<T>(value);
  return old;
}
template <typename T, typename U>
T atomicAdd(T* p, U value) { return cuda_on_cpu_update(p, *p + static_cast<T>(value)); }
template <typename T, typename U>
T atomicSub(T* p, U value) { return cuda_on_cpu_update(p, *p - static_cast<T>(value)); }
template <typename T, typename U>
T atomicMax(T* p, U value) { return cuda_on_cpu_update(p, std::max(*p, static_cast<T>(value))); }
template <typename T, typename U>
T atomicMin(T* p, U value) { return cuda_on_cpu_update(p, std::min(*p, static_cast<T>(value))); }
template <typename T, typename U>
T atomicOr(T* p, U value) { return cuda_on_cpu_update(p, *p | static_cast<T>(value)); }
template <typename T, typename U>
T atomicAnd(T* p, U value) { return cuda_on_cpu_update(p, *p & static_cast<T>(value)); }
template <typename T, typename U>
T atomicExch(T* p, U value) { return cuda_on_cpu_update(p, value); }
template <typename T>
T atomicCAS(T* p, T expected, T value) {
  return cuda_on_cpu_update(p, *p == expected ? value : *p);
}

// --- arithmetic that CUDA has as functions ---

using std::max;
using std::min;
inline int __popc(unsigned x) { return __builtin_popcount(x); }
inline int __popcll(unsigned long long x) { return __builtin_popcountll(x); }
inline int __clz(int x) { return x == 0 ? 32 : __builtin_clz(static_cast<unsigned>(x)); }
inline int __clzll(long long x) {
  return x == 0 ? 64 : __builtin_clzll(static_cast<unsigned long long>(x));
}
inline int __ffs(int x) { return __builtin_ffs(x); }
inline int __ffsll(long long x) { return __builtin_ffsll(x); }
template <typename T>
T __ldg(const T* p) { return *p; }
inline int __float_as_int(float x) { int y; std::memcpy(&y, &x, 4); return y; }
inline unsigned __float_as_uint(float x) { unsigned y; std::memcpy(&y, &x, 4); return y; }
inline float __int_as_float(int x) { float y; std::memcpy(&y, &x, 4); return y; }
inline float __uint_as_float(unsigned x) { float y; std::memcpy(&y, &x, 4); return y; }
inline long long __double_as_longlong(double x) { long long y; std::memcpy(&y, &x, 8); return y; }
inline double __longlong_as_double(long long x) { double y; std::memcpy(&y, &x, 8); return y; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dsub_rn(double a, double b) { return a - b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline double __ddiv_rn(double a, double b) { return a / b; }
inline double __fma_rn(double a, double b, double c) { return std::fma(a, b, c); }
inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }

// --- the runtime ---

enum cudaError_t {
  cudaSuccess = 0,
  cudaErrorInvalidValue = 1,
  cudaErrorMemoryAllocation = 2,
  cudaErrorNoDevice = 100,
};
struct cuda_on_cpu_stream {
  int ordinal;  // of its device
};
using cudaStream_t = cuda_on_cpu_stream*;
using cudaEvent_t = struct cuda_on_cpu_event*;
using cudaMemPool_t = struct cuda_on_cpu_pool*;
enum cudaMemcpyKind {
  cudaMemcpyHostToHost,
  cudaMemcpyHostToDevice,
  cudaMemcpyDeviceToHost,
  cudaMemcpyDeviceToDevice,
  cudaMemcpyDefault
};
enum cudaMemPoolAttr { cudaMemPoolAttrReleaseThreshold };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize };
enum cudaDeviceAttr { cudaDevAttrMultiProcessorCount, cudaDevAttrMaxSharedMemoryPerBlockOptin,
                      cudaDevAttrL2CacheSize };
inline constexpr unsigned cudaStreamNonBlocking = 1;
inline constexpr unsigned cudaEventDisableTiming = 2;

#define __CUDA_ARCH_LIST__ 800, 900  // what nvcc says it compiles for

struct cudaFuncAttributes {
  int maxThreadsPerBlock;
};
inline cudaError_t cudaFuncGetAttributes(cudaFuncAttributes* out, const void*) {
  return out->maxThreadsPerBlock = 1024, cudaSuccess;
}

struct cudaDeviceProp {
  char name[256];
  int major, minor, multiProcessorCount, l2CacheSize;
  std::size_t totalGlobalMem, sharedMemPerBlockOptin;
};

inline const char* cudaGetErrorString(cudaError_t status) {
  return status == cudaSuccess                 ? "no error"
         : status == cudaErrorMemoryAllocation ? "out of memory"
         : status == cudaErrorNoDevice         ? "no device"
                                               : "invalid value";
}
inline cudaError_t cudaGetLastError() { return cudaSuccess; }
inline cudaError_t cudaDriverGetVersion(int* version) { return *version = 13000, cudaSuccess; }
inline cudaError_t cudaRuntimeGetVersion(int* version) { return *version = 13000, cudaSuccess; }
inline cudaError_t cudaGetDeviceCount(int* count) { return *count = 2, cudaSuccess; }
inline thread_local int cuda_on_cpu_current = 0;  // device, of the thread
inline cudaError_t cudaSetDevice(int ordinal) {
  if (ordinal < 0 || ordinal >= 2) return cudaErrorNoDevice;
  return cuda_on_cpu_current = ordinal, cudaSuccess;
}
inline cudaError_t cudaGetDevice(int* ordinal) { return *ordinal = cuda_on_cpu_current, cudaSuccess; }
inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* out, int /*ordinal*/) {
  *out = {};
  std::strcpy(out->name, "emulated on the CPU");
  out->major = 9;
  out->multiProcessorCount = 4;
  out->l2CacheSize = 1 << 20;
  out->totalGlobalMem = std::size_t{8} << 30;
  out->sharedMemPerBlockOptin = cuda_on_cpu::kSharedBytes;
  return cudaSuccess;
}
inline cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int ordinal) {
  cudaDeviceProp properties;
  const auto status = cudaGetDeviceProperties(&properties, ordinal);
  *value = attribute == cudaDevAttrMultiProcessorCount ? properties.multiProcessorCount
           : attribute == cudaDevAttrL2CacheSize
               ? properties.l2CacheSize
               : static_cast<int>(properties.sharedMemPerBlockOptin);
  return status;
}
inline cudaError_t cudaMemGetInfo(std::size_t* free, std::size_t* total) {
  return *free = *total = std::size_t{8} << 30, cudaSuccess;
}
inline cudaError_t cudaDeviceGetDefaultMemPool(cudaMemPool_t* pool, int) {
  return *pool = nullptr, cudaSuccess;
}
inline cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) {
  return cudaSuccess;
}
inline cudaError_t cudaMallocAsync(void** memory, std::size_t bytes, cudaStream_t) {
  *memory = cuda_on_cpu::allocate(bytes);
  return *memory != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}
inline cudaError_t cudaFreeAsync(void* memory, cudaStream_t) {
  return cuda_on_cpu::release(memory), cudaSuccess;
}
inline cudaError_t cudaMallocHost(void** memory, std::size_t bytes) {
  *memory = cuda_on_cpu::allocate(bytes, true);
  return *memory != nullptr ? cudaSuccess : cudaErrorMemoryAllocation;
}
inline cudaError_t cudaFreeHost(void* memory) {
  return cuda_on_cpu::release(memory), cudaSuccess;
}
inline cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind,
                                   cudaStream_t) {
  if (bytes > 0) std::memcpy(to, from, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t) {
  if (bytes > 0) std::memset(to, value, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaMemcpy2DAsync(void* to, std::size_t to_pitch, const void* from,
                                     std::size_t from_pitch, std::size_t width, std::size_t height,
                                     cudaMemcpyKind, cudaStream_t) {
  for (std::size_t row = 0; row < height; ++row) {
    std::memcpy(static_cast<char*>(to) + row * to_pitch,
                static_cast<const char*>(from) + row * from_pitch, width);
  }
  return cudaSuccess;
}
inline cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  return *stream = new cuda_on_cpu_stream{cuda_on_cpu_current}, cudaSuccess;
}
inline cudaError_t cudaStreamDestroy(cudaStream_t stream) { return delete stream, cudaSuccess; }
// What a launch gives on a stream of another device than the thread's current one.
inline cudaError_t cuda_on_cpu_check_stream(cudaStream_t stream) {
  return stream->ordinal == cuda_on_cpu_current ? cudaSuccess : cudaErrorInvalidValue;
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaStreamWaitEvent(cudaStream_t, cudaEvent_t, unsigned = 0) {
  return cudaSuccess;
}
inline cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  return *event = nullptr, cudaSuccess;
}
inline cudaError_t cudaEventDestroy(cudaEvent_t) { return cudaSuccess; }
inline cudaError_t cudaEventRecord(cudaEvent_t, cudaStream_t) { return cudaSuccess; }
inline cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaSuccess; }
inline cudaError_t cudaFuncSetAttribute(const void*, cudaFuncAttribute, int value) {
  return static_cast<std::size_t>(value) <= cuda_on_cpu::kSharedBytes ? cudaSuccess
                                                                      : cudaErrorInvalidValue;
}
