#include <algorithm>
#include <cstring>

#include "cpu/cpu_backend.hpp"

namespace cupel {
namespace {

template <typename T>
void copy(MatrixView<const T> from, std::span<T> to) {
  std::copy_n(from.data, from.size(), to.data());
}

}  // namespace

Cells CpuBackend::upload(Cells&& host) { return std::move(host); }

Matrix<double> CpuBackend::upload(MatrixView<const double> host) {
  auto out = make_host_matrix<double>(host.rows, host.cols);
  std::copy_n(host.data, host.size(), out.view().data);
  return out;
}

void CpuBackend::download(MatrixView<const double> from, std::span<double> to) { copy(from, to); }
void CpuBackend::download(MatrixView<const std::int32_t> from, std::span<std::int32_t> to) {
  copy(from, to);
}
void CpuBackend::download(MatrixView<const std::int64_t> from, std::span<std::int64_t> to) {
  copy(from, to);
}

}  // namespace cupel
