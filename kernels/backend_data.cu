#include <algorithm>
#include <cstring>
#include <thread>
#include <vector>

#include "cuda_backend.hpp"
#include "staging.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr std::size_t kCopyThreads = 4;
constexpr std::size_t kLeastShare = std::size_t{4} << 20;  // worth a thread

// Between arrays of the host. One thread copies slower than a device takes what it copies.
void copy_on_threads(std::byte* to, const std::byte* from, std::size_t bytes) {
  const std::size_t threads = std::clamp(bytes / kLeastShare, std::size_t{1}, kCopyThreads);
  const std::size_t share = bytes / threads;
  std::vector<std::jthread> others;
  for (std::size_t k = 1; k < threads; ++k) {
    const std::size_t end = k + 1 == threads ? bytes : (k + 1) * share;
    others.emplace_back([=] { std::memcpy(to + k * share, from + k * share, end - k * share); });
  }
  if (share > 0) std::memcpy(to, from, share);
}

}  // namespace

void CudaBackend::copy_in(const void* host, void* device, std::int64_t bytes) {
  CUPEL_CUDA(cudaSetDevice(stream_.ordinal()));
  for (std::int64_t at = 0; at < bytes; at += Staging::kPieceBytes) {
    const auto size = static_cast<std::size_t>(std::min(bytes - at, Staging::kPieceBytes));
    auto& piece = staging_->pieces[static_cast<std::size_t>(staging_->next)];
    staging_->next = (staging_->next + 1) % Staging::kPieces;
    piece.done.wait();
    copy_on_threads(piece.memory.data(), static_cast<const std::byte*>(host) + at, size);
    CUPEL_CUDA(cudaMemcpyAsync(static_cast<std::byte*>(device) + at, piece.memory.data(), size,
                               cudaMemcpyHostToDevice, stream_.get()));
    piece.done.record(stream_);
  }
}

void CudaBackend::copy_out(const void* device, void* host, std::int64_t bytes) {
  CUPEL_CUDA(cudaSetDevice(stream_.ordinal()));
  constexpr auto kPieces = static_cast<std::int64_t>(Staging::kPieces);
  const std::int64_t n = (bytes + Staging::kPieceBytes - 1) / Staging::kPieceBytes;
  const auto size_of = [&](std::int64_t k) {
    return static_cast<std::size_t>(
        std::min(bytes - k * Staging::kPieceBytes, Staging::kPieceBytes));
  };
  const auto start = [&](std::int64_t k) {
    auto& piece = staging_->pieces[static_cast<std::size_t>(k % kPieces)];
    piece.done.wait();
    CUPEL_CUDA(cudaMemcpyAsync(piece.memory.data(),
                               static_cast<const std::byte*>(device) + k * Staging::kPieceBytes,
                               size_of(k), cudaMemcpyDeviceToHost, stream_.get()));
    piece.done.record(stream_);
  };
  for (std::int64_t k = 0; k < std::min(n, kPieces); ++k) start(k);
  for (std::int64_t k = 0; k < n; ++k) {
    auto& piece = staging_->pieces[static_cast<std::size_t>(k % kPieces)];
    piece.done.wait();
    copy_on_threads(static_cast<std::byte*>(host) + k * Staging::kPieceBytes, piece.memory.data(),
                    size_of(k));
    if (k + kPieces < n) start(k + kPieces);
  }
}

Cells CudaBackend::upload(Cells&& host) {
  const auto move = [&]<typename T>(const Buffer<T>& from) {
    auto to = make_device_buffer<T>(*memory_, from.size());
    copy_in(from.data(), to.data(), from.size() * static_cast<std::int64_t>(sizeof(T)));
    return to;
  };
  Cells cells;
  cells.genes = move(host.genes);
  cells.values = move(host.values);
  cells.row_begin = move(host.row_begin);
  cells.row_length = move(host.row_length);
  cells.n_genes = host.n_genes;
  cells.gene_type = host.gene_type;
  cells.value_type = host.value_type;
  return cells;
}

Matrix<double> CudaBackend::upload(MatrixView<const double> host) {
  auto matrix = make_device_matrix<double>(*memory_, host.rows, host.cols);
  copy_in(host.data, matrix.view().data, host.size() * static_cast<std::int64_t>(sizeof(double)));
  return matrix;
}
Matrix<std::uint64_t> CudaBackend::upload(MatrixView<const std::uint64_t> host) {
  auto matrix = make_device_matrix<std::uint64_t>(*memory_, host.rows, host.cols);
  copy_in(host.data, matrix.view().data,
          host.size() * static_cast<std::int64_t>(sizeof(std::uint64_t)));
  return matrix;
}

void CudaBackend::download(MatrixView<const double> from, std::span<double> to) {
  copy_out(from.data, to.data(), from.size() * static_cast<std::int64_t>(sizeof(double)));
}
void CudaBackend::download(MatrixView<const std::int32_t> from, std::span<std::int32_t> to) {
  copy_out(from.data, to.data(), from.size() * static_cast<std::int64_t>(sizeof(std::int32_t)));
}
void CudaBackend::download(MatrixView<const std::int64_t> from, std::span<std::int64_t> to) {
  copy_out(from.data, to.data(), from.size() * static_cast<std::int64_t>(sizeof(std::int64_t)));
}
void CudaBackend::download(MatrixView<const std::uint64_t> from, std::span<std::uint64_t> to) {
  copy_out(from.data, to.data(), from.size() * static_cast<std::int64_t>(sizeof(std::uint64_t)));
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
