#include "device_memory.hpp"

#include <mutex>
#include <string>
#include <unordered_map>

#include "cupel/error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

struct Owned {
  std::shared_ptr<DeviceMemory> owner;
  std::int64_t bytes;
};

std::mutex lock;

// Whose memory each array is: a Buffer's deleter is a plain function and knows the pointer alone.
std::unordered_map<void*, Owned>& owners() {
  static auto* map = new std::unordered_map<void*, Owned>;  // outlives every static array
  return *map;
}

}  // namespace

Stream::Stream(int ordinal) : ordinal_(ordinal) {
  CUPEL_CUDA(cudaSetDevice(ordinal));
  CUPEL_CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking));
}
Stream::~Stream() { cudaStreamDestroy(stream_); }
void Stream::wait() const { CUPEL_CUDA(cudaStreamSynchronize(stream_)); }

DeviceMemory::DeviceMemory(int ordinal, std::int64_t limit_bytes)
    : stream_(ordinal), limit_(limit_bytes) {
  // Freed memory stays with the process: the next batch asks for the same again.
  cudaMemPool_t pool = nullptr;
  CUPEL_CUDA(cudaDeviceGetDefaultMemPool(&pool, ordinal));
  std::uint64_t keep = UINT64_MAX;
  CUPEL_CUDA(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &keep));
}

void* DeviceMemory::allocate(std::int64_t bytes) {
  const std::lock_guard guard(lock);
  void* memory = nullptr;
  const std::int64_t size = bytes > 0 ? bytes : 1;
  auto status = cudaErrorMemoryAllocation;
  // Every op begins here, so libraries that ask for the current device find the op's.
  CUPEL_CUDA(cudaSetDevice(stream_.ordinal()));
  if (in_use_ + size <= limit_) {
    status = cudaMallocAsync(&memory, static_cast<std::size_t>(size), stream_.get());
  }
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    throw Error(ErrorKind::kOutOfMemory,
                "the GPU cannot give " + std::to_string(bytes) + " bytes: " +
                    std::to_string(in_use_) + " of " + std::to_string(limit_) +
                    " are in use; raise --gpu-memory or score with --device cpu");
  }
  CUPEL_CUDA(status);
  in_use_ += size;
  peak_ = peak_ > in_use_ ? peak_ : in_use_;
  owners().emplace(memory, Owned{shared_from_this(), size});
  return memory;
}

void DeviceMemory::free(void* memory) noexcept {
  if (memory == nullptr) return;
  std::shared_ptr<DeviceMemory> last;  // let go after the lock: it may be the owner's end
  const std::lock_guard guard(lock);
  const auto found = owners().find(memory);
  if (found == owners().end()) return;
  last = std::move(found->second.owner);
  last->in_use_ -= found->second.bytes;
  owners().erase(found);
  cudaFreeAsync(memory, last->stream_.get());
}

PinnedBuffer::PinnedBuffer(std::int64_t bytes) : size_(bytes) {
  void* memory = nullptr;
  CUPEL_CUDA(cudaMallocHost(&memory, static_cast<std::size_t>(bytes)));
  data_ = static_cast<std::byte*>(memory);
}
PinnedBuffer::~PinnedBuffer() { cudaFreeHost(data_); }

Event::Event() { CUPEL_CUDA(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
Event::~Event() { cudaEventDestroy(event_); }
void Event::record(const Stream& stream) { CUPEL_CUDA(cudaEventRecord(event_, stream.get())); }
void Event::wait() const { CUPEL_CUDA(cudaEventSynchronize(event_)); }

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
