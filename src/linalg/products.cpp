#include "linalg/products.hpp"

#include <cblas.h>

#include <algorithm>

#include "linalg/one_thread.hpp"
#include "parallel/parallel.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kTile = 128;
constexpr std::int64_t kWideTile = 512;

blasint size(std::int64_t n) { return static_cast<blasint>(n); }

// One of the two factors: its element (row, col) after an optional transposition.
struct Factor {
  MatrixView<const double> matrix;
  bool transposed;
  [[nodiscard]] std::int64_t rows() const { return transposed ? matrix.cols : matrix.rows; }
  [[nodiscard]] std::int64_t cols() const { return transposed ? matrix.rows : matrix.cols; }
  [[nodiscard]] CBLAS_TRANSPOSE op() const { return transposed ? CblasTrans : CblasNoTrans; }
  [[nodiscard]] blasint stride() const { return size(std::max<std::int64_t>(1, matrix.cols)); }
  [[nodiscard]] const double* from_row(std::int64_t row) const {
    return matrix.data + (transposed ? row : row * matrix.cols);
  }
  [[nodiscard]] const double* from_col(std::int64_t col) const {
    return matrix.data + (transposed ? col * matrix.cols : col);
  }
};

struct Range {
  std::int64_t begin, end;
};

void fill_tile(const Factor& a, const Factor& b, Range rows, Range cols, MatrixView<double> out) {
  const std::int64_t inner = a.cols();
  if (inner == 0) {
    for (auto row = rows.begin; row < rows.end; ++row) {
      std::fill(out.row(row) + cols.begin, out.row(row) + cols.end, 0.0);
    }
    return;
  }
  cblas_dgemm(CblasRowMajor, a.op(), b.op(), size(rows.end - rows.begin),
              size(cols.end - cols.begin), size(inner), 1.0, a.from_row(rows.begin), a.stride(),
              b.from_col(cols.begin), b.stride(), 0.0, out.row(rows.begin) + cols.begin,
              size(out.cols));
}

Matrix<double> product(const Factor& a, const Factor& b) {
  one_blas_thread();
  auto out = make_host_matrix<double>(a.rows(), b.cols());
  const auto view = out.view();
  const std::int64_t across = (view.cols + kWideTile - 1) / kWideTile;
  const std::int64_t down = (view.rows + kTile - 1) / kTile;
  for_each_chunk(across * down, 1, [&](std::int64_t tile, std::int64_t) {
    const std::int64_t row = tile / across * kTile;
    const std::int64_t col = tile % across * kWideTile;
    fill_tile(a, b, {row, std::min(row + kTile, view.rows)},
              {col, std::min(col + kWideTile, view.cols)}, view);
  });
  return out;
}

}  // namespace

void one_blas_thread() {
  static const bool once = [] {
    openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(once);
}

Matrix<double> multiply(MatrixView<const double> a, MatrixView<const double> b) {
  return product({a, false}, {b, false});
}
Matrix<double> multiply_transposed(MatrixView<const double> a, MatrixView<const double> b) {
  return product({a, false}, {b, true});
}
Matrix<double> transposed_multiply(MatrixView<const double> a, MatrixView<const double> b) {
  return product({a, true}, {b, false});
}

Matrix<double> gram(MatrixView<const double> a) {
  one_blas_thread();
  auto out = make_host_matrix<double>(a.rows, a.rows);
  const auto view = out.view();
  const std::int64_t tiles = (a.rows + kTile - 1) / kTile;
  for_each_chunk(tiles * tiles, 1, [&](std::int64_t tile, std::int64_t) {
    const std::int64_t row = tile / tiles * kTile;
    const std::int64_t col = tile % tiles * kTile;
    if (col < row) return;
    fill_tile({a, false}, {a, true}, {row, std::min(row + kTile, a.rows)},
              {col, std::min(col + kTile, a.rows)}, view);
  });
  for (std::int64_t row = 0; row < a.rows; ++row) {
    for (std::int64_t col = 0; col < row; ++col) view(row, col) = view(col, row);
  }
  return out;
}

Matrix<double> transposed(MatrixView<const double> a) {
  constexpr std::int64_t kTile = 64;
  auto result = make_host_matrix<double>(a.cols, a.rows);
  const auto to = result.view();
  for (std::int64_t row = 0; row < a.rows; row += kTile) {
    for (std::int64_t col = 0; col < a.cols; col += kTile) {
      for (auto i = row; i < std::min(row + kTile, a.rows); ++i) {
        for (auto j = col; j < std::min(col + kTile, a.cols); ++j) to(j, i) = a(i, j);
      }
    }
  }
  return result;
}

void multiply_here(MatrixView<const double> a, MatrixView<const double> b, MatrixView<double> out) {
  one_blas_thread();
  if (out.size() == 0) return;
  fill_tile({a, false}, {b, false}, {0, out.rows}, {0, out.cols}, out);
}

void multiply_lower_here(MatrixView<double> x, MatrixView<const double> l) {
  one_blas_thread();
  if (x.size() == 0) return;
  cblas_dtrmm(CblasRowMajor, CblasRight, CblasLower, CblasNoTrans, CblasNonUnit, size(x.rows),
              size(x.cols), 1.0, l.data, size(l.cols), x.data, size(x.cols));
}

}  // namespace cupel
