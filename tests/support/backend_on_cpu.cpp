// Sees the kernels' interface under its other name, which no other file may: see the macro there.
#define CUPEL_CUDA_NAMESPACE cuda_on_cpu
#include "make_cuda_backend.hpp"
#include "support/backend_test.hpp"

namespace cupel::test {

std::unique_ptr<Backend> make_backend_on_cpu() { return cuda_on_cpu::make_backend(0, 0); }

}  // namespace cupel::test
