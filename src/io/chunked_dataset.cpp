#include "io/chunked_dataset.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "cupel/error.hpp"
#include "parallel/parallel.hpp"

namespace cupel::io {
namespace {

static_assert(std::endian::native == std::endian::little,
              "chunks are written as they lie in memory");

constexpr std::size_t kChunkBytes = std::size_t{1} << 20;
// Chunks compressed at a time: enough for every thread of a large machine, and a number of its own,
// so that the layout of the file does not depend on the machine.
constexpr std::size_t kBatch = 64;
constexpr unsigned kLevelOnLabel =
    4;  // what the filter's entry in the file says; readers ignore it

using Compressor = std::unique_ptr<libdeflate_compressor, decltype(&libdeflate_free_compressor)>;

std::vector<std::byte> compress(std::span<const std::byte> raw, int level) {
  const Compressor compressor(libdeflate_alloc_compressor(level), &libdeflate_free_compressor);
  if (compressor == nullptr)
    throw Error(ErrorKind::kOutOfMemory, "no memory for a gzip compressor");
  std::vector<std::byte> out(libdeflate_zlib_compress_bound(compressor.get(), raw.size()));
  out.resize(
      libdeflate_zlib_compress(compressor.get(), raw.data(), raw.size(), out.data(), out.size()));
  return out;
}

}  // namespace

ChunkedDataset::ChunkedDataset(const Hdf5Output& file, hid_t parent, std::string name, hid_t type,
                               std::int64_t cols, int level)
    : file_(file),
      parent_(parent),
      name_(std::move(name)),
      type_(type),
      cols_(cols),
      level_(level),
      row_bytes_(H5Tget_size(type) * static_cast<std::size_t>(std::max<std::int64_t>(cols, 1))),
      chunk_rows_(static_cast<std::int64_t>(std::max<std::size_t>(kChunkBytes / row_bytes_, 1))) {}

std::int64_t ChunkedDataset::pending_rows() const noexcept {
  return static_cast<std::int64_t>(pending_.size() / row_bytes_);
}

void ChunkedDataset::append(const void* rows, std::int64_t n) {
  const auto* bytes = static_cast<const std::byte*>(rows);
  pending_.insert(pending_.end(), bytes, bytes + static_cast<std::size_t>(n) * row_bytes_);
  const std::int64_t full = pending_rows() / chunk_rows_;
  if (full >= static_cast<std::int64_t>(kBatch)) write_chunks(full * chunk_rows_);
}

Handle ChunkedDataset::finish() {
  // A dataset of less than a chunk gets a chunk of its own size.
  if (!dataset_.valid()) create(std::clamp<std::int64_t>(pending_rows(), 1, chunk_rows_));
  if (!pending_.empty()) write_chunks(pending_rows());
  pending_ = {};
  return std::move(dataset_);
}

void ChunkedDataset::create(std::int64_t chunk_rows) {
  const Hdf5Lock lock;
  chunk_rows_ = chunk_rows;
  const int rank = cols_ == 0 ? 1 : 2;
  const auto cols = static_cast<hsize_t>(cols_);
  const std::array<hsize_t, 2> empty{0, cols};
  const std::array<hsize_t, 2> limit{H5S_UNLIMITED, cols};
  const std::array<hsize_t, 2> chunk{static_cast<hsize_t>(chunk_rows), cols};
  const Handle space(file_.check(H5Screate_simple(rank, empty.data(), limit.data())), H5Sclose);
  const Handle layout(file_.check(H5Pcreate(H5P_DATASET_CREATE)), H5Pclose);
  file_.check(H5Pset_chunk(layout.id(), rank, chunk.data()));
  file_.check(H5Pset_deflate(layout.id(), kLevelOnLabel));
  file_.check(H5Pset_obj_track_times(layout.id(), false));  // same content, same bytes
  dataset_ = Handle(file_.check(H5Dcreate2(parent_, name_.c_str(), type_, space.id(), H5P_DEFAULT,
                                           layout.id(), H5P_DEFAULT)),
                    H5Dclose);
}

void ChunkedDataset::write_chunks(std::int64_t rows) {
  if (!dataset_.valid()) create(chunk_rows_);
  const std::int64_t chunks = (rows + chunk_rows_ - 1) / chunk_rows_;
  const std::size_t chunk_bytes = static_cast<std::size_t>(chunk_rows_) * row_bytes_;
  const std::size_t row_end = static_cast<std::size_t>(rows) * row_bytes_;
  // HDF5 stores the last chunk whole as well.
  pending_.resize(std::max(pending_.size(), static_cast<std::size_t>(chunks) * chunk_bytes));

  std::vector<std::vector<std::byte>> packed(static_cast<std::size_t>(chunks));
  for_each_chunk(chunks, 1, [&](std::int64_t chunk, std::int64_t /*end*/) {
    const auto index = static_cast<std::size_t>(chunk);
    packed[index] = compress({pending_.data() + index * chunk_bytes, chunk_bytes}, level_);
  });

  const Hdf5Lock lock;
  const std::array<hsize_t, 2> extent{static_cast<hsize_t>(written_ + rows),
                                      static_cast<hsize_t>(cols_)};
  file_.check(H5Dset_extent(dataset_.id(), extent.data()));
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    const auto& bytes = packed[static_cast<std::size_t>(chunk)];
    const std::array<hsize_t, 2> offset{static_cast<hsize_t>(written_ + chunk * chunk_rows_), 0};
    file_.check(
        H5Dwrite_chunk(dataset_.id(), H5P_DEFAULT, 0, offset.data(), bytes.size(), bytes.data()));
  }
  written_ += rows;
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(
                                                          std::min(row_end, pending_.size())));
}

}  // namespace cupel::io
