#include <cmath>
#include <string>

#include "block_sums.hpp"
#include "cuda_backend.hpp"
#include "cupel/error.hpp"
#include "solver.hpp"

// The one op that waits on the host: it must say when a matrix is not finite, which the solver may
// never return from, and when the iteration failed.
namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;
constexpr int kElementsPerBlock = 16 * kBlock;

// Counts the values that are not finite, in exact integers.
__global__ __launch_bounds__(kBlock) void count_not_finite(const double* values, std::int64_t n,
                                                           int* count) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * kBlock;
  int found = 0;
  for (std::int64_t k = static_cast<std::int64_t>(blockIdx.x) * kBlock + threadIdx.x; k < n;
       k += stride) {
    found |= std::isfinite(values[k]) ? 0 : 1;
  }
  if (__syncthreads_or(found) != 0 && threadIdx.x == 0) atomicAdd(count, 1);
}

struct Entry {
  double magnitude;
  std::int64_t at;
};
__device__ inline Entry greater(const Entry& a, const Entry& b) {
  if (a.magnitude != b.magnitude) return a.magnitude > b.magnitude ? a : b;
  return a.at < b.at ? a : b;
}

// A block per pair, which the solver has as rows in ascending order: turns the vector to point the
// agreed way and writes it as a column, in descending order.
__global__ __launch_bounds__(kBlock) void place_pairs(MatrixView<const double> rows,
                                                      const double* ascending, double* values,
                                                      MatrixView<double> vectors) {
  CUPEL_SHARED(Entry, shared, kBlock);
  const std::int64_t n = rows.cols;
  const std::int64_t k = blockIdx.x;
  const double* vector = rows.row(n - 1 - k);
  Entry entry{-1.0, n};
#pragma unroll 4
  for (std::int64_t i = threadIdx.x; i < n; i += kBlock) {
    entry = greater(entry, Entry{std::fabs(vector[i]), i});
  }
  entry = block_fold<kBlock>(entry, shared, greater);
  const double sign = vector[entry.at] < 0.0 ? -1.0 : 1.0;
  for (std::int64_t i = threadIdx.x; i < n; i += kBlock) vectors(i, k) = sign * vector[i];
  if (threadIdx.x == 0) values[k] = ascending[n - 1 - k];
}

}  // namespace

EigenPairs CudaBackend::symmetric_eigen(MatrixView<const double> matrix) {
  const std::int64_t n = matrix.rows;
  if (matrix.cols != n) throw Error(ErrorKind::kInternal, "symmetric_eigen: not a square matrix");
  EigenPairs pairs{make_device_matrix<double>(*memory_, 1, n),
                   make_device_matrix<double>(*memory_, n, n)};
  if (n == 0) return pairs;
  auto flag = make_device_buffer<int>(*memory_, 1);
  const auto flag_on_host = [&] {
    int value = 0;
    copy_out(flag.data(), &value, sizeof(int));
    return value;
  };
  CUPEL_CUDA(cudaSetDevice(stream_.ordinal()));
  CUPEL_CUDA(cudaMemsetAsync(flag.data(), 0, sizeof(int), stream_.get()));
  launch(stream_, count_not_finite, blocks_for(n * n, kElementsPerBlock), kBlock, 0, matrix.data,
         n * n, flag.data());
  if (flag_on_host() != 0) {
    throw Error(ErrorKind::kInput, "an eigenproblem holds a value that is not finite");
  }
  if (n > INT32_MAX) throw Error(ErrorKind::kInput, "a matrix has more rows than cuSOLVER takes");

  if (solver_ == nullptr) solver_ = std::make_unique<Solver>(stream_);
  auto work_matrix = make_device_matrix<double>(*memory_, n, n);  // its columns are rows here
  auto ascending = make_device_buffer<double>(*memory_, n);
  CUPEL_CUDA(cudaMemcpyAsync(work_matrix.view().data, matrix.data,
                             static_cast<std::size_t>(n * n) * sizeof(double),
                             cudaMemcpyDeviceToDevice, stream_.get()));
  const auto size = static_cast<int>(n);
  double* a = work_matrix.view().data;
  int work_size = 0;
  // The upper triangle of the solver's transposed view is the lower one of ours.
  CUPEL_CUDA(cusolverDnDsyevd_bufferSize(solver_->get(), CUSOLVER_EIG_MODE_VECTOR,
                                         CUBLAS_FILL_MODE_UPPER, size, a, size, ascending.data(),
                                         &work_size));
  auto work = make_device_buffer<double>(*memory_, work_size);
  CUPEL_CUDA(cusolverDnDsyevd(solver_->get(), CUSOLVER_EIG_MODE_VECTOR, CUBLAS_FILL_MODE_UPPER,
                              size, a, size, ascending.data(), work.data(), work_size,
                              flag.data()));
  if (const int info = flag_on_host(); info != 0) {
    throw Error(ErrorKind::kInternal,
                "cuSOLVER's syevd failed with info = " + std::to_string(info));
  }
  launch(stream_, place_pairs, static_cast<unsigned>(n), kBlock, 0,
         MatrixView<const double>(work_matrix.view()), ascending.data(), pairs.values.view().data,
         pairs.vectors.view());
  return pairs;
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
