#include "io/hdf5/stored_dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/chunk_decode.hpp"
#include "io/hdf5/bytes.hpp"
#include "io/hdf5/dataspace.hpp"
#include "io/hdf5/global_heap.hpp"
#include "io/hdf5/text.hpp"

namespace cupel::io {
namespace {

bool only_library_converts(const Datatype& type) {
  return (type.kind == Datatype::Kind::kNumber && type.order == Datatype::Order::kOther) ||
         std::ranges::any_of(type.fields,
                             [](const auto& field) { return only_library_converts(field.type); });
}

void swap_bytes(std::byte* numbers, std::int64_t n, std::int64_t bytes) {
  for (std::int64_t k = 0; k < n; ++k) std::reverse(numbers + k * bytes, numbers + (k + 1) * bytes);
}

}  // namespace

StoredDataset::StoredDataset(const RawFile& file, const ObjectHeader& header, Where where)
    : Dataset(std::move(where)), file_(&file) {
  const auto* space = header.find_own(MessageType::kDataspace);
  const auto* type = header.find(MessageType::kDatatype);
  if (space == nullptr || type == nullptr) throw damaged(where_, "its header cannot be read");
  const Dataspace dataspace = read_dataspace(space->body, where_);
  extents_ = dataspace.extents;
  if (dataspace.is_null) extents_ = {0};
  type_ = type->is_shared ? read_shared_datatype(file, type->body, where_)
                          : read_datatype(type->body, where_);
  pipeline_ = read_filters(header, where_);
  layout_ = read_layout(header, where_);
  fill_value_ = read_fill_value(header, where_);
  if (only_library_converts(type_) || !pipeline_.is_ours()) throw NeedsLibrary{};
  if (type_.bytes < 1) throw damaged(where_, "its elements have no size");
  if (static_cast<std::int64_t>(fill_value_.size()) != type_.bytes) fill_value_.clear();

  const double bytes = static_cast<double>(dataspace.elements()) * static_cast<double>(type_.bytes);
  constexpr double kMostBytes = 0x1p58;
  if (bytes > kMostBytes) throw damaged(where_, "it claims an impossible shape");
  const auto needed = static_cast<std::uint64_t>(dataspace.elements() * type_.bytes);
  const auto end = static_cast<std::uint64_t>(file.end());
  switch (layout_.kind) {
    case Layout::Kind::kChunked:
      place_chunks();
      return;
    case Layout::Kind::kCompact:
      if (layout_.compact.size() < needed) throw damaged(where_, "it is shorter than its shape");
      break;
    case Layout::Kind::kContiguous:
      if (layout_.address == kUndefinedAddress) break;  // never written
      if (layout_.address > end || needed > end - layout_.address) {
        throw damaged(where_, "it reaches past the end of the file");
      }
      break;
  }
  stored_bytes_ = static_cast<std::int64_t>(needed);
  cut_into_rows(type_.bytes);
}

void StoredDataset::place_chunks() {
  if (layout_.chunk.size() != extents_.size()) {
    throw damaged(where_, "its chunks have other dimensions");
  }
  double bytes = static_cast<double>(type_.bytes);
  for (const auto extent : layout_.chunk) bytes *= static_cast<double>(extent);
  constexpr double kMostBytes = 0x1p32;  // HDF5's own limit
  if (bytes > kMostBytes) throw damaged(where_, "its chunks are impossibly large");
  file_->require_plausible(where_, bytes);
  has_full_chunks_ = true;
  piece_rows_ = layout_.chunk[0];
  piece_columns_ = layout_.chunk.size() < 2 ? 1 : layout_.chunk[1];
  chunks_ = ChunkIndex(*file_, layout_, extents_, static_cast<std::int64_t>(bytes), where_);
  stored_bytes_ = chunks_.stored_bytes();
}

std::byte* StoredDataset::load(const Piece& piece, Scratch& scratch) const {
  return layout_.kind == Layout::Kind::kChunked ? load_chunk(piece, scratch)
                                                : load_rows(piece, scratch);
}

std::byte* StoredDataset::fill(std::int64_t elements, Scratch& scratch) const {
  std::byte* to = scratch.stored.at_least(elements * type_.bytes);
  if (fill_value_.empty()) {
    std::memset(to, 0, static_cast<std::size_t>(elements * type_.bytes));
  } else {
    for (std::int64_t k = 0; k < elements; ++k) {
      std::ranges::copy(fill_value_, to + k * type_.bytes);
    }
  }
  return to;
}

std::byte* StoredDataset::load_chunk(const Piece& piece, Scratch& scratch) const {
  const std::int64_t across = (columns() + piece_columns_ - 1) / piece_columns_;
  const StoredChunk* chunk = chunks_.find(
      static_cast<std::uint64_t>(piece.row / piece_rows_ * across + piece.column / piece_columns_));
  const std::int64_t elements = piece_rows_ * piece_columns_;
  if (chunk == nullptr) return fill(elements, scratch);
  std::byte* raw = scratch.stored.at_least(chunk->size);
  if (!file_->read(static_cast<std::int64_t>(chunk->address), chunk->size, raw)) {
    throw damaged(where_, fmt::format("{} cannot be read", describe(piece)));
  }
  std::byte* decoded = nullptr;
  const auto status = decode_chunk(pipeline_, chunk->skipped, {raw, chunk->size},
                                   elements * type_.bytes, scratch, decoded);
  if (status != DecodeStatus::kOk) {
    throw damaged(where_, fmt::format("{}: {}", describe(piece), io::describe(status)));
  }
  return decoded;
}

std::byte* StoredDataset::load_rows(const Piece& piece, Scratch& scratch) const {
  const std::int64_t elements = piece.rows * piece.columns;
  const std::int64_t offset = piece.row * columns() * type_.bytes;
  const std::int64_t bytes = elements * type_.bytes;
  if (layout_.kind == Layout::Kind::kContiguous && layout_.address == kUndefinedAddress) {
    return fill(elements, scratch);
  }
  std::byte* to = scratch.stored.at_least(bytes);
  if (layout_.kind == Layout::Kind::kCompact) {
    std::copy_n(layout_.compact.data() + offset, bytes, to);
  } else if (!file_->read(static_cast<std::int64_t>(layout_.address) + offset, bytes, to)) {
    throw damaged(where_, "it reaches past the end of the file");
  }
  return to;
}

const std::byte* StoredDataset::load_numbers(const Piece& piece, Scratch& scratch) const {
  std::byte* numbers = load(piece, scratch);
  if (type_.order == Datatype::Order::kSwapped) {
    swap_bytes(numbers, piece.rows * piece.stride, type_.bytes);
  }
  return numbers;
}

template <typename Use>
void StoredDataset::for_each_piece(const Use& use) const {
  require_rank(1);
  // Whatever is read is going to be held: not more than the file can be thought to hold.
  file_->require_plausible(where_, static_cast<double>(rows()) * static_cast<double>(type_.bytes));
  Scratch scratch;
  for (std::int64_t k = 0; k * piece_rows_ < rows(); ++k) {
    const Piece next = piece(k, 0);
    use(load(next, scratch), next.rows);
  }
}

std::vector<std::string> StoredDataset::read_texts(const Datatype::Field* field) const {
  const Datatype& type = field == nullptr ? type_ : field->type;
  const std::int64_t offset = field == nullptr ? 0 : field->offset;
  std::vector<std::string> texts;
  GlobalHeap heap(*file_);
  for_each_piece([&](const std::byte* records, std::int64_t n) {
    for (std::int64_t k = 0; k < n; ++k) {
      const std::byte* text = records + k * type_.bytes + offset;
      texts.push_back(type.is_variable_text
                          ? heap.text(text, where_)
                          : fixed_text(text, type.bytes, type.is_padded_by_spaces));
    }
  });
  return texts;
}

std::vector<std::byte> StoredDataset::read_numbers(const Datatype::Field* field) const {
  const Datatype& type = field == nullptr ? type_ : field->type;
  const std::int64_t offset = field == nullptr ? 0 : field->offset;
  std::vector<std::byte> numbers;
  for_each_piece([&](const std::byte* records, std::int64_t n) {
    if (field == nullptr) {
      numbers.insert(numbers.end(), records, records + n * type.bytes);
      return;
    }
    for (std::int64_t k = 0; k < n; ++k) {
      const std::byte* number = records + k * type_.bytes + offset;
      numbers.insert(numbers.end(), number, number + type.bytes);
    }
  });
  if (type.order == Datatype::Order::kSwapped) {
    swap_bytes(numbers.data(), static_cast<std::int64_t>(numbers.size()) / type.bytes, type.bytes);
  }
  return numbers;
}

}  // namespace cupel::io
