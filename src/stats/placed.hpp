#pragma once
#include <utility>

#include "cupel/backend.hpp"

namespace cupel {

// A matrix of the host's where the backend computes: itself where that is host memory, else a copy.
template <typename T>
[[nodiscard]] Matrix<T> place(Matrix<T>&& host, Backend& backend) {
  if (backend.space() == Space::kHost) return std::move(host);
  return backend.upload(std::as_const(host).view());
}

// The same of a matrix that stays whose it is, and where it is while this is in use.
template <typename T>
class Placed {
 public:
  Placed(MatrixView<const T> host, Backend& backend) : view_(host) {
    if (backend.space() == Space::kHost) return;
    copy_ = backend.upload(host);
    view_ = std::as_const(copy_).view();
  }
  [[nodiscard]] MatrixView<const T> view() const noexcept { return view_; }

 private:
  MatrixView<const T> view_;
  Matrix<T> copy_;
};

}  // namespace cupel
