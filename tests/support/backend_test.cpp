#include "support/backend_test.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace cupel::test {

DenseCells random_counts(std::int64_t rows, std::int64_t cols, std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::gamma_distribution<double> gene_mean(0.5, 4.0);
  std::vector<double> mean(static_cast<std::size_t>(cols));
  for (auto& m : mean) m = gene_mean(rng);
  std::lognormal_distribution<double> library(0.0, 0.4);
  DenseCells dense{rows, cols, std::vector<double>(static_cast<std::size_t>(rows * cols))};
  for (std::int64_t row = 0; row < rows; ++row) {
    const double size = library(rng);
    for (std::int64_t col = 0; col < cols; ++col) {
      std::poisson_distribution<int> count(mean[static_cast<std::size_t>(col)] * size + 1e-9);
      dense.values[static_cast<std::size_t>(row * cols + col)] = count(rng);
    }
  }
  return dense;
}

namespace {

template <typename T>
void store(Buffer<std::byte>& buffer, std::int64_t at, double value) {
  const auto typed = static_cast<T>(value);
  std::memcpy(buffer.data() + at * static_cast<std::int64_t>(sizeof(T)), &typed, sizeof(T));
}

}  // namespace

Cells compress(const DenseCells& dense, GeneType genes, ValueType values) {
  const auto stored = static_cast<std::int64_t>(
      std::ranges::count_if(dense.values, [](double v) { return v != 0.0; }));
  Cells cells;
  cells.n_genes = dense.cols;
  cells.gene_type = genes;
  cells.value_type = values;
  cells.genes = make_host_buffer<std::byte>(stored * bytes_of(genes));
  cells.values = make_host_buffer<std::byte>(stored * bytes_of(values));
  cells.row_begin = make_host_buffer<std::int64_t>(dense.rows);
  cells.row_length = make_host_buffer<std::int32_t>(dense.rows);
  std::int64_t at = 0;
  for (std::int64_t row = 0; row < dense.rows; ++row) {
    cells.row_begin.data()[row] = at;
    for (std::int64_t col = 0; col < dense.cols; ++col) {
      const double value = dense(row, col);
      if (value == 0.0) continue;
      genes == GeneType::kU16 ? store<std::uint16_t>(cells.genes, at, static_cast<double>(col))
                              : store<std::uint32_t>(cells.genes, at, static_cast<double>(col));
      values == ValueType::kU16   ? store<std::uint16_t>(cells.values, at, value)
      : values == ValueType::kF32 ? store<float>(cells.values, at, value)
                                  : store<double>(cells.values, at, value);
      ++at;
    }
    cells.row_length.data()[row] = static_cast<std::int32_t>(at - cells.row_begin.data()[row]);
  }
  return cells;
}

Cells compress(const DenseCells& dense) {
  const auto fits = [&](auto test) { return std::ranges::all_of(dense.values, test); };
  const auto type = fits([](double v) { return v >= 0 && v <= 65535 && v == std::floor(v); })
                        ? ValueType::kU16
                    : fits([](double v) {
                        return std::isnan(v) || v == static_cast<double>(static_cast<float>(v));
                      })
                        ? ValueType::kF32
                        : ValueType::kF64;
  return compress(dense, dense.cols <= 65536 ? GeneType::kU16 : GeneType::kU32, type);
}

}  // namespace cupel::test
