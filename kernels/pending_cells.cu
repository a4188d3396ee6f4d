#include "cuda_backend.hpp"
#include "cupel/error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
static Error pending(const char* op) { return {ErrorKind::kUnsupported, op}; }

Matrix<double> CudaBackend::row_totals(CellsView, InputType) { throw pending("row_totals"); }
GroupMoments CudaBackend::group_moments(CellsView, MatrixView<const double>, std::span<const std::int64_t>, const Linear&, const MomentRequest&) { throw pending("group_moments"); }
Matrix<double> CudaBackend::jackknife(CellsView, MatrixView<const double>, std::span<const std::int64_t>, MatrixView<const double>, double) { throw pending("jackknife"); }
}  // namespace cupel::CUPEL_CUDA_NAMESPACE
