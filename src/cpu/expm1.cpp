#include <cmath>

#include "cpu/cpu_backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kElementsPerChunk = 1 << 14;

}  // namespace

Matrix<double> CpuBackend::expm1(MatrixView<const double> a) {
  auto result = make_host_matrix<double>(a.rows, a.cols);
  double* out = result.view().data;
  for_each_chunk(a.size(), kElementsPerChunk, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) out[i] = std::expm1(a.data[i]);
  });
  return result;
}

}  // namespace cupel
