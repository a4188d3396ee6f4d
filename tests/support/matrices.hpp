#pragma once
#include <algorithm>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <tuple>
#include <vector>

#include "cupel/backend.hpp"
#include "parallel/parallel.hpp"
#include "support/backend_test.hpp"

namespace cupel::test {

// A dense matrix in the test's own memory.
struct Dense {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<double> values;
  double& operator()(std::int64_t row, std::int64_t col) {
    return values[static_cast<std::size_t>(row * cols + col)];
  }
  double operator()(std::int64_t row, std::int64_t col) const {
    return values[static_cast<std::size_t>(row * cols + col)];
  }
};

inline Dense zeros(std::int64_t rows, std::int64_t cols) {
  return {rows, cols, std::vector<double>(static_cast<std::size_t>(rows * cols))};
}

inline Dense random_matrix(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> normal(0.0, 1.0);
  Dense dense = zeros(rows, cols);
  for (double& value : dense.values) value = normal(rng);
  return dense;
}

inline Matrix<double> to_backend(Backend& backend, const Dense& dense) {
  return backend.upload({dense.values.data(), dense.rows, dense.cols, Space::kHost});
}

// Starts from signalling NaN, so that what an op leaves unwritten shows.
template <typename T>
std::vector<T> to_host(Backend& backend, const Matrix<T>& matrix) {
  std::vector<T> values(static_cast<std::size_t>(matrix.rows() * matrix.cols()),
                        std::numeric_limits<T>::signaling_NaN());
  backend.download(matrix.view(), values);
  return values;
}

inline Dense to_dense(Backend& backend, const Matrix<double>& matrix) {
  return {matrix.rows(), matrix.cols(), to_host(backend, matrix)};
}

// The rows in the opposite order: only the index changes, not where the entries lie.
inline void reverse_rows(Cells& cells) {
  std::reverse(cells.row_begin.data(), cells.row_begin.data() + cells.row_begin.size());
  std::reverse(cells.row_length.data(), cells.row_length.data() + cells.row_length.size());
}
inline DenseCells reversed_rows(const DenseCells& dense) {
  DenseCells reversed{dense.rows, dense.cols, {}};
  for (std::int64_t row = dense.rows - 1; row >= 0; --row) {
    for (std::int64_t col = 0; col < dense.cols; ++col) {
      reversed.values.push_back(dense(row, col));
    }
  }
  return reversed;
}

// Base of the tests of one op: one instance per backend and, where Param is a tuple, per shape.
template <typename Param>
class OnBackend : public ::testing::TestWithParam<Param> {
 protected:
  void SetUp() override {
    const std::string name = backend_name(this->GetParam());
    backend = open_backend(name);
    if (backend == nullptr) GTEST_SKIP() << "no device for " << name;
  }
  std::unique_ptr<Backend> backend;

 private:
  static std::string backend_name(const std::string& param) { return param; }
  template <typename... T>
  static std::string backend_name(const std::tuple<T...>& param) {
    return std::get<0>(param);
  }
};

using PerBackend = OnBackend<std::string>;
using PerShape = OnBackend<std::tuple<std::string, Shape>>;

inline auto every_backend() { return ::testing::ValuesIn(backend_names()); }
inline auto every_shape() {
  return ::testing::Combine(::testing::ValuesIn(backend_names()),
                            ::testing::ValuesIn(edge_shapes()));
}

// "cpu_33x31"
inline std::string shape_name(
    const ::testing::TestParamInfo<std::tuple<std::string, Shape>>& info) {
  const auto& [name, shape] = info.param;
  return name + "_" + std::to_string(shape.rows) + "x" + std::to_string(shape.cols);
}

// What compute() gives with 1, 2 and 7 threads; an op owes the same bits.
template <typename Compute>
auto with_thread_counts(Compute compute) {
  std::vector<decltype(compute())> results;
  for (const int threads : {1, 2, 7}) {
    const ThreadLimit limit(threads);
    results.push_back(compute());
  }
  return results;
}

// Bit by bit, so that NaN equals itself and -0 does not equal 0.
template <typename T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

}  // namespace cupel::test
