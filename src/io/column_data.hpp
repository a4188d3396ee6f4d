#pragma once
#include <hdf5.h>

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cupel/dataset.hpp"
#include "io/hdf5_file.hpp"

namespace cupel::io {

// Values, one per row, that are not categorical: how to read them from wherever they lie.
struct ColumnSource {
  hid_t type = -1;
  std::int64_t rows = 0;
  Where where;
  std::function<bool(hid_t memory_type, void* buffer)> numbers;
  std::function<std::vector<std::string>()> texts;
};

// Fills a column, its type included. `missing` as in labels.hpp.
void read_plain_column(const ColumnSource& source, std::span<const std::uint8_t> missing,
                       Column& column);

// The values of a one-dimensional dataset.
[[nodiscard]] ColumnSource dataset_source(const Hdf5File& file, hid_t dataset, hid_t type,
                                          std::int64_t rows, const Where& where);

// "string", "bool", "int64", ..., or "unknown".
[[nodiscard]] std::string plain_type_name(hid_t type);

// The values of a one-dimensional dataset of text or numbers, each as text, in their order; a
// missing one is "nan". Throws Error(kInput).
[[nodiscard]] std::vector<std::string> read_as_texts(const Hdf5File& file, hid_t dataset,
                                                     const Where& where);

// Each row's label; "nan" where it is missing.
[[nodiscard]] std::vector<std::string> texts_of(const Column& column);

// Throws unless the dataset has one dimension, `rows` values (any number if negative) and can be
// read with the filters at hand. Returns how many values it has.
std::int64_t check_column_dataset(const Hdf5File& file, hid_t dataset, std::int64_t rows,
                                  const Where& where);

// Opens and checks it.
[[nodiscard]] Handle open_column_dataset(const Hdf5File& file, const std::string& dataset,
                                         std::int64_t rows);

}  // namespace cupel::io
