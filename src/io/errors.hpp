#pragma once
// The recurring messages of the reader: wording is written and tested once. Each is one line that
// names the file, the thing in it and the way out.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/error.hpp"
#include "io/filters.hpp"

namespace cupel::io {

// A dataset or group at fault: "pred.h5ad: 'X/indptr'".
struct Where {
  std::string file;
  std::string object;
};

// The content contradicts itself: cut off, overwritten or badly written.
[[nodiscard]] Error damaged(const Where& where, std::string_view what);
// Readable, but nothing that this program can take.
[[nodiscard]] Error not_supported(const Where& where, std::string_view what);
[[nodiscard]] Error missing(const Where& where, std::string_view what);
// The values lie in other files.
[[nodiscard]] Error elsewhere(const Where& where);
[[nodiscard]] Error filter_not_available(const Where& where, const Filter& filter);

[[nodiscard]] Error cannot_open(const std::string& file, std::string_view reason);
[[nodiscard]] Error cut_off(const std::string& file, std::uint64_t bytes, std::uint64_t needed);
[[nodiscard]] Error not_hdf5(const std::string& file, std::string_view looks_like);
[[nodiscard]] Error not_anndata(const std::string& file, std::string_view looks_like);
// By libhdf5, which does not say why.
[[nodiscard]] Error cannot_understand(const std::string& file);

[[nodiscard]] Error no_such_matrix(const std::string& file, std::string_view matrix,
                                   std::span<const std::string> present);
// Lists the columns and suggests the nearest name.
[[nodiscard]] Error no_such_column(const std::string& file, std::string_view table,
                                   std::string_view name, std::span<const std::string> present);

}  // namespace cupel::io
