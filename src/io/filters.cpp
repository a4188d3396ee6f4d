#include "io/filters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "io/hdf5_handle.hpp"

namespace cupel::io {
namespace {

constexpr std::array kNames{
    std::pair<H5Z_filter_t, std::string_view>{H5Z_FILTER_DEFLATE, "gzip"},
    std::pair<H5Z_filter_t, std::string_view>{H5Z_FILTER_SHUFFLE, "shuffle"},
    std::pair<H5Z_filter_t, std::string_view>{H5Z_FILTER_FLETCHER32, "fletcher32"},
    std::pair<H5Z_filter_t, std::string_view>{H5Z_FILTER_SZIP, "szip"},
    std::pair<H5Z_filter_t, std::string_view>{H5Z_FILTER_NBIT, "nbit"},
    std::pair<H5Z_filter_t, std::string_view>{H5Z_FILTER_SCALEOFFSET, "scaleoffset"},
    std::pair<H5Z_filter_t, std::string_view>{kLzfFilter, "lzf"},
    std::pair<H5Z_filter_t, std::string_view>{307, "bzip2"},
    std::pair<H5Z_filter_t, std::string_view>{32001, "blosc"},
    std::pair<H5Z_filter_t, std::string_view>{32004, "lz4"},
    std::pair<H5Z_filter_t, std::string_view>{32008, "bitshuffle"},
    std::pair<H5Z_filter_t, std::string_view>{32013, "zfp"},
    std::pair<H5Z_filter_t, std::string_view>{32015, "zstd"},
    std::pair<H5Z_filter_t, std::string_view>{32026, "blosc2"},
};

bool compresses(const Filter& filter) {
  return filter.id == H5Z_FILTER_DEFLATE || filter.id == kLzfFilter;
}

bool keeps_size(const Filter& filter) {
  return filter.id == H5Z_FILTER_SHUFFLE || filter.id == H5Z_FILTER_FLETCHER32;
}

}  // namespace

bool Pipeline::is_ours() const {
  return std::ranges::all_of(filters,
                             [](const Filter& f) { return compresses(f) || keeps_size(f); }) &&
         std::ranges::count_if(filters, compresses) <= 1;
}

std::string Pipeline::description() const {
  if (filters.empty()) return "none";
  // The compression first: it is what one looks for.
  std::vector<std::string> words;
  for (const bool first : {true, false}) {
    for (const Filter& filter : filters) {
      if (keeps_size(filter) == first) continue;
      std::string word = filter_name(filter);
      if (filter.id == H5Z_FILTER_DEFLATE && !filter.parameters.empty()) {
        word.append(fmt::format("-{}", filter.parameters[0]));
      }
      words.push_back(std::move(word));
    }
  }
  return fmt::format("{}", fmt::join(words, " + "));
}

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
  if (pipeline.is_ours()) return nullptr;
  const Hdf5Lock lock;
  const auto missing = std::ranges::find_if(
      pipeline.filters, [](const Filter& filter) { return H5Zfilter_avail(filter.id) <= 0; });
  return missing == pipeline.filters.end() ? nullptr : &*missing;
}

std::string filter_name(const Filter& filter) {
  const auto known =
      std::ranges::find(kNames, filter.id, [](const auto& pair) { return pair.first; });
  if (known != kNames.end()) return std::string(known->second);
  return filter.name.empty() ? fmt::format("filter {}", filter.id) : filter.name;
}

}  // namespace cupel::io
