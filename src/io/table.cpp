#include "io/table.hpp"

#include <fmt/format.h>

#include <limits>
#include <utility>

namespace cupel::io {

std::unique_ptr<Table> open_table(const Hdf5File& file, const std::string& name) {
  if (file.is_group(name)) return open_group_table(file, name);
  if (file.is_dataset(name)) return open_record_table(file, name);
  throw missing(file.where(name), "");
}

void set_categorical(Column& column, std::vector<std::string> categories,
                     std::vector<std::int64_t> codes, const Where& where) {
  if (categories.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    throw damaged(where, "it has too many categories");
  }
  const auto n = static_cast<std::int64_t>(categories.size());
  column.codes.resize(codes.size());
  for (std::size_t i = 0; i < codes.size(); ++i) {
    if (codes[i] < -1 || codes[i] >= n) {
      throw damaged(where, fmt::format("row {} has category {} of {}", i, codes[i], n));
    }
    column.codes[i] = static_cast<std::int32_t>(codes[i]);
  }
  column.type = "categorical";
  column.categories = std::move(categories);
}

}  // namespace cupel::io
