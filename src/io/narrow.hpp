#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "cupel/cells.hpp"
#include "io/element_type.hpp"

namespace cupel::io {

// Converts n file values to `to`. False if some value is not held exactly; `out` is then rubbish.
// Both pointers are aligned for their types and may not overlap.
[[nodiscard]] bool narrow_values(ElementType from, const std::byte* values, std::int64_t n,
                                 ValueType to, std::byte* out);

// Converts n gene indices; false if one is negative or not below n_genes.
[[nodiscard]] bool narrow_genes(ElementType from, const std::byte* indices, std::int64_t n,
                                std::int64_t n_genes, GeneType to, std::byte* out);

// The first of u16, f32, f64, not before `least`, that holds the n values exactly; nothing if none
// does: integers beyond 2^53.
[[nodiscard]] std::optional<ValueType> narrowest(ElementType from, const std::byte* values,
                                                 std::int64_t n, ValueType least);

// The type that holds whatever values the file's type can: an upper bound of `narrowest`.
[[nodiscard]] ValueType widest_needed(ElementType from);

[[nodiscard]] float half_to_float(std::uint16_t half) noexcept;
[[nodiscard]] std::uint16_t float_to_half(float value) noexcept;  // rounded to nearest even

}  // namespace cupel::io
