#include "io/stored_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "io/chunk_decode.hpp"

namespace cupel::io {
namespace {

constexpr std::int64_t kUnchunkedPieceBytes = std::int64_t{1} << 18;  // fits a core's own cache

}  // namespace

StoredArray::StoredArray(const Hdf5File& file, hid_t dataset, std::string name, int rank,
                         std::int64_t element_bytes)
    : file_(&file),
      dataset_(dataset),
      name_(std::move(name)),
      rank_(rank),
      element_bytes_(element_bytes) {
  const Hdf5Lock lock;
  const auto dims = dimensions(dataset);
  if (static_cast<int>(dims.size()) != rank) {
    throw not_supported(where(), fmt::format("has {} dimensions; {} needed", dims.size(), rank));
  }
  rows_ = dims[0];
  columns_ = rank == 2 ? dims[1] : 1;
  constexpr double kMostBytes = 0x1p56;  // so that no product below overflows
  if (static_cast<double>(rows_) * static_cast<double>(std::max<std::int64_t>(columns_, 1)) *
          static_cast<double>(element_bytes_) >
      kMostBytes) {
    throw damaged(where(), fmt::format("it claims a shape of {} x {}", rows_, columns_));
  }
  const Handle properties(H5Dget_create_plist(dataset), H5Pclose);
  if (!properties.valid()) throw damaged(where(), "its header cannot be read");
  pipeline_ = read_pipeline(properties.id());
  if (const Filter* filter = find_missing_filter(pipeline_)) {
    throw filter_not_available(where(), *filter);
  }
  stored_bytes_ = static_cast<std::int64_t>(H5Dget_storage_size(dataset));
  choose_storage(properties.id());
}

void StoredArray::choose_storage(hid_t properties) {
  const H5D_layout_t layout = H5Pget_layout(properties);
  if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) > 0) {
    throw not_supported(where(), "keeps its values in other files; write one file with anndata");
  }
  if (layout == H5D_CHUNKED) {
    choose_chunks(properties);
    return;
  }
  piece_columns_ = std::max<std::int64_t>(columns_, 1);
  piece_rows_ = std::max<std::int64_t>(
      1, kUnchunkedPieceBytes / std::max<std::int64_t>(1, piece_columns_ * element_bytes_));
  const haddr_t offset = H5Dget_offset(dataset_);
  if (layout != H5D_CONTIGUOUS || offset == HADDR_UNDEF) return;
  storage_ = Storage::kContiguous;
  offset_ = static_cast<std::int64_t>(offset);
  const std::int64_t bytes = rows_ * columns_ * element_bytes_;
  if (offset_ < 0 || offset_ > file_->size() || bytes > file_->size() - offset_) {
    throw damaged(where(), "it reaches past the end of the file");
  }
}

void StoredArray::choose_chunks(hid_t properties) {
  std::array<hsize_t, 2> chunk{1, 1};
  if (H5Pget_chunk(properties, rank_, chunk.data()) != rank_) {
    throw damaged(where(), "its chunks cannot be read");
  }
  constexpr double kMostBytes = 0x1p32;  // HDF5's own limit
  const double bytes = static_cast<double>(chunk[0]) * static_cast<double>(chunk[1]) *
                       static_cast<double>(element_bytes_);
  if (chunk[0] < 1 || chunk[1] < 1 || bytes > kMostBytes) {
    throw damaged(where(), fmt::format("it claims chunks of {} x {}", chunk[0], chunk[1]));
  }
  file_->require_plausible(name_, bytes);
  piece_rows_ = static_cast<std::int64_t>(chunk[0]);
  piece_columns_ = static_cast<std::int64_t>(chunk[1]);
  if (pipeline_.is_ours()) storage_ = Storage::kChunks;
}

Piece StoredArray::piece(std::int64_t i, std::int64_t j) const {
  Piece piece;
  piece.row = i * piece_rows_;
  piece.rows = std::min(piece_rows_, rows_ - piece.row);
  piece.column = j * piece_columns_;
  piece.columns = std::min(piece_columns_, columns_ - piece.column);
  piece.stride = storage_ == Storage::kChunks ? piece_columns_ : piece.columns;
  return piece;
}

std::string StoredArray::describe(const Piece& piece) const {
  return rank_ == 1 ? fmt::format("the chunk at {}", piece.row)
                    : fmt::format("the chunk at ({}, {})", piece.row, piece.column);
}

const std::byte* StoredArray::load(const Piece& piece, Scratch& scratch) const {
  return storage_ == Storage::kChunks ? load_chunk(piece, scratch) : load_rows(piece, scratch);
}

const std::byte* StoredArray::load_chunk(const Piece& piece, Scratch& scratch) const {
  const std::array<hsize_t, 2> at{static_cast<hsize_t>(piece.row),
                                  static_cast<hsize_t>(piece.column)};
  hsize_t stored = 0;
  std::uint32_t skipped = 0;
  std::byte* raw = nullptr;
  {
    const Hdf5Lock lock;
    if (H5Dget_chunk_storage_size(dataset_, at.data(), &stored) < 0) {
      throw damaged(where(), fmt::format("{} is not to be found", describe(piece)));
    }
    if (stored == 0) return nullptr;
    if (stored > static_cast<hsize_t>(file_->size())) {
      throw damaged(where(), fmt::format("{} is larger than the file", describe(piece)));
    }
    raw = scratch.stored.at_least(static_cast<std::int64_t>(stored));
    if (H5Dread_chunk(dataset_, H5P_DEFAULT, at.data(), &skipped, raw) < 0) {
      throw damaged(where(), fmt::format("{} cannot be read", describe(piece)));
    }
  }
  std::byte* decoded = nullptr;
  const auto status = decode_chunk(pipeline_, skipped, {raw, static_cast<std::size_t>(stored)},
                                   piece_rows_ * piece_columns_ * element_bytes_, scratch, decoded);
  if (status != DecodeStatus::kOk) {
    throw damaged(where(), fmt::format("{}: {}", describe(piece), io::describe(status)));
  }
  return decoded;
}

const std::byte* StoredArray::load_rows(const Piece& piece, Scratch& scratch) const {
  const std::int64_t bytes = piece.rows * piece.columns * element_bytes_;
  std::byte* to = scratch.stored.at_least(bytes);
  if (!file_->read_bytes(offset_ + piece.row * columns_ * element_bytes_, bytes, to)) {
    throw damaged(where(), "it reaches past the end of the file");
  }
  return to;
}

}  // namespace cupel::io
