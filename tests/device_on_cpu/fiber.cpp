#include "device_on_cpu/fiber.hpp"

#include <cstdint>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

namespace cuda_on_cpu {
namespace {

constexpr std::size_t kStackBytes = std::size_t{128} << 10;

}  // namespace

#if defined(__x86_64__)

// Saves what a call must keep on the old stack and takes it from the new one: a few nanoseconds,
// where swapcontext makes a system call.
extern "C" void cuda_on_cpu_switch(void** old_stack, void* new_stack);
asm(R"(
.text
.type cuda_on_cpu_switch, @function
.globl cuda_on_cpu_switch
cuda_on_cpu_switch:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size cuda_on_cpu_switch, .-cuda_on_cpu_switch
)");

struct Context {
  void* stack = nullptr;
  void start(unsigned char* memory, void (*body)()) {
    const auto top = reinterpret_cast<std::uintptr_t>(memory + kStackBytes) & ~std::uintptr_t{15};
    auto* words = reinterpret_cast<std::uintptr_t*>(top);
    words[-1] = 0;  // nothing to return to
    words[-2] = reinterpret_cast<std::uintptr_t>(body);
    for (int i = 3; i <= 8; ++i) words[-i] = 0;
    stack = words - 8;
  }
  static void change(Context& from, Context& to) { cuda_on_cpu_switch(&from.stack, to.stack); }
};

#else

struct Context {
  ucontext_t state{};
  void start(unsigned char* memory, void (*body)()) {
    getcontext(&state);
    state.uc_stack = {.ss_sp = memory, .ss_flags = 0, .ss_size = kStackBytes};
    state.uc_link = nullptr;
    makecontext(&state, body, 0);
  }
  static void change(Context& from, Context& to) { swapcontext(&from.state, &to.state); }
};

#endif

struct Fiber::Impl {
  Context inside;
  Context outside;
  std::unique_ptr<unsigned char[]> memory{new unsigned char[kStackBytes]};
  void (*body)() = nullptr;
  void* fake_stack_inside = nullptr;  // of the address sanitizer
  void* fake_stack_outside = nullptr;
  const void* outer_bottom = nullptr;
  std::size_t outer_size = 0;
};

namespace {

// Of the fiber that runs now.
struct Now {
  void* impl = nullptr;
};
Now now;

}  // namespace

Fiber::Fiber() : impl_(std::make_unique<Impl>()) {}
Fiber::~Fiber() = default;

void Fiber::start(void (*body)()) {
  impl_->body = body;
  impl_->fake_stack_inside = nullptr;
  impl_->inside.start(impl_->memory.get(), [] {
    auto* self = static_cast<Impl*>(now.impl);
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_finish_switch_fiber(nullptr, &self->outer_bottom, &self->outer_size);
#endif
    self->body();
  });
}

void Fiber::enter() {
  now.impl = impl_.get();
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&impl_->fake_stack_outside, impl_->memory.get(), kStackBytes);
#endif
  Context::change(impl_->outside, impl_->inside);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(impl_->fake_stack_outside, nullptr, nullptr);
#endif
  now.impl = nullptr;
}

void Fiber::leave() {
  auto* self = static_cast<Impl*>(now.impl);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&self->fake_stack_inside, self->outer_bottom, self->outer_size);
#endif
  Context::change(self->inside, self->outside);
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(self->fake_stack_inside, &self->outer_bottom, &self->outer_size);
#endif
}

}  // namespace cuda_on_cpu
