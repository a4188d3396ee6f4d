#include "io/number_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "io/chunk_decode.hpp"
#include "io/column_data.hpp"

namespace cupel::io {
namespace {

constexpr std::int64_t kUnchunkedPieceBytes = std::int64_t{1} << 18;  // fits a core's own cache

std::string position(const NumberArray::Piece& piece, int rank) {
  return rank == 1 ? fmt::format("the chunk at {}", piece.row)
                   : fmt::format("the chunk at ({}, {})", piece.row, piece.column);
}

}  // namespace

NumberArray::NumberArray(const Hdf5File& file, std::string dataset, int rank)
    : file_(&file), name_(std::move(dataset)), rank_(rank) {
  const Hdf5Lock lock;
  dataset_ = file.open_dataset(name_);
  const auto dims = dimensions(dataset_.id());
  if (static_cast<int>(dims.size()) != rank) {
    throw not_supported(where(), fmt::format("has {} dimensions; {} needed", dims.size(), rank));
  }
  rows_ = dims[0];
  columns_ = rank == 2 ? dims[1] : 1;
  constexpr std::int64_t kMost = std::int64_t{1} << 48;
  if (rows_ > kMost || columns_ > kMost ||
      static_cast<double>(rows_) * static_cast<double>(columns_) > kMost) {
    throw damaged(where(), fmt::format("a shape of {} x {} cannot be", rows_, columns_));
  }
  type_ = number_type(dataset_.id(), where());
  memory_type_ = type_.as_stored ? Handle(H5Dget_type(dataset_.id()), H5Tclose)
                                 : Handle(make_memory_type(type_.element), H5Tclose);
  const Handle properties(H5Dget_create_plist(dataset_.id()), H5Pclose);
  if (!properties.valid()) throw damaged(where(), "its header cannot be read");
  pipeline_ = read_pipeline(properties.id());
  if (const Filter* filter = find_missing_filter(pipeline_)) {
    throw filter_not_available(where(), *filter);
  }
  stored_bytes_ = static_cast<std::int64_t>(H5Dget_storage_size(dataset_.id()));
  choose_storage(properties.id());
}

void NumberArray::choose_storage(hid_t properties) {
  const std::int64_t size = bytes_of(type_.element);
  const H5D_layout_t layout = H5Pget_layout(properties);
  if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) > 0) {
    throw not_supported(where(), "keeps its values in other files; write one file with anndata");
  }
  if (layout == H5D_CHUNKED) {
    std::array<hsize_t, 2> chunk{1, 1};
    if (H5Pget_chunk(properties, rank_, chunk.data()) != rank_) {
      throw damaged(where(), "its chunks cannot be read");
    }
    piece_rows_ = static_cast<std::int64_t>(chunk[0]);
    piece_columns_ = rank_ == 2 ? static_cast<std::int64_t>(chunk[1]) : 1;
    const double chunk_bytes = static_cast<double>(piece_rows_) *
                               static_cast<double>(piece_columns_) * static_cast<double>(size);
    if (piece_rows_ < 1 || piece_columns_ < 1 || chunk_bytes > 0xffffffffU) {
      throw damaged(where(), "a chunk of that shape cannot be");
    }
    file_->require_plausible(name_, chunk_bytes);
    storage_ = pipeline_.is_ours() && type_.as_stored ? Storage::kChunks : Storage::kByLibrary;
    return;
  }
  piece_columns_ = std::max<std::int64_t>(columns_, 1);
  piece_rows_ = std::max<std::int64_t>(1, kUnchunkedPieceBytes / (piece_columns_ * size));
  file_->require_plausible(name_, static_cast<double>(piece_rows_) *
                                      static_cast<double>(piece_columns_) *
                                      static_cast<double>(size));
  const haddr_t offset = H5Dget_offset(dataset_.id());
  if (layout == H5D_CONTIGUOUS && offset != HADDR_UNDEF && type_.as_stored) {
    storage_ = Storage::kContiguous;
    offset_ = static_cast<std::int64_t>(offset);
    if (offset_ < 0 || offset_ > file_->size() ||
        rows_ * columns_ > (file_->size() - offset_) / size) {
      throw damaged(where(), "it reaches past the end of the file");
    }
  }
}

