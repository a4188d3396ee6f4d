// Sees the kernels' interface under its other name, which no other file may: see the macro there.
#define CUPEL_CUDA_NAMESPACE cuda_on_cpu
#include <cstdlib>
#include <string_view>

#include "device_on_cpu/block.hpp"
#include "make_cuda_backend.hpp"
#include "support/backend_test.hpp"

namespace cupel::test {

// CUPEL_THREAD_ORDER: forward (the default), reversed or shuffled.
std::unique_ptr<Backend> make_backend_on_cpu(std::int64_t memory_limit) {
  const char* said = std::getenv("CUPEL_THREAD_ORDER");
  const std::string_view order = said == nullptr ? "forward" : said;
  ::cuda_on_cpu::set_order(order == "reversed"   ? ::cuda_on_cpu::Order::kReversed
                           : order == "shuffled" ? ::cuda_on_cpu::Order::kShuffled
                                                 : ::cuda_on_cpu::Order::kForward);
  return cuda_on_cpu::make_backend(0, memory_limit);
}

}  // namespace cupel::test
