#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"
#include "io/hdf5/dataset.hpp"

namespace cupel::io {

// Columns that are not categorical: text, numbers or booleans in a one-dimensional dataset, or with
// a field in that field of its records. All throw Error(kInput).

// Fills `column`, its type included. `missing` as in labels.hpp.
void read_plain_column(const Dataset& dataset, const Datatype::Field* field,
                       std::span<const std::uint8_t> missing, Column& column);

// Each value as text, in their order; "nan" where one is missing.
[[nodiscard]] std::vector<std::string> read_as_texts(const Dataset& dataset,
                                                     const Datatype::Field* field = nullptr);

// Integers or booleans, widened; `expected` of them.
[[nodiscard]] std::vector<std::int64_t> read_integers(const Dataset& dataset, std::int64_t expected,
                                                      const Datatype::Field* field = nullptr);

// "string", "bool", "int64", ..., or "unknown".
[[nodiscard]] std::string plain_type_name(const Datatype& type);

// Throws `damaged` unless the dataset has one dimension and so many values.
void require_rows(const Dataset& dataset, std::int64_t expected);

// Puts categories and their codes into a column: every code is -1 or one of the categories.
void set_categorical(Column& column, std::vector<std::string> categories,
                     std::span<const std::int64_t> codes, const Where& where);

}  // namespace cupel::io
