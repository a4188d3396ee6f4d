#include "io/filters.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace cupel::io {
namespace {

constexpr std::array kNames{
    std::pair<int, std::string_view>{kGzipFilter, "gzip"},
    std::pair<int, std::string_view>{kShuffleFilter, "shuffle"},
    std::pair<int, std::string_view>{kFletcher32Filter, "fletcher32"},
    std::pair<int, std::string_view>{kSzipFilter, "szip"},
    std::pair<int, std::string_view>{5, "nbit"},
    std::pair<int, std::string_view>{6, "scaleoffset"},
    std::pair<int, std::string_view>{kLzfFilter, "lzf"},
    std::pair<int, std::string_view>{307, "bzip2"},
    std::pair<int, std::string_view>{32001, "blosc"},
    std::pair<int, std::string_view>{32004, "lz4"},
    std::pair<int, std::string_view>{32008, "bitshuffle"},
    std::pair<int, std::string_view>{32013, "zfp"},
    std::pair<int, std::string_view>{32015, "zstd"},
    std::pair<int, std::string_view>{32026, "blosc2"},
};

bool compresses(const Filter& filter) {
  return filter.id == kGzipFilter || filter.id == kLzfFilter;
}

bool keeps_size(const Filter& filter) {
  return filter.id == kShuffleFilter || filter.id == kFletcher32Filter;
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
      if (filter.id == kGzipFilter && !filter.parameters.empty()) {
        word.append(fmt::format("-{}", filter.parameters[0]));
      }
      words.push_back(std::move(word));
    }
  }
  return fmt::format("{}", fmt::join(words, " + "));
}

std::string filter_name(const Filter& filter) {
  const auto known =
      std::ranges::find(kNames, filter.id, [](const auto& pair) { return pair.first; });
  if (known != kNames.end()) return std::string(known->second);
  return filter.name.empty() ? fmt::format("filter {}", filter.id) : filter.name;
}

}  // namespace cupel::io
