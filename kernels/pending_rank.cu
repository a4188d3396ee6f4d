#include "cuda_backend.hpp"
#include "cupel/error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
static Error pending(const char* op) { return {ErrorKind::kUnsupported, op}; }

std::unique_ptr<RankReference> CudaBackend::make_rank_reference( CellsView, MatrixView<const double>, const Linear&, RankValues, std::span<const std::int32_t>) { throw pending("make_rank_reference"); }
RankSums CudaBackend::rank_sums(const RankReference&, CellsView, MatrixView<const double>, std::span<const std::int64_t>) { throw pending("rank_sums"); }
Matrix<double> CudaBackend::rank_sum_p_values(const RankSums&, std::span<const std::int64_t>, std::int64_t, bool) { throw pending("rank_sum_p_values"); }
Matrix<double> CudaBackend::adjust_p_values(MatrixView<const double>) { throw pending("adjust_p_values"); }
}  // namespace cupel::CUPEL_CUDA_NAMESPACE
