#include "cuda_backend.hpp"
#include "cupel/error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
static Error pending(const char* op) { return {ErrorKind::kUnsupported, op}; }

ProfileRanks CudaBackend::profile_ranks(MatrixView<const double>, MatrixView<const double>, std::span<const std::int32_t>, std::span<const std::int32_t>, ProfileDistance) { throw pending("profile_ranks"); }
}  // namespace cupel::CUPEL_CUDA_NAMESPACE
