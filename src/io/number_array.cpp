#include "io/number_array.hpp"

#include <fmt/format.h>

#include <array>

#include "io/column_data.hpp"

namespace cupel::io {

NumberArray::NumberArray(const Hdf5File& file, const std::string& dataset, int rank)
    : dataset_(file.open_dataset(dataset)),
      type_(number_type(dataset_.id(), file.where(dataset))),
      stored_(file, dataset_.id(), dataset, rank, bytes_of(type_.element)) {
  const Hdf5Lock lock;
  // Booleans are an enumeration, which reads as itself but not as a number.
  memory_type_ = type_.as_stored ? Handle(H5Dget_type(dataset_.id()), H5Tclose)
                                 : Handle(make_memory_type(type_.element), H5Tclose);
}

const std::byte* NumberArray::load(const Piece& piece, Scratch& scratch) const {
  if (type_.as_stored && stored_.is_loadable()) {
    if (const std::byte* numbers = stored_.load(piece, scratch)) return numbers;
  }
  return load_by_library(piece, scratch);
}

const std::byte* NumberArray::load_by_library(const Piece& piece, Scratch& scratch) const {
  const std::int64_t bytes = piece.rows * piece.stride * bytes_of(type_.element);
  std::byte* to = scratch.stored.at_least(bytes);
  const int rank = stored_.columns() == 1 ? 1 : 2;
  const Hdf5Lock lock;
  const std::array<hsize_t, 2> start{static_cast<hsize_t>(piece.row),
                                     static_cast<hsize_t>(piece.column)};
  const std::array<hsize_t, 2> count{static_cast<hsize_t>(piece.rows),
                                     static_cast<hsize_t>(piece.columns)};
  const std::array<hsize_t, 2> extent{count[0], static_cast<hsize_t>(piece.stride)};
  const std::array<hsize_t, 2> origin{0, 0};
  const Handle from(H5Dget_space(dataset_.id()), H5Sclose);
  const Handle into(H5Screate_simple(rank, extent.data(), nullptr), H5Sclose);
  if (H5Sselect_hyperslab(from.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) <
          0 ||
      H5Sselect_hyperslab(into.id(), H5S_SELECT_SET, origin.data(), nullptr, count.data(),
                          nullptr) < 0 ||
      H5Dread(dataset_.id(), memory_type_.id(), into.id(), from.id(), H5P_DEFAULT, to) < 0) {
    throw damaged(where(), fmt::format("{} cannot be decoded", stored_.describe(piece)));
  }
  return to;
}

std::vector<std::int64_t> read_integers(const Hdf5File& file, const std::string& dataset,
                                        std::int64_t expected) {
  const Hdf5Lock lock;
  const Handle opened = open_column_dataset(file, dataset, expected);
  const Where where = file.where(dataset);
  const NumberType type = number_type(opened.id(), where);
  if (is_float(type.element)) throw not_supported(where, "holds floats; integers are needed");
  file.require_plausible(dataset, static_cast<double>(expected) * 8.0);
  std::vector<std::int64_t> values(static_cast<std::size_t>(expected));
  if (H5Dread(opened.id(), H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0) {
    throw damaged(where, "its values cannot be read");
  }
  return values;
}

}  // namespace cupel::io
