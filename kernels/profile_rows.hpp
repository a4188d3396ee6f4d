#pragma once
#include "cupel/math/profile_rows.hpp"

#include "device_memory.hpp"

namespace cupel::CUPEL_CUDA_NAMESPACE {

// Facts of each profile, as ranking asks for them (cupel/math/profile_rows.hpp).
[[nodiscard]] Buffer<math::ProfileRow> profile_rows(DeviceMemory& memory, const Stream& stream,
                                                    MatrixView<const double> values);

// The power of two that brings the largest value of both sides into [1/2, 1); 1 value.
[[nodiscard]] Buffer<double> panel_scale(DeviceMemory& memory, const Stream& stream,
                                         const math::Profiles& predicted,
                                         const math::Profiles& real);

// Profiles [begin, begin + n), `depth` values apart, with zeros from the last gene on; infinities
// and NaN as zero. In float times `scale` (one value on the device), or in double brought to
// length 1.
void pack_profiles(const Stream& stream, const math::Profiles& profiles, std::int64_t begin,
                   std::int64_t n, std::int64_t depth, const double* scale, float* out);
void pack_profiles(const Stream& stream, const math::Profiles& profiles, std::int64_t begin,
                   std::int64_t n, std::int64_t depth, const double* scale, double* out);

}  // namespace cupel::CUPEL_CUDA_NAMESPACE
