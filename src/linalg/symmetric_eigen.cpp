#include "linalg/symmetric_eigen.hpp"

#include <cblas.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "cupel/error.hpp"
#include "linalg/one_thread.hpp"

extern "C" void dsyevd_(const char* job, const char* triangle, const blasint* n, double* a,
                        const blasint* stride, double* values, double* work,
                        const blasint* work_size, blasint* int_work, const blasint* int_work_size,
                        blasint* info);

namespace cupel {
namespace {

// Whether LAPACK's row of a vector must be turned to point the agreed way.
bool points_down(const double* vector, std::int64_t n) {
  std::int64_t greatest = 0;
  for (std::int64_t i = 1; i < n; ++i) {
    if (std::abs(vector[i]) > std::abs(vector[greatest])) greatest = i;
  }
  return n > 0 && vector[greatest] < 0.0;
}

}  // namespace

SymmetricEigen symmetric_eigen(MatrixView<const double> matrix) {
  one_blas_thread();
  const std::int64_t n = matrix.rows;
  for (std::int64_t i = 0; i < matrix.size(); ++i) {
    if (!std::isfinite(matrix.data[i])) {
      throw Error(ErrorKind::kInput, "an eigenproblem holds a value that is not finite");
    }
  }
  SymmetricEigen result;
  result.values.resize(static_cast<std::size_t>(n));
  result.vectors = make_host_matrix<double>(n, n);
  if (n == 0) return result;

  auto work_matrix = make_host_matrix<double>(n, n);  // LAPACK's columns are rows here
  std::copy_n(matrix.data, matrix.size(), work_matrix.view().data);
  const auto size = static_cast<blasint>(n);
  blasint info = 0;
  const auto solve = [&](double* work, blasint work_size, blasint* int_work, blasint int_size) {
    // The upper triangle of LAPACK's transposed view is the lower one of ours.
    dsyevd_("V", "U", &size, work_matrix.view().data, &size, result.values.data(), work, &work_size,
            int_work, &int_size, &info);
  };
  double wanted = 0.0;
  blasint int_wanted = 0;
  solve(&wanted, -1, &int_wanted, -1);
  std::vector<double> work(static_cast<std::size_t>(wanted));
  std::vector<blasint> int_work(static_cast<std::size_t>(int_wanted));
  solve(work.data(), static_cast<blasint>(work.size()), int_work.data(),
        static_cast<blasint>(int_work.size()));
  if (info != 0) {
    throw Error(ErrorKind::kInternal, fmt::format("dsyevd failed with info = {}", info));
  }

  std::ranges::reverse(result.values);
  const auto vectors = result.vectors.view();
  for (std::int64_t k = 0; k < n; ++k) {
    const double* vector = work_matrix.view().row(n - 1 - k);
    const double sign = points_down(vector, n) ? -1.0 : 1.0;
    for (std::int64_t i = 0; i < n; ++i) vectors(i, k) = sign * vector[i];
  }
  return result;
}

SymmetricEigen first_pairs(SymmetricEigen eigen, std::int64_t k) {
  if (k >= eigen.vectors.cols()) return eigen;
  auto vectors = make_host_matrix<double>(eigen.vectors.rows(), k);
  for (std::int64_t row = 0; row < vectors.rows(); ++row) {
    std::copy_n(eigen.vectors.view().row(row), k, vectors.view().row(row));
  }
  eigen.vectors = std::move(vectors);
  eigen.values.resize(static_cast<std::size_t>(k));
  return eigen;
}

SymmetricEigen leading_part(SymmetricEigen eigen, double relative) {
  const double greatest = eigen.values.empty() ? 0.0 : eigen.values.front();
  const auto kept = std::ranges::count_if(
      eigen.values, [&](double value) { return value > relative * greatest && value > 0.0; });
  return first_pairs(std::move(eigen), kept);
}

}  // namespace cupel
