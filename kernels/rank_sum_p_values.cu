#include "cuda_backend.hpp"
#include "cupel/math/ranks.hpp"
#include "launch.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

// A thread per element, blocks striding over all.
__global__ void each_p_value(MatrixView<const std::int64_t> two_u, MatrixView<const double> ties,
                             const std::int64_t* group_start, std::int64_t n_control,
                             bool continuity, MatrixView<double> out) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
       i < out.size(); i += stride) {
    const std::int64_t group = i / out.cols;
    out.data[i] =
        math::rank_sum_p_value(two_u.data[i], ties.data[i],
                               group_start[group + 1] - group_start[group], n_control, continuity);
  }
}

}  // namespace

Matrix<double> CudaBackend::rank_sum_p_values(const RankSums& sums,
                                              std::span<const std::int64_t> group_start,
                                              std::int64_t n_control, bool continuity) {
  auto p = make_device_matrix<double>(*memory_, sums.two_u.rows(), sums.two_u.cols());
  const auto starts = to_device(group_start);
  launch(stream_, each_p_value, blocks_for(p.view().size(), kBlock), kBlock, 0, sums.two_u.view(),
         sums.ties.view(), starts.data(), n_control, continuity, p.view());
  return p;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