NumberArray::Piece NumberArray::piece(std::int64_t i, std::int64_t j) const {
  Piece piece;
  piece.row = i * piece_rows_;
  piece.rows = std::min(piece_rows_, rows_ - piece.row);
  piece.column = j * piece_columns_;
  piece.columns = std::min(piece_columns_, columns_ - piece.column);
  piece.stride = storage_ == Storage::kChunks ? piece_columns_ : piece.columns;
  return piece;
}

const std::byte* NumberArray::load(const Piece& piece, Scratch& scratch) const {
  switch (storage_) {
    case Storage::kChunks:
      return load_chunk(piece, scratch);
    case Storage::kContiguous:
      return load_contiguous(piece, scratch);
    case Storage::kByLibrary:
      break;
  }
  return load_by_library(piece, scratch);
}

const std::byte* NumberArray::load_chunk(const Piece& piece, Scratch& scratch) const {
  const std::array<hsize_t, 2> at{static_cast<hsize_t>(piece.row),
                                  static_cast<hsize_t>(piece.column)};
  hsize_t stored = 0;
  std::uint32_t skipped = 0;
  std::byte* raw = nullptr;
  {
    const Hdf5Lock lock;
    if (H5Dget_chunk_storage_size(dataset_.id(), at.data(), &stored) < 0) {
      throw damaged(where(), fmt::format("{} is not to be found", position(piece, rank_)));
    }
    if (stored == 0) return load_by_library(piece, scratch);  // never written: the fill value
    if (stored > static_cast<hsize_t>(file_->size())) {
      throw damaged(where(), fmt::format("{} is larger than the file", position(piece, rank_)));
    }
    raw = scratch.stored.at_least(static_cast<std::int64_t>(stored));
    if (H5Dread_chunk(dataset_.id(), H5P_DEFAULT, at.data(), &skipped, raw) < 0) {
      throw damaged(where(), fmt::format("{} cannot be read", position(piece, rank_)));
    }
  }
  std::byte* decoded = nullptr;
  const auto status =
      decode_chunk(pipeline_, skipped, {raw, static_cast<std::size_t>(stored)},
                   piece_rows_ * piece_columns_ * bytes_of(type_.element), scratch, decoded);
  if (status != DecodeStatus::kOk) {
    throw damaged(where(), fmt::format("{}: {}", position(piece, rank_), describe(status)));
  }
  return decoded;
}

const std::byte* NumberArray::load_contiguous(const Piece& piece, Scratch& scratch) const {
  const std::int64_t size = bytes_of(type_.element);
  const std::int64_t bytes = piece.rows * piece.columns * size;
  std::byte* to = scratch.stored.at_least(bytes);
  if (!file_->read_bytes(offset_ + piece.row * columns_ * size, bytes, to)) {
    throw damaged(where(), "it reaches past the end of the file");
  }
  return to;
}

const std::byte* NumberArray::load_by_library(const Piece& piece, Scratch& scratch) const {
  const std::int64_t bytes = piece.rows * piece.stride * bytes_of(type_.element);
  std::byte* to = scratch.stored.at_least(bytes);
  const Hdf5Lock lock;
  const std::array<hsize_t, 2> start{static_cast<hsize_t>(piece.row),
                                     static_cast<hsize_t>(piece.column)};
  const std::array<hsize_t, 2> count{static_cast<hsize_t>(piece.rows),
                                     static_cast<hsize_t>(piece.columns)};
  const std::array<hsize_t, 2> extent{count[0], static_cast<hsize_t>(piece.stride)};
  const std::array<hsize_t, 2> origin{0, 0};
  const Handle from(H5Dget_space(dataset_.id()), H5Sclose);
  const Handle into(H5Screate_simple(rank_, extent.data(), nullptr), H5Sclose);
  if (H5Sselect_hyperslab(from.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) <
          0 ||
      H5Sselect_hyperslab(into.id(), H5S_SELECT_SET, origin.data(), nullptr, count.data(),
                          nullptr) < 0 ||
      H5Dread(dataset_.id(), memory_type_.id(), into.id(), from.id(), H5P_DEFAULT, to) < 0) {
    throw damaged(where(), fmt::format("{} cannot be decoded", position(piece, rank_)));
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
