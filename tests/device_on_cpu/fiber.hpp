#pragma once
#include <cstddef>
#include <memory>

namespace cuda_on_cpu {

// A function on a stack of its own, left and entered again at will. One at a time.
class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;

  // Begins anew with `body` at the next enter; `body` must not return, but leave for good.
  void start(void (*body)());
  // Goes on where the fiber left; returns when it leaves.
  void enter();
  // Called within a fiber: back to who entered it.
  static void leave();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cuda_on_cpu
