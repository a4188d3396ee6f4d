#pragma once
#include "blas.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Products of row-major matrices in double by cuBLAS, which is column-major: it is given the
// transposed problem. Zero where there is nothing to add up. Each dimension is below 2^31, else
// Error(kInput).

// out (rows × cols) = a (rows × inner) · b (inner × cols)
void multiply(const Blas& blas, const Stream& stream, MatrixView<const double> a,
              MatrixView<const double> b, double* out);
// out (rows of a × rows of b) = a · bᵀ
void multiply_transposed(const Blas& blas, const Stream& stream, MatrixView<const double> a,
                         MatrixView<const double> b, double* out);

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
