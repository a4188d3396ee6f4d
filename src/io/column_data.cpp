#include "io/column_data.hpp"

#include <fmt/format.h>

#include "io/element_type.hpp"
#include "io/filters.hpp"
#include "io/labels.hpp"
#include "io/strings.hpp"

namespace cupel::io {
namespace {

template <typename T>
std::vector<T> read_as(hid_t memory_type, const ColumnSource& source) {
  std::vector<T> values(static_cast<std::size_t>(source.rows));
  if (!source.numbers(memory_type, values.data())) {
    throw damaged(source.where, "its values cannot be read");
  }
  return values;
}

}  // namespace

std::string plain_type_name(hid_t type) {
  const Hdf5Lock lock;
  if (H5Tget_class(type) == H5T_STRING) return "string";
  NumberType number;
  return describe_number(type, number) ? number.name : "unknown";
}

void read_plain_column(const ColumnSource& source, std::span<const std::uint8_t> missing,
                       Column& column) {
  const Hdf5Lock lock;
  column.type = plain_type_name(source.type);
  if (column.type == "string") {
    label_texts(source.texts(), missing, column);
    return;
  }
  NumberType number;
  if (!describe_number(source.type, number)) {
    throw not_supported(source.where, "holds neither text nor numbers, so it cannot label cells");
  }
  if (number.is_bool) {
    label_bools(read_as<std::uint8_t>(source.type, source), missing, column);
  } else if (number.element == ElementType::kU64) {
    label_unsigned(read_as<std::uint64_t>(H5T_NATIVE_UINT64, source), missing, column);
  } else if (!is_float(number.element)) {
    label_integers(read_as<std::int64_t>(H5T_NATIVE_INT64, source), missing, column);
  } else if (number.element == ElementType::kF64) {
    label_doubles(read_as<double>(H5T_NATIVE_DOUBLE, source), missing, column);
  } else {
    label_floats(read_as<float>(H5T_NATIVE_FLOAT, source), missing, column);
  }
}

ColumnSource dataset_source(const Hdf5File& file, hid_t dataset, hid_t type, std::int64_t rows,
                            const Where& where) {
  return {type, rows, where,
          [dataset](hid_t memory_type, void* to) {
            return H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, to) >= 0;
          },
          [&file, dataset, rows, where] { return read_text_dataset(file, dataset, rows, where); }};
}

std::int64_t check_column_dataset(const Hdf5File& file, hid_t dataset, std::int64_t rows,
                                  const Where& where) {
  const Hdf5Lock lock;
  const auto dims = dimensions(dataset);
  if (dims.size() != 1) {
    throw not_supported(where, fmt::format("has {} dimensions; 1 needed", dims.size()));
  }
  if (rows >= 0 && dims[0] != rows) {
    throw damaged(where, fmt::format("it has {} values where {} are needed", dims[0], rows));
  }
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (!properties.valid() || !type.valid()) throw damaged(where, "its header cannot be read");
  const Pipeline pipeline = read_pipeline(properties.id());
  if (const Filter* filter = find_missing_filter(pipeline)) {
    throw filter_not_available(where, *filter);
  }
  file.require_plausible(
      where.object, static_cast<double>(dims[0]) * static_cast<double>(H5Tget_size(type.id())));
  return dims[0];
}

Handle open_column_dataset(const Hdf5File& file, const std::string& dataset, std::int64_t rows) {
  const Hdf5Lock lock;
  Handle opened = file.open_dataset(dataset);
  check_column_dataset(file, opened.id(), rows, file.where(dataset));
  return opened;
}

std::vector<std::string> read_as_texts(const Hdf5File& file, hid_t dataset, const Where& where) {
  const Hdf5Lock lock;
  const std::int64_t rows = check_column_dataset(file, dataset, -1, where);
  const Handle type(H5Dget_type(dataset), H5Tclose);
  if (H5Tget_class(type.id()) == H5T_STRING) return read_text_dataset(file, dataset, rows, where);
  Column column;
  read_plain_column(dataset_source(file, dataset, type.id(), rows, where), {}, column);
  return texts_of(column);
}

std::vector<std::string> texts_of(const Column& column) {
  std::vector<std::string> texts;
  texts.reserve(column.codes.size());
  for (const auto code : column.codes) {
    texts.push_back(code < 0 ? "nan" : column.categories[static_cast<std::size_t>(code)]);
  }
  return texts;
}

}  // namespace cupel::io
