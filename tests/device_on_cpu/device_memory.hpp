#pragma once
#include <cstddef>

// The emulated device's memory: full of junk when fresh, guarded at both ends.
namespace cuda_on_cpu {

// Null when there is none left, or when `fail_allocations_above` forbids so many bytes. `clean`
// memory is left as the system gives it, which takes no time; the host's is.
[[nodiscard]] void* allocate(std::size_t bytes, bool clean = false);
// Ends the program with a message when a byte beside the array was written.
void release(void* memory);
// Lets a test see what happens when the device is full.
void fail_allocations_above(std::size_t bytes);

}  // namespace cuda_on_cpu
