#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace cupel {

// Where memory lives.
enum class Space : std::uint8_t { kHost, kDevice };

// Uninitialised, move-only array whose deleter knows where the memory lives.
template <typename T>
class Buffer {
 public:
  using Storage = std::unique_ptr<T[], void (*)(T*)>;

  Buffer() = default;
  Buffer(Storage storage, std::int64_t size, Space space)
      : storage_(std::move(storage)), size_(size), space_(space) {}

  [[nodiscard]] T* data() noexcept { return storage_.get(); }
  [[nodiscard]] const T* data() const noexcept { return storage_.get(); }
  [[nodiscard]] std::int64_t size() const noexcept { return size_; }
  [[nodiscard]] Space space() const noexcept { return space_; }

 private:
  Storage storage_{nullptr, [](T*) {}};
  std::int64_t size_ = 0;
  Space space_ = Space::kHost;
};

// Host memory, backed by huge pages where the system offers them and the array is large.
// Throws Error(kOutOfMemory) naming the bytes.
[[nodiscard]] void* allocate_host(std::size_t bytes);
void free_host(void* memory) noexcept;

template <typename T>
[[nodiscard]] Buffer<T> make_host_buffer(std::int64_t size) {
  auto* memory = static_cast<T*>(allocate_host(static_cast<std::size_t>(size) * sizeof(T)));
  return {{memory, [](T* p) { free_host(p); }}, size, Space::kHost};
}

}  // namespace cupel
