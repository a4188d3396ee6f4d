#include "io/hdf5/global_heap.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "io/hdf5/bytes.hpp"

namespace cupel::io {
namespace {

constexpr std::int64_t kEntryHeaderBytes = 16;  // of a collection, and of each object in it
constexpr std::size_t kMostLoadedBytes = std::size_t{64} << 20;

}  // namespace

std::string GlobalHeap::text(const std::byte* reference, const Where& where) {
  const auto length = little_endian<std::uint32_t>(reference);
  const auto address = little_endian<std::uint64_t>(reference + 4);
  const auto index = little_endian<std::uint32_t>(reference + 12);
  if (length == 0 || address == 0) return {};  // how no text is written
  const Collection& found = collection(static_cast<std::int64_t>(address), where);
  if (index >= found.objects.size() || found.objects[index].offset < 0 ||
      found.objects[index].size < static_cast<std::int64_t>(length)) {
    throw damaged(where, "its text is not where it should be");
  }
  const auto* begin =
      reinterpret_cast<const char*>(found.bytes.data() + found.objects[index].offset);
  return {begin, strnlen(begin, length)};
}

const GlobalHeap::Collection& GlobalHeap::collection(std::int64_t address, const Where& where) {
  const auto found = loaded_.find(address);
  if (found != loaded_.end()) return found->second;
  if (loaded_bytes_ > kMostLoadedBytes) {
    loaded_.clear();
    loaded_bytes_ = 0;
  }
  Collection fresh = load(address, where);
  loaded_bytes_ += fresh.bytes.size();
  return loaded_.emplace(address, std::move(fresh)).first->second;
}

GlobalHeap::Collection GlobalHeap::load(std::int64_t address, const Where& where) const {
  const auto fail = [&] { return damaged(where, "its text is not where it should be"); };
  std::array<std::byte, kEntryHeaderBytes> header{};
  if (!file_->read(address, kEntryHeaderBytes, header.data()) ||
      std::memcmp(header.data(), "GCOL\1", 5) != 0) {
    throw fail();
  }
  const auto size = static_cast<std::int64_t>(little_endian<std::uint64_t>(header.data() + 8));
  if (size < kEntryHeaderBytes || size > file_->size()) throw fail();
  Collection collection;
  collection.bytes.resize(static_cast<std::size_t>(size));
  if (!file_->read(address, size, collection.bytes.data())) throw fail();
  for (std::int64_t at = kEntryHeaderBytes; size - at >= kEntryHeaderBytes;) {
    const std::byte* object = collection.bytes.data() + at;
    const auto index = little_endian<std::uint16_t>(object);
    const auto bytes = static_cast<std::int64_t>(little_endian<std::uint64_t>(object + 8));
    if (index == 0) break;  // the rest is free
    if (bytes < 0 || bytes > size - at - kEntryHeaderBytes) throw fail();
    if (index >= collection.objects.size()) collection.objects.resize(index + std::size_t{1});
    collection.objects[index] = {at + kEntryHeaderBytes, bytes};
    at += kEntryHeaderBytes + (bytes + 7) / 8 * 8;
  }
  return collection;
}

}  // namespace cupel::io
