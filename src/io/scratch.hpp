#pragma once
#include <libdeflate.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "cupel/buffer.hpp"

namespace cupel::io {

// Bytes that only ever grow, so that a thread decoding chunk after chunk allocates once.
class GrowBuffer {
 public:
  // At least `size` bytes; what was there is lost when it grows.
  std::byte* at_least(std::int64_t size) {
    if (size > buffer_.size()) buffer_ = make_host_buffer<std::byte>(std::max(size, size * 5 / 4));
    return buffer_.data();
  }

 private:
  Buffer<std::byte> buffer_;
};

// What one thread needs to decode one piece of a dataset.
struct Scratch {
  GrowBuffer stored;      // as fetched
  GrowBuffer decoded[2];  // filters write from one to the other
  GrowBuffer extra;       // for whoever called
  std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> inflater{
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor};
};

// Lends scratch to tasks: as many as run at once come to exist.
class ScratchPool {
 public:
  class Lease {
   public:
    explicit Lease(ScratchPool& pool) : pool_(pool), scratch_(pool.take()) {}
    ~Lease() { pool_.give_back(std::move(scratch_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    Scratch& operator*() const { return *scratch_; }

   private:
    ScratchPool& pool_;
    std::unique_ptr<Scratch> scratch_;
  };

 private:
  std::unique_ptr<Scratch> take() {
    const std::lock_guard guard(mutex_);
    if (idle_.empty()) return std::make_unique<Scratch>();
    auto scratch = std::move(idle_.back());
    idle_.pop_back();
    return scratch;
  }
  void give_back(std::unique_ptr<Scratch> scratch) {
    const std::lock_guard guard(mutex_);
    idle_.push_back(std::move(scratch));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<Scratch>> idle_;
};

}  // namespace cupel::io
