#include "io/table.hpp"

namespace cupel::io {

std::unique_ptr<Table> open_table(const Hdf5File& file, const std::string& name) {
  switch (file.kind(name)) {
    case ObjectKind::kGroup:
      return open_group_table(file, name);
    case ObjectKind::kDataset:
      return open_record_table(file, name);
    case ObjectKind::kNone:
      break;
  }
  throw missing(file.where(name), "");
}

}  // namespace cupel::io
