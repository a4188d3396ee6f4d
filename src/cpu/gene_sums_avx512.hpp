#pragma once
#include "cpu/gene_sums.hpp"

namespace cupel {

// gene_sums() of positive keys against a narrow table, without the zeros' part and the control's
// own ties. Only where simd_level() is kAvx512.
[[nodiscard]] GeneSums sum_positive_avx512(const GeneTable<std::int32_t>& table,
                                           std::span<const std::int32_t> keys);

}  // namespace cupel
