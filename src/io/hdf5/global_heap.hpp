#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

// Not thread safe. Text of variable length lies in the file's global heap, in collections of a few
// kilobytes; a dataset or an attribute holds references to it. Read by our own hand: libhdf5 takes
// the sizes in a collection on trust, so that a damaged file could crash it, and asks for each text
// by itself, which takes long for a million cells.
class GlobalHeap {
 public:
  explicit GlobalHeap(const RawFile& file) : file_(&file) {}

  static constexpr std::int64_t kReferenceBytes = 16;  // where addresses have 8 bytes

  // The text that a stored reference leads to. Throws `damaged` naming `where`.
  [[nodiscard]] std::string text(const std::byte* reference, const Where& where);

 private:
  struct Object {
    std::int64_t offset = -1;  // in the collection's bytes
    std::int64_t size = 0;
  };
  struct Collection {
    std::vector<std::byte> bytes;
    std::vector<Object> objects;  // by index
  };

  const Collection& collection(std::int64_t address, const Where& where);
  Collection load(std::int64_t address, const Where& where) const;

  const RawFile* file_;
  std::unordered_map<std::int64_t, Collection> loaded_;
  std::size_t loaded_bytes_ = 0;
};

}  // namespace cupel::io
