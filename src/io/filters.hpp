#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace cupel::io {

// HDF5's numbers for the filters that we know.
constexpr int kGzipFilter = 1;
constexpr int kShuffleFilter = 2;
constexpr int kFletcher32Filter = 3;
constexpr int kSzipFilter = 4;
constexpr int kLzfFilter = 32000;

struct Filter {
  int id = 0;
  std::string name;  // as the file says; may be empty
  std::vector<unsigned> parameters;
};

// The filters of a chunked dataset in the order in which they were applied on writing.
struct Pipeline {
  std::vector<Filter> filters;

  // We decode the chunks ourselves: at most one compression, and only of the kinds we know.
  [[nodiscard]] bool is_ours() const;
  // "gzip-4 + shuffle"; "none".
  [[nodiscard]] std::string description() const;
};

// "blosc", "zstd", ...: by number, else the name in the file, else "filter 12345".
[[nodiscard]] std::string filter_name(const Filter& filter);

}  // namespace cupel::io
