#include "linalg/symmetric_eigen.hpp"

#include <algorithm>

#include "cpu/cpu_backend.hpp"

namespace cupel {

EigenPairs CpuBackend::symmetric_eigen(MatrixView<const double> matrix) {
  auto solved = cupel::symmetric_eigen(matrix);
  auto values = make_host_matrix<double>(1, matrix.rows);
  std::ranges::copy(solved.values, values.view().data);
  return {std::move(values), std::move(solved.vectors)};
}

}  // namespace cupel
