#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "cupel/matrix.hpp"
#include "device_error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// A stream of its own on one device; work given to it runs in order.
class Stream {
 public:
  explicit Stream(int ordinal);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  [[nodiscard]] cudaStream_t get() const noexcept { return stream_; }
  [[nodiscard]] int ordinal() const noexcept { return ordinal_; }
  void wait() const;  // blocks the host

 private:
  int ordinal_;
  cudaStream_t stream_ = nullptr;
};

// Memory of one device, handed out and taken back in the order of one stream, up to a limit.
// Arrays keep their memory's owner alive, so they may outlive the backend that made them.
class DeviceMemory : public std::enable_shared_from_this<DeviceMemory> {
 public:
  DeviceMemory(int ordinal, std::int64_t limit_bytes);

  [[nodiscard]] const Stream& stream() const noexcept { return stream_; }
  [[nodiscard]] std::int64_t limit() const noexcept { return limit_; }
  [[nodiscard]] std::int64_t in_use() const noexcept { return in_use_; }
  [[nodiscard]] std::int64_t peak() const noexcept { return peak_; }

  // Uninitialised, aligned to 256 bytes. Throws Error(kOutOfMemory) naming the bytes.
  [[nodiscard]] void* allocate(std::int64_t bytes);
  // Of whatever DeviceMemory gave it.
  static void free(void* memory) noexcept;

 private:
  Stream stream_;
  std::int64_t limit_;
  std::int64_t in_use_ = 0;
  std::int64_t peak_ = 0;
};

// Uninitialised.
template <typename T>
[[nodiscard]] Buffer<T> make_device_buffer(DeviceMemory& memory, std::int64_t size) {
  auto* data = static_cast<T*>(memory.allocate(size * static_cast<std::int64_t>(sizeof(T))));
  return {{data, [](T* p) { DeviceMemory::free(p); }}, size, Space::kDevice};
}

template <typename T>
[[nodiscard]] Matrix<T> make_device_matrix(DeviceMemory& memory, std::int64_t rows,
                                           std::int64_t cols) {
  return {make_device_buffer<T>(memory, rows * cols), rows, cols};
}

// Host memory that the device copies from and to at full speed, and without the host's waiting.
class PinnedBuffer {
 public:
  explicit PinnedBuffer(std::int64_t bytes);
  ~PinnedBuffer();
  PinnedBuffer(const PinnedBuffer&) = delete;
  PinnedBuffer& operator=(const PinnedBuffer&) = delete;
  [[nodiscard]] std::byte* data() const noexcept { return data_; }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::int64_t size_;
};

// Marks a point in a stream's work.
class Event {
 public:
  Event();
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  void record(const Stream& stream);
  void wait() const;  // blocks the host; at once when never recorded

 private:
  cudaEvent_t event_ = nullptr;
};

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
