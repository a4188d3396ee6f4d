#include "linalg/solve.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "cupel/error.hpp"
#include "linalg/one_thread.hpp"

extern "C" void dpotrf_(const char* triangle, const blasint* n, double* a, const blasint* stride,
                        blasint* info);

namespace cupel {
namespace {

// The Cholesky factor in the lower triangle; whether there is one.
bool factorise(MatrixView<double> a) {
  const auto n = static_cast<blasint>(a.rows);
  blasint info = 0;
  dpotrf_("U", &n, a.data, &n, &info);  // LAPACK's upper triangle is our lower one
  return info == 0;
}

// x := (l lᵀ)⁻¹ x
void solve_factorised(MatrixView<const double> l, MatrixView<double> x) {
  const auto n = static_cast<blasint>(l.rows);
  const auto cols = static_cast<blasint>(x.cols);
  cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, cols, 1.0,
              l.data, n, x.data, cols);
  cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, cols, 1.0, l.data,
              n, x.data, cols);
}

}  // namespace

Matrix<double> solve_positive(MatrixView<const double> a, MatrixView<const double> b) {
  one_blas_thread();
  auto factor = make_host_matrix<double>(a.rows, a.cols);
  std::copy_n(a.data, a.size(), factor.view().data);
  auto x = make_host_matrix<double>(b.rows, b.cols);
  std::copy_n(b.data, b.size(), x.view().data);
  if (a.rows == 0 || b.cols == 0) return x;
  if (!factorise(factor.view())) {
    throw Error(ErrorKind::kInput,
                "a system of equations is not positive definite; a penalty above 0 makes it so");
  }
  solve_factorised(factor.view(), x.view());
  return x;
}

std::optional<Matrix<double>> invert_positive(MatrixView<const double> a, double least) {
  one_blas_thread();
  auto factor = make_host_matrix<double>(a.rows, a.cols);
  std::copy_n(a.data, a.size(), factor.view().data);
  auto x = make_host_matrix<double>(a.rows, a.cols);
  if (a.rows == 0) return x;
  if (!factorise(factor.view())) return std::nullopt;
  std::fill_n(x.view().data, x.view().size(), 0.0);
  for (std::int64_t i = 0; i < a.rows; ++i) {
    const double root = factor.view()(i, i);
    if (!(root * root > least)) return std::nullopt;
    x.view()(i, i) = 1.0;
  }
  solve_factorised(factor.view(), x.view());
  return x;
}

}  // namespace cupel
