#include <algorithm>
#include <span>

#include "cpu/cpu_backend.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

// On all threads: much of the time goes to pages that are touched for the first time.
template <typename T>
void copy(MatrixView<const T> from, std::span<T> to) {
  constexpr std::int64_t kGrain = std::int64_t{1} << 18;
  for_each_chunk(from.size(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    std::copy_n(from.data + begin, end - begin, to.data() + begin);
  });
}

template <typename T>
Matrix<T> copy_of_matrix(MatrixView<const T> host) {
  auto out = make_host_matrix<T>(host.rows, host.cols);
  copy(host, std::span(out.view().data, static_cast<std::size_t>(host.size())));
  return out;
}

}  // namespace

Cells CpuBackend::upload(Cells&& host) { return std::move(host); }

Matrix<double> CpuBackend::upload(MatrixView<const double> host) { return copy_of_matrix(host); }
Matrix<std::uint64_t> CpuBackend::upload(MatrixView<const std::uint64_t> host) {
  return copy_of_matrix(host);
}

void CpuBackend::download(MatrixView<const double> from, std::span<double> to) { copy(from, to); }
void CpuBackend::download(MatrixView<const std::int32_t> from, std::span<std::int32_t> to) {
  copy(from, to);
}
void CpuBackend::download(MatrixView<const std::int64_t> from, std::span<std::int64_t> to) {
  copy(from, to);
}
void CpuBackend::download(MatrixView<const std::uint64_t> from, std::span<std::uint64_t> to) {
  copy(from, to);
}

}  // namespace cupel
