#include "io/hdf5/library_filters.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include "io/hdf5/hdf5_handle.hpp"
#include "io/lzf.hpp"

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

Pipeline read_pipeline(hid_t creation_properties) {
  const Hdf5Lock lock;
  Pipeline pipeline;
  const int count = H5Pget_nfilters(creation_properties);
  for (int index = 0; index < count; ++index) {
    Filter filter;
    unsigned flags = 0;
    unsigned config = 0;
    std::array<unsigned, 32> parameters{};
    std::size_t n_parameters = parameters.size();
    std::array<char, 64> name{};
    filter.id = H5Pget_filter2(creation_properties, static_cast<unsigned>(index), &flags,
                               &n_parameters, parameters.data(), name.size(), name.data(), &config);
    name.back() = '\0';
    filter.name = name.data();
    filter.parameters.assign(parameters.begin(),
                             parameters.begin() + static_cast<std::ptrdiff_t>(
                                                      std::min(n_parameters, parameters.size())));
    pipeline.filters.push_back(std::move(filter));
  }
  return pipeline;
}

const Filter* find_missing_filter(const Pipeline& pipeline) {
  const Hdf5Lock lock;
  const auto missing = std::ranges::find_if(
      pipeline.filters, [](const Filter& filter) { return H5Zfilter_avail(filter.id) <= 0; });
  return missing == pipeline.filters.end() ? nullptr : &*missing;
}

bool register_lzf_filter() {
  static const H5Z_class2_t kClass{H5Z_CLASS_T_VERS, kLzfFilter, 0,         1, "lzf",
                                   nullptr,          nullptr,    lzf_filter};
  return H5Zfilter_avail(kLzfFilter) > 0 || H5Zregister(&kClass) >= 0;
}

}  // namespace cupel::io
