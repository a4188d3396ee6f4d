#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"

namespace cupel::io {

// Values of a column, cell by cell, turned into a Column's categories and codes. `missing[i] != 0`
// gives code -1; an empty span means that none is. Floats that are NaN are missing.
void label_texts(std::span<const std::string> texts, std::span<const std::uint8_t> missing,
                 Column& column);
void label_integers(std::span<const std::int64_t> values, std::span<const std::uint8_t> missing,
                    Column& column);
void label_unsigned(std::span<const std::uint64_t> values, std::span<const std::uint8_t> missing,
                    Column& column);
void label_bools(std::span<const std::uint8_t> values, std::span<const std::uint8_t> missing,
                 Column& column);
void label_floats(std::span<const float> values, std::span<const std::uint8_t> missing,
                  Column& column);
void label_doubles(std::span<const double> values, std::span<const std::uint8_t> missing,
                   Column& column);

// As Python's str() writes them: shortest digits that read back the same, "1.0", "1e-05", "inf".
[[nodiscard]] std::string python_text(double value);
[[nodiscard]] std::string python_text(float value);

}  // namespace cupel::io
