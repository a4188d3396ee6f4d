#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/error.hpp"

namespace cupel::test {

// Every backend this build knows; tests of ops are parameterised over them. "cuda_on_cpu" is the
// CUDA backend's source on the emulated device of tests/device_on_cpu.
inline std::vector<std::string> backend_names() {
  if (!has_cuda()) return {"cpu", "cuda_on_cpu"};
  return {"cpu", "cuda_on_cpu", "cuda"};
}

// `memory_limit` in bytes; 0: what the emulated device has.
[[nodiscard]] std::unique_ptr<Backend> make_backend_on_cpu(std::int64_t memory_limit = 0);

// Null when this machine has no such device. On the GPU lane CUPEL_REQUIRE_CUDA turns that into a
// failure, so a broken driver cannot pass as a skip.
inline std::unique_ptr<Backend> open_backend(const std::string& name) {
  if (name == "cuda_on_cpu") return make_backend_on_cpu();
  try {
    return make_backend(name);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kDevice || std::getenv("CUPEL_REQUIRE_CUDA") != nullptr) throw;
    return nullptr;
  }
}

struct Shape {
  std::int64_t rows;
  std::int64_t cols;
};

// One below, at and above the sizes where kernels change behaviour: warp, block, grid.
inline std::vector<Shape> edge_shapes() {
  return {{1, 1}, {31, 33}, {32, 32}, {33, 31}, {255, 257}, {256, 256}, {257, 255}, {1000, 1}};
}

// Small cells × genes matrix written densely, row-major; what tests start from.
struct DenseCells {
  std::int64_t rows = 0;
  std::int64_t cols = 0;
  std::vector<double> values;
  double operator()(std::int64_t row, std::int64_t col) const {
    return values[static_cast<std::size_t>(row * cols + col)];
  }
};

// Overdispersed counts with library sizes that vary: many zeros, many ties.
DenseCells random_counts(std::int64_t rows, std::int64_t cols, std::uint64_t seed);

// Canonical compressed cells in host memory in the types asked for. The values must fit.
Cells compress(const DenseCells& dense, GeneType genes, ValueType values);

// In the narrowest types that hold the values.
Cells compress(const DenseCells& dense);

}  // namespace cupel::test
