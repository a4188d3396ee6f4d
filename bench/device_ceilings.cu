// What a GPU can do at best, measured on it, as one line of JSON: what scripts/gpu-bench holds the
// ops against. Copies count bytes read and bytes written; medians after a warm-up.
#include <cublas_v2.h>
#include <cuda_runtime.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <vector>

namespace {

constexpr int kRepeats = 7;
constexpr std::size_t kCopyBytes = std::size_t{2} << 30;
constexpr std::size_t kHostBytes = std::size_t{256} << 20;
constexpr int kMatrix = 8192;
constexpr int kAddBlocks = 132 * 16;
constexpr int kAddThreads = 256;
constexpr int kAddRounds = 4096;
constexpr int kChains = 8;  // independent sums per thread

void check(cudaError_t status, const char* what) {
  if (status == cudaSuccess) return;
  std::fprintf(stderr, "%s: %s\n", what, cudaGetErrorString(status));
  std::exit(5);
}
#define CHECK(call) check((call), #call)

void check_blas(cublasStatus_t status) {
  if (status == CUBLAS_STATUS_SUCCESS) return;
  std::fprintf(stderr, "cuBLAS: %s\n", cublasGetStatusString(status));
  std::exit(5);
}

// Median seconds of `work` on `stream`.
double seconds_of(cudaStream_t stream, const std::function<void()>& work) {
  cudaEvent_t begin = nullptr;
  cudaEvent_t end = nullptr;
  CHECK(cudaEventCreate(&begin));
  CHECK(cudaEventCreate(&end));
  std::vector<float> milliseconds;
  for (int i = 0; i <= kRepeats; ++i) {
    CHECK(cudaEventRecord(begin, stream));
    work();
    CHECK(cudaEventRecord(end, stream));
    CHECK(cudaEventSynchronize(end));
    float elapsed = 0.0F;
    CHECK(cudaEventElapsedTime(&elapsed, begin, end));
    if (i > 0) milliseconds.push_back(elapsed);  // the first one warms up
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  return milliseconds[milliseconds.size() / 2] * 1e-3;
}

// Chains of additions, long enough that nothing but their issue counts.
template <typename T>
__global__ void add_up(T step, T* out) {
  T sum[kChains];
  for (int k = 0; k < kChains; ++k) sum[k] = static_cast<T>(threadIdx.x + k);
  for (int i = 0; i < kAddRounds; ++i) {
#pragma unroll
    for (int k = 0; k < kChains; ++k) sum[k] += step;
  }
  T all = 0;
  for (int k = 0; k < kChains; ++k) all += sum[k];
  out[blockIdx.x * blockDim.x + threadIdx.x] = all;
}

template <typename T>
double adds_per_second(cudaStream_t stream) {
  T* out = nullptr;
  CHECK(cudaMalloc(&out, sizeof(T) * kAddBlocks * kAddThreads));
  const double seconds = seconds_of(stream, [&] {
    add_up<T><<<kAddBlocks, kAddThreads, 0, stream>>>(static_cast<T>(1.0009765625), out);
    CHECK(cudaGetLastError());
  });
  CHECK(cudaFree(out));
  return double{kAddBlocks} * kAddThreads * kAddRounds * kChains / seconds;
}

}  // namespace

int main() {
  cudaStream_t stream = nullptr;
  cudaDeviceProp properties{};
  CHECK(cudaGetDeviceProperties(&properties, 0));
  CHECK(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));

  std::size_t free = 0;
  std::size_t total = 0;
  CHECK(cudaMemGetInfo(&free, &total));
  const std::size_t bytes = std::min(kCopyBytes, free / 4);
  char* from = nullptr;
  char* to = nullptr;
  char* host = nullptr;
  CHECK(cudaMalloc(&from, bytes));
  CHECK(cudaMalloc(&to, bytes));
  CHECK(cudaMallocHost(&host, kHostBytes));
  CHECK(cudaMemsetAsync(from, 1, bytes, stream));
  const double copy = 2.0 * static_cast<double>(bytes) / seconds_of(stream, [&] {
                        CHECK(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream));
                      });
  const std::size_t across = std::min(kHostBytes, bytes);
  const double in = static_cast<double>(across) / seconds_of(stream, [&] {
                      CHECK(cudaMemcpyAsync(to, host, across, cudaMemcpyHostToDevice, stream));
                    });
  const double out = static_cast<double>(across) / seconds_of(stream, [&] {
                       CHECK(cudaMemcpyAsync(host, from, across, cudaMemcpyDeviceToHost, stream));
                     });
  CHECK(cudaFree(from));
  CHECK(cudaFree(to));
  CHECK(cudaFreeHost(host));

  // Random enough: products of zeros run faster than those of data.
  std::vector<double> values(std::size_t{kMatrix} * kMatrix);
  unsigned long long state = 1;
  for (double& value : values) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    value = static_cast<double>(state >> 11) * 0x1p-53 - 0.5;
  }
  double* a = nullptr;
  double* c = nullptr;
  CHECK(cudaMalloc(&a, values.size() * sizeof(double)));
  CHECK(cudaMalloc(&c, values.size() * sizeof(double)));
  CHECK(cudaMemcpy(a, values.data(), values.size() * sizeof(double), cudaMemcpyHostToDevice));
  cublasHandle_t blas = nullptr;
  check_blas(cublasCreate(&blas));
  check_blas(cublasSetStream(blas, stream));
  const double one = 1.0;
  const double zero = 0.0;
  const double product =
      2.0 * kMatrix * kMatrix * kMatrix / seconds_of(stream, [&] {
        check_blas(cublasDgemm(blas, CUBLAS_OP_T, CUBLAS_OP_N, kMatrix, kMatrix, kMatrix, &one, a,
                               kMatrix, a, kMatrix, &zero, c, kMatrix));
      });
  check_blas(cublasDestroy(blas));
  CHECK(cudaFree(a));
  CHECK(cudaFree(c));

  std::printf(
      "{\"device\": \"%s\", \"copy_bytes\": %.4g, \"host_to_device_bytes\": %.4g, "
      "\"device_to_host_bytes\": %.4g, \"dgemm_operations\": %.4g, \"f64_adds\": %.4g, "
      "\"f32_adds\": %.4g}\n",
      properties.name, copy, in, out, product, adds_per_second<double>(stream),
      adds_per_second<float>(stream));
  CHECK(cudaStreamDestroy(stream));
}
