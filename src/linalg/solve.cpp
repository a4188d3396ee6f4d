#include "linalg/solve.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>

#include "cupel/error.hpp"
#include "linalg/one_thread.hpp"

extern "C" void dpotrf_(const char* triangle, const blasint* n, double* a, const blasint* stride,
                        blasint* info);

namespace cupel {

Matrix<double> solve_positive(MatrixView<const double> a, MatrixView<const double> b) {
  one_blas_thread();
  auto factor = make_host_matrix<double>(a.rows, a.cols);
  std::copy_n(a.data, a.size(), factor.view().data);
  auto x = make_host_matrix<double>(b.rows, b.cols);
  std::copy_n(b.data, b.size(), x.view().data);
  if (a.rows == 0 || b.cols == 0) return x;
  const auto n = static_cast<blasint>(a.rows);
  const auto cols = static_cast<blasint>(b.cols);
  blasint info = 0;
  dpotrf_("U", &n, factor.view().data, &n, &info);  // LAPACK's upper triangle is our lower one
  if (info != 0) {
    throw Error(ErrorKind::kInput,
                "a system of equations is not positive definite; a penalty above 0 makes it so");
  }
  const double* l = factor.view().data;
  cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasNoTrans, CblasNonUnit, n, cols, 1.0, l, n,
              x.view().data, cols);
  cblas_dtrsm(CblasRowMajor, CblasLeft, CblasLower, CblasTrans, CblasNonUnit, n, cols, 1.0, l, n,
              x.view().data, cols);
  return x;
}

}  // namespace cupel
