#include "io/lzf.hpp"

#include <hdf5.h>

#include <cstdlib>
#include <cstring>

#include "io/filters.hpp"

namespace cupel::io {
namespace {

constexpr std::size_t kMaxLzfChunk = std::size_t{1} << 32;  // HDF5 has no larger chunks

// As an HDF5 filter: decodes *buffer into a new allocation, 0 on failure. Writing is not offered.
std::size_t lzf_filter(unsigned flags, std::size_t n_parameters, const unsigned parameters[],
                       std::size_t n_bytes, std::size_t* buffer_size, void** buffer) {
  if ((flags & H5Z_FLAG_REVERSE) == 0) return 0;
  // The third parameter is the size of the chunk; files of very old h5py lack it.
  std::size_t capacity = n_parameters >= 3 && parameters[2] != 0 ? parameters[2] : *buffer_size;
  while (capacity <= kMaxLzfChunk) {
    auto* decoded = static_cast<std::uint8_t*>(std::malloc(capacity));
    if (decoded == nullptr) return 0;
    const auto length =
        lzf_decompress({static_cast<const std::uint8_t*>(*buffer), n_bytes}, {decoded, capacity});
    if (length > 0) {
      std::free(*buffer);
      *buffer = decoded;
      *buffer_size = capacity;
      return static_cast<std::size_t>(length);
    }
    std::free(decoded);
    if (n_parameters >= 3) return 0;
    capacity = capacity * 2 + 64;
  }
  return 0;
}

}  // namespace

std::ptrdiff_t lzf_decompress(std::span<const std::uint8_t> in,
                              std::span<std::uint8_t> out) noexcept {
  const std::uint8_t* from = in.data();
  const std::uint8_t* const from_end = from + in.size();
  std::uint8_t* to = out.data();
  std::uint8_t* const to_end = to + out.size();
  while (from < from_end) {
    const std::size_t control = *from++;
    if (control < 32) {  // control + 1 bytes as they are
      const std::size_t length = control + 1;
      if (static_cast<std::size_t>(from_end - from) < length) return -1;
      if (static_cast<std::size_t>(to_end - to) < length) return -1;
      std::memcpy(to, from, length);
      from += length;
      to += length;
      continue;
    }
    // A copy of earlier output: 3 bits of length (7: one more byte), 13 bits of distance.
    std::size_t length = control >> 5;
    if (length == 7) {
      if (from == from_end) return -1;
      length += *from++;
    }
    length += 2;
    if (from == from_end) return -1;
    const std::size_t distance = ((control & 31) << 8) + *from++ + 1;
    if (static_cast<std::size_t>(to - out.data()) < distance) return -1;
    if (static_cast<std::size_t>(to_end - to) < length) return -1;
    const std::uint8_t* copy = to - distance;
    if (distance >= length) {
      std::memcpy(to, copy, length);
      to += length;
    } else {
      for (std::size_t k = 0; k < length; ++k) *to++ = *copy++;  // overlapping on purpose
    }
  }
  return to - out.data();
}

bool register_lzf_filter() {
  static const H5Z_class2_t kClass{H5Z_CLASS_T_VERS, kLzfFilter, 0,         1, "lzf",
                                   nullptr,          nullptr,    lzf_filter};
  return H5Zfilter_avail(kLzfFilter) > 0 || H5Zregister(&kClass) >= 0;
}

}  // namespace cupel::io
