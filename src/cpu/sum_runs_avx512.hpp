#pragma once
#include "cpu/gene_sums.hpp"

namespace cupel {

// sum_runs() against a narrow table, which exists only where simd_level() is kAvx512.
[[nodiscard]] GeneSums sum_runs_avx512(const GeneTable<std::int32_t>& table,
                                       std::span<const std::int32_t> keys);

}  // namespace cupel
