#pragma once
#include <hdf5.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cupel::io {

constexpr H5Z_filter_t kLzfFilter = 32000;

struct Filter {
  H5Z_filter_t id = 0;
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

[[nodiscard]] Pipeline read_pipeline(hid_t creation_properties);

// The first filter that neither we nor an installed plugin can undo; null when there is none.
[[nodiscard]] const Filter* find_missing_filter(const Pipeline& pipeline);

// "blosc", "zstd", ...: by number, else the name in the file, else "filter 12345".
[[nodiscard]] std::string filter_name(const Filter& filter);

}  // namespace cupel::io
