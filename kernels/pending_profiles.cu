#include "cuda_backend.hpp"
#include "cupel/error.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
static Error pending(const char* op) { return {ErrorKind::kUnsupported, op}; }

Matrix<double> CudaBackend::bulk_lognorm(MatrixView<const double>, double) { throw pending("bulk_lognorm"); }
Matrix<double> CudaBackend::subtract_row(MatrixView<const double>, MatrixView<const double>) { throw pending("subtract_row"); }
Matrix<double> CudaBackend::select(MatrixView<const double>, std::span<const std::int32_t>, std::span<const std::int32_t>) { throw pending("select"); }
Matrix<double> CudaBackend::log2_fold_change(MatrixView<const double>, MatrixView<const double>, double, double) { throw pending("log2_fold_change"); }
Matrix<double> CudaBackend::row_differences(MatrixView<const double>, MatrixView<const double>) { throw pending("row_differences"); }
Matrix<double> CudaBackend::row_pearson(MatrixView<const double>, MatrixView<const double>) { throw pending("row_pearson"); }
Matrix<double> CudaBackend::row_expm1_sums(MatrixView<const double>) { throw pending("row_expm1_sums"); }
Matrix<double> CudaBackend::row_squared_norms(MatrixView<const double>) { throw pending("row_squared_norms"); }
Matrix<double> CudaBackend::expm1(MatrixView<const double>) { throw pending("expm1"); }
Matrix<double> CudaBackend::weighted_column_scatter( MatrixView<const double>, std::span<const double>, std::span<const std::int32_t>) { throw pending("weighted_column_scatter"); }
ProfileRanks CudaBackend::profile_ranks(MatrixView<const double>, MatrixView<const double>, std::span<const std::int32_t>, std::span<const std::int32_t>, ProfileDistance) { throw pending("profile_ranks"); }
}  // namespace cupel::CUPEL_CUDA_NAMESPACE
