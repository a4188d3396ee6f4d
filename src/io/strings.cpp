#include "io/strings.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/global_heap.hpp"
#include "io/stored_array.hpp"

namespace cupel::io {
namespace {

bool read_variable(hid_t type, std::int64_t count, const std::function<bool(hid_t, void*)>& read,
                   std::vector<std::string>& out) {
  const Handle memory(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(memory.id(), H5T_VARIABLE);
  H5Tset_cset(memory.id(), H5Tget_cset(type));
  std::vector<char*> pointers(static_cast<std::size_t>(count), nullptr);
  const bool ok = read(memory.id(), pointers.data());
  if (ok) {
    out.reserve(out.size() + pointers.size());
    for (const char* text : pointers) out.emplace_back(text == nullptr ? "" : text);
  }
  const auto extent = static_cast<hsize_t>(count);
  const Handle space(H5Screate_simple(1, &extent, nullptr), H5Sclose);
  H5Dvlen_reclaim(memory.id(), space.id(), H5P_DEFAULT, pointers.data());
  return ok;
}

bool read_fixed(hid_t type, std::int64_t count, const std::function<bool(hid_t, void*)>& read,
                std::vector<std::string>& out) {
  const std::size_t width = H5Tget_size(type);
  if (width == 0) return false;
  const bool spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  const Handle memory(H5Tcopy(type), H5Tclose);
  std::vector<char> bytes(static_cast<std::size_t>(count) * width);
  if (!read(memory.id(), bytes.data())) return false;
  out.reserve(out.size() + static_cast<std::size_t>(count));
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    out.push_back(fixed_text(reinterpret_cast<const std::byte*>(bytes.data() + at),
                             static_cast<std::int64_t>(width), spaces));
  }
  return true;
}

}  // namespace

std::string fixed_text(const std::byte* bytes, std::int64_t width, bool padded_with_spaces) {
  const auto* text = reinterpret_cast<const char*>(bytes);
  std::size_t length = strnlen(text, static_cast<std::size_t>(width));
  while (padded_with_spaces && length > 0 && text[length - 1] == ' ') --length;
  return {text, length};
}

bool describe_text(hid_t type, TextType& out) {
  const Hdf5Lock lock;
  if (H5Tget_class(type) != H5T_STRING) return false;
  out.is_variable = H5Tis_variable_str(type) > 0;
  out.padded_with_spaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
  out.bytes =
      out.is_variable ? GlobalHeap::kReferenceBytes : static_cast<std::int64_t>(H5Tget_size(type));
  return true;
}

bool read_texts(hid_t type, std::int64_t count, const std::function<bool(hid_t, void*)>& read,
                std::vector<std::string>& out) {
  const Hdf5Lock lock;
  if (H5Tget_class(type) != H5T_STRING) return false;
  return H5Tis_variable_str(type) > 0 ? read_variable(type, count, read, out)
                                      : read_fixed(type, count, read, out);
}

std::optional<std::vector<std::string>> read_stored_texts(const Hdf5File& file, hid_t dataset,
                                                          const Where& where, const TextType& type,
                                                          std::int64_t element_bytes,
                                                          std::int64_t offset) {
  const Hdf5Lock lock;
  if (type.is_variable && !file.has_wide_addresses()) return std::nullopt;
  const StoredArray stored(file, dataset, where.object, 1, element_bytes);
  if (!stored.is_loadable()) return std::nullopt;
  std::vector<std::string> texts;
  texts.reserve(static_cast<std::size_t>(stored.rows()));
  Scratch scratch;
  for (std::int64_t k = 0; k * stored.piece_rows() < stored.rows(); ++k) {
    const Piece piece = stored.piece(k, 0);
    const std::byte* elements = stored.load(piece, scratch);
    if (elements == nullptr) return std::nullopt;  // never written: what is there is up to libhdf5
    for (std::int64_t row = 0; row < piece.rows; ++row) {
      const std::byte* element = elements + row * element_bytes + offset;
      texts.push_back(type.is_variable ? file.heap().text(element, where)
                                       : fixed_text(element, type.bytes, type.padded_with_spaces));
    }
  }
  return texts;
}

std::vector<std::string> read_text_dataset(const Hdf5File& file, hid_t dataset, std::int64_t rows,
                                           const Where& where) {
  const Hdf5Lock lock;
  const Handle type(H5Dget_type(dataset), H5Tclose);
  TextType text;
  if (!describe_text(type.id(), text)) throw not_supported(where, "does not hold text");
  if (auto stored = read_stored_texts(file, dataset, where, text, text.bytes, 0)) {
    return std::move(*stored);
  }
  std::vector<std::string> texts;
  // In blocks, so that the library's own copies of the texts never exist all at once.
  constexpr std::int64_t kBlock = 1 << 16;
  const Handle space(H5Dget_space(dataset), H5Sclose);
  for (std::int64_t begin = 0; begin < rows; begin += kBlock) {
    const auto start = static_cast<hsize_t>(begin);
    const auto count = static_cast<hsize_t>(std::min(kBlock, rows - begin));
    const Handle block(H5Screate_simple(1, &count, nullptr), H5Sclose);
    H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, &start, nullptr, &count, nullptr);
    const auto read = [&](hid_t memory_type, void* to) {
      return H5Dread(dataset, memory_type, block.id(), space.id(), H5P_DEFAULT, to) >= 0;
    };
    if (!read_texts(type.id(), static_cast<std::int64_t>(count), read, texts)) {
      throw damaged(where, "its text cannot be read");
    }
  }
  return texts;
}

}  // namespace cupel::io
