#include "profile_rows.hpp"

#include <cmath>
#include <type_traits>

#include "block_sums.hpp"
#include "elementwise.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {
namespace {

constexpr int kBlock = 256;

struct Extent {
  double largest;
  std::int32_t nan;
  std::int32_t infinite;
  std::int32_t nonzero;
};
struct Norms {
  double l1;
  double squares;
};

__device__ inline double larger(double a, double b) { return a < b ? b : a; }

// A block per profile: its extent, then its norms in units of its scale.
__global__ __launch_bounds__(kBlock) void look_at_rows(MatrixView<const double> values,
                                                       math::ProfileRow* rows) {
  CUPEL_SHARED(Extent, extents, kBlock);
  CUPEL_SHARED(Norms, norms, kBlock);
  const double* x = values.row(blockIdx.x);

  Extent extent{0.0, 0, 0, 0};
#pragma unroll 4
  for (std::int64_t k = threadIdx.x; k < values.cols; k += kBlock) {
    extent.largest = larger(extent.largest, std::fabs(math::finite_or_zero(x[k])));
    extent.nan += std::isnan(x[k]) ? 1 : 0;
    extent.infinite += std::isinf(x[k]) ? 1 : 0;
    extent.nonzero += x[k] != 0.0 ? 1 : 0;
  }
  extent = block_fold<kBlock>(extent, extents, [](const Extent& a, const Extent& b) {
    return Extent{larger(a.largest, b.largest), a.nan + b.nan, a.infinite + b.infinite,
                  a.nonzero + b.nonzero};
  });

  const double scale = math::unit_scale(extent.largest);
  Norms norm{0.0, 0.0};
#pragma unroll 4
  for (std::int64_t k = threadIdx.x; k < values.cols; k += kBlock) {
    const double value = math::finite_or_zero(x[k]) * scale;
    norm.l1 += std::fabs(value);
    norm.squares += value * value;
  }
  norm = block_fold<kBlock>(norm, norms, [](const Norms& a, const Norms& b) {
    return Norms{a.l1 + b.l1, a.squares + b.squares};
  });

  if (threadIdx.x != 0) return;
  math::ProfileRow row;
  row.largest = extent.largest;
  row.scale = scale;
  row.l1 = norm.l1 / scale;
  row.norm = std::sqrt(norm.squares);
  row.nan = extent.nan;
  row.infinite = extent.infinite;
  row.nonzero = extent.nonzero;
  rows[blockIdx.x] = row;
}

// One block.
__global__ __launch_bounds__(kBlock) void scale_of_panel(math::Profiles predicted,
                                                         math::Profiles real, double* scale) {
  CUPEL_SHARED(double, shared, kBlock);
  double largest = 0.0;
  for (std::int64_t row = threadIdx.x; row < predicted.values.rows; row += kBlock) {
    largest = larger(largest, predicted.rows[row].largest);
  }
  for (std::int64_t row = threadIdx.x; row < real.values.rows; row += kBlock) {
    largest = larger(largest, real.rows[row].largest);
  }
  largest = block_fold<kBlock>(largest, shared, larger);
  if (threadIdx.x == 0) *scale = math::unit_scale(largest);
}

// On element_grid(n, depth). A unit profile takes two products: the first is exact, and the inverse
// of its norm does not underflow as the product of both might.
template <typename T>
__global__ __launch_bounds__(kElementBlock) void pack_rows(math::Profiles profiles,
                                                           std::int64_t begin, std::int64_t n,
                                                           std::int64_t depth, const double* scale,
                                                           T* out) {
  for_each_element(n, depth, [&](std::int64_t row, std::int64_t gene) {
    T& to = out[row * depth + gene];
    if (gene >= profiles.values.cols) {
      to = T{0};
      return;
    }
    const double value = math::finite_or_zero(profiles.values(begin + row, gene));
    if constexpr (std::is_same_v<T, float>) {
      to = static_cast<float>(value * *scale);
    } else {
      const math::ProfileRow& facts = profiles.rows[begin + row];
      to = facts.norm > 0.0 ? value * facts.scale * (1.0 / facts.norm) : 0.0;
    }
  });
}

template <typename T>
void pack(const Stream& stream, const math::Profiles& profiles, std::int64_t begin, std::int64_t n,
          std::int64_t depth, const double* scale, T* out) {
  launch(stream, pack_rows<T>, element_grid(n, depth), kElementBlock, 0, profiles, begin, n, depth,
         scale, out);
}

}  // namespace

Buffer<math::ProfileRow> profile_rows(DeviceMemory& memory, const Stream& stream,
                                      MatrixView<const double> values) {
  auto rows = make_device_buffer<math::ProfileRow>(memory, values.rows);
  launch(stream, look_at_rows, static_cast<unsigned>(values.rows), kBlock, 0, values, rows.data());
  return rows;
}

Buffer<double> panel_scale(DeviceMemory& memory, const Stream& stream,
                           const math::Profiles& predicted, const math::Profiles& real) {
  auto scale = make_device_buffer<double>(memory, 1);
  launch(stream, scale_of_panel, 1, kBlock, 0, predicted, real, scale.data());
  return scale;
}

void pack_profiles(const Stream& stream, const math::Profiles& profiles, std::int64_t begin,
                   std::int64_t n, std::int64_t depth, const double* scale, float* out) {
  pack(stream, profiles, begin, n, depth, scale, out);
}
void pack_profiles(const Stream& stream, const math::Profiles& profiles, std::int64_t begin,
                   std::int64_t n, std::int64_t depth, const double* scale, double* out) {
  pack(stream, profiles, begin, n, depth, scale, out);
}

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
