#include "io/hdf5/library_dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "io/hdf5/library_filters.hpp"
#include "io/hdf5/library_text.hpp"
#include "io/hdf5/library_type.hpp"

namespace cupel::io {

LibraryDataset::LibraryDataset(const RawFile& file, Handle dataset, Where where)
    : Dataset(std::move(where)), file_(&file), dataset_(std::move(dataset)) {
  const Hdf5Lock lock;
  const Handle space(H5Dget_space(dataset_.id()), H5Sclose);
  const Handle type(H5Dget_type(dataset_.id()), H5Tclose);
  const Handle properties(H5Dget_create_plist(dataset_.id()), H5Pclose);
  if (!space.valid() || !type.valid() || !properties.valid()) {
    throw damaged(where_, "its header cannot be read");
  }
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr);
  double elements = 1;
  for (int d = 0; d < rank; ++d) {
    const hsize_t extent = extents[static_cast<std::size_t>(d)];
    elements *= static_cast<double>(std::max<hsize_t>(extent, 1));
    constexpr double kMostElements = 0x1p48;
    if (elements > kMostElements) throw damaged(where_, "it claims an impossible shape");
    extents_.push_back(static_cast<std::int64_t>(extent));
  }
  type_ = describe_type(type.id(), where_);
  pipeline_ = read_pipeline(properties.id());
  if (const Filter* filter = find_missing_filter(pipeline_)) {
    throw filter_not_available(where_, *filter);
  }
  stored_bytes_ = static_cast<std::int64_t>(H5Dget_storage_size(dataset_.id()));
  check_storage(properties.id());
  if (type_.kind == Datatype::Kind::kNumber) numbers_type_ = memory_type(type_.number);
}

void LibraryDataset::check_storage(hid_t properties) {
  const H5D_layout_t layout = H5Pget_layout(properties);
  if (layout == H5D_VIRTUAL || H5Pget_external_count(properties) > 0) throw elsewhere(where_);
  if (layout != H5D_CHUNKED || extents_.empty() || extents_.size() > 2) {
    cut_into_rows(type_.bytes);
    return;
  }
  std::array<hsize_t, 2> chunk{1, 1};
  H5Pget_chunk(properties, static_cast<int>(extents_.size()), chunk.data());
  if (chunk[0] < 1 || chunk[1] < 1) throw damaged(where_, "its chunks cannot be read");
  const double bytes = static_cast<double>(chunk[0]) * static_cast<double>(chunk[1]) *
                       static_cast<double>(type_.bytes);
  file_->require_plausible(where_, bytes);
  piece_rows_ = static_cast<std::int64_t>(chunk[0]);
  piece_columns_ = static_cast<std::int64_t>(chunk[1]);
}

const std::byte* LibraryDataset::load_numbers(const Piece& piece, Scratch& scratch) const {
  const std::int64_t bytes = piece.rows * piece.columns * bytes_of(type_.number.element);
  std::byte* to = scratch.stored.at_least(bytes);
  const int rank = static_cast<int>(extents_.size());
  const std::array<hsize_t, 2> start{static_cast<hsize_t>(piece.row),
                                     static_cast<hsize_t>(piece.column)};
  const std::array<hsize_t, 2> count{static_cast<hsize_t>(piece.rows),
                                     static_cast<hsize_t>(piece.columns)};
  const Hdf5Lock lock;
  const Handle from(H5Dget_space(dataset_.id()), H5Sclose);
  const Handle into(H5Screate_simple(rank, count.data(), nullptr), H5Sclose);
  if (H5Sselect_hyperslab(from.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) <
          0 ||
      H5Dread(dataset_.id(), numbers_type_.id(), into.id(), from.id(), H5P_DEFAULT, to) < 0) {
    throw damaged(where_, fmt::format("{} cannot be decoded", describe(piece)));
  }
  return to;
}

Handle LibraryDataset::type_of(const Datatype::Field* field) const {
  Handle type(H5Dget_type(dataset_.id()), H5Tclose);
  if (field == nullptr) return type;
  const int member = H5Tget_member_index(type.id(), field->name.c_str());
  return {H5Tget_member_type(type.id(), static_cast<unsigned>(std::max(member, 0))), H5Tclose};
}

bool LibraryDataset::read_rows(std::int64_t begin, std::int64_t rows, const Datatype::Field* field,
                               hid_t memory_type, void* to) const {
  if (rows == 0) return true;
  const auto start = static_cast<hsize_t>(begin);
  const auto count = static_cast<hsize_t>(rows);
  const Handle from(H5Dget_space(dataset_.id()), H5Sclose);
  const Handle into(H5Screate_simple(1, &count, nullptr), H5Sclose);
  if (H5Sselect_hyperslab(from.id(), H5S_SELECT_SET, &start, nullptr, &count, nullptr) < 0) {
    return false;
  }
  Handle record;
  if (field != nullptr) {
    record = Handle(H5Tcreate(H5T_COMPOUND, H5Tget_size(memory_type)), H5Tclose);
    if (H5Tinsert(record.id(), field->name.c_str(), 0, memory_type) < 0) return false;
    memory_type = record.id();
  }
  return H5Dread(dataset_.id(), memory_type, into.id(), from.id(), H5P_DEFAULT, to) >= 0;
}

std::vector<std::string> LibraryDataset::read_texts(const Datatype::Field* field) const {
  require_rank(1);
  file_->require_plausible(where_, static_cast<double>(rows()) * static_cast<double>(type_.bytes));
  const Hdf5Lock lock;
  const Handle type = type_of(field);
  std::vector<std::string> texts;
  // In blocks, so that the library's own copies of the texts never exist all at once.
  constexpr std::int64_t kBlock = 1 << 16;
  for (std::int64_t begin = 0; begin < rows(); begin += kBlock) {
    const std::int64_t n = std::min(kBlock, rows() - begin);
    const auto read = [&](hid_t memory_type, void* to) {
      return read_rows(begin, n, field, memory_type, to);
    };
    if (!read_library_texts(type.id(), n, read, texts)) {
      throw damaged(where_, "its text cannot be read");
    }
  }
  return texts;
}

std::vector<std::byte> LibraryDataset::read_numbers(const Datatype::Field* field) const {
  require_rank(1);
  const NumberType& number = field == nullptr ? type_.number : field->type.number;
  const auto bytes = bytes_of(number.element);
  file_->require_plausible(where_, static_cast<double>(rows()) * static_cast<double>(bytes));
  std::vector<std::byte> numbers(static_cast<std::size_t>(rows() * bytes));
  const Hdf5Lock lock;
  const Handle type = memory_type(number);
  if (!read_rows(0, rows(), field, type.id(), numbers.data())) {
    throw damaged(where_, "its values cannot be read");
  }
  return numbers;
}

}  // namespace cupel::io
