#pragma once
#include <cstdint>
#include <type_traits>
#include <utility>

#include "cupel/buffer.hpp"
#include "cupel/host_device.hpp"

namespace cupel {

// Non-owning, row-major, trivially copyable: safe to hand to a kernel by value.
template <typename T>
struct MatrixView {
  T* data = nullptr;
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  Space space = Space::kHost;

  CUPEL_HOST_DEVICE T& operator()(std::int64_t row, std::int64_t col) const {
    return data[row * cols + col];
  }
  [[nodiscard]] CUPEL_HOST_DEVICE T* row(std::int64_t index) const { return data + index * cols; }
  [[nodiscard]] CUPEL_HOST_DEVICE std::int64_t size() const { return rows * cols; }
  operator MatrixView<const T>() const
    requires(!std::is_const_v<T>)
  {
    return {data, rows, cols, space};
  }
};

// Owning and move-only.
template <typename T>
class Matrix {
 public:
  Matrix() = default;
  Matrix(Buffer<T> buffer, std::int64_t rows, std::int64_t cols)
      : buffer_(std::move(buffer)), rows_(rows), cols_(cols) {}

  [[nodiscard]] std::int64_t rows() const noexcept { return rows_; }
  [[nodiscard]] std::int64_t cols() const noexcept { return cols_; }
  [[nodiscard]] Space space() const noexcept { return buffer_.space(); }
  [[nodiscard]] MatrixView<T> view() noexcept {
    return {buffer_.data(), rows_, cols_, buffer_.space()};
  }
  [[nodiscard]] MatrixView<const T> view() const noexcept {
    return {buffer_.data(), rows_, cols_, buffer_.space()};
  }

 private:
  Buffer<T> buffer_;
  std::int64_t rows_ = 0;
  std::int64_t cols_ = 0;
};

// Uninitialised.
template <typename T>
[[nodiscard]] Matrix<T> make_host_matrix(std::int64_t rows, std::int64_t cols) {
  return {make_host_buffer<T>(rows * cols), rows, cols};
}

}  // namespace cupel
