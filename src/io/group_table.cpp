#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/attributes.hpp"
#include "io/column_data.hpp"
#include "io/number_array.hpp"
#include "io/table.hpp"

namespace cupel::io {
namespace {

// What a column's datasets and attributes say it is.
enum class Encoding : std::uint8_t {
  kPlain,           // a dataset of values
  kOldCategorical,  // a dataset of codes that refers to its categories
  kCategorical,     // a group of codes and categories
  kNullable,        // a group of values and mask
  kUnknown
};

class GroupTable final : public Table {
 public:
  GroupTable(const Hdf5File& file, std::string name) : file_(&file), name_(std::move(name)) {
    const Handle group = file.open_object(name_);
    const Attributes attributes(file, group.id(), file.where(name_));
    index_name_ = find_index(attributes);
    rows_ = dimensions(open_column_dataset(file, path(index_name_), -1).id())[0];
    list_columns(attributes);
  }

  std::int64_t rows() const override { return rows_; }
  const std::vector<std::string>& columns() const override { return columns_; }
  std::vector<std::string> index() const override;
  std::string type_of(const std::string& column) const override;
  Column read(const std::string& column) const override;

 private:
  std::string path(std::string_view member) const { return fmt::format("{}/{}", name_, member); }
  std::string find_index(const Attributes& attributes) const;
  void list_columns(const Attributes& attributes);
  Encoding encoding_of(const std::string& column) const;
  void read_values(const std::string& dataset, std::span<const std::uint8_t> mask,
                   Column& column) const;
  void read_categorical(const std::string& codes, const Handle& categories,
                        const std::string& categories_name, Column& column) const;
  Handle old_categories(const std::string& column) const;

  const Hdf5File* file_;
  std::string name_;
  std::string index_name_;
  std::int64_t rows_ = 0;
  std::vector<std::string> columns_;
};

std::string GroupTable::find_index(const Attributes& attributes) const {
  if (const auto named = attributes.text("_index")) {
    if (!file_->is_dataset(path(*named))) {
      throw missing(file_->where(path(*named)), ", though it is said to hold the names");
    }
    return *named;
  }
  for (const char* usual : {"_index", "index"}) {
    if (file_->is_dataset(path(usual))) return usual;
  }
  throw missing(file_->where(path("_index")), "");
}

void GroupTable::list_columns(const Attributes& attributes) {
  const auto members = file_->members(name_);
  const auto is_column = [&](const std::string& member) {
    return member != index_name_ && member != "__categories";
  };
  if (const auto order = attributes.texts("column-order")) {
    for (const std::string& column : *order) {
      if (is_column(column) && std::ranges::binary_search(members, column)) {
        columns_.push_back(column);
      }
    }
    return;
  }
  std::ranges::copy_if(members, std::back_inserter(columns_), is_column);
}

std::vector<std::string> GroupTable::index() const {
  const std::string dataset = path(index_name_);
  return read_as_texts(*file_, file_->open_dataset(dataset).id(), file_->where(dataset));
}

Encoding GroupTable::encoding_of(const std::string& column) const {
  const Hdf5Lock lock;
  if (file_->is_dataset(path(column))) {
    const Handle dataset = file_->open_dataset(path(column));
    const Attributes attributes(*file_, dataset.id(), file_->where(path(column)));
    return attributes.has("categories") ? Encoding::kOldCategorical : Encoding::kPlain;
  }
  if (!file_->is_group(path(column))) return Encoding::kUnknown;
  if (file_->is_dataset(path(column) + "/codes")) return Encoding::kCategorical;
  if (file_->is_dataset(path(column) + "/mask")) return Encoding::kNullable;
  return Encoding::kUnknown;
}

std::string GroupTable::type_of(const std::string& column) const {
  const Hdf5Lock lock;
  const auto values_type = [&](const std::string& dataset) {
    if (!file_->is_dataset(dataset)) return std::string("unknown");
    const Handle opened = file_->open_dataset(dataset);
    const Handle type(H5Dget_type(opened.id()), H5Tclose);
    return plain_type_name(type.id());
  };
  switch (encoding_of(column)) {
    case Encoding::kPlain:
      return values_type(path(column));
    case Encoding::kOldCategorical:
    case Encoding::kCategorical:
      return "categorical";
    case Encoding::kNullable:
      return "nullable " + values_type(path(column) + "/values");
    case Encoding::kUnknown:
      break;
  }
  return "unknown";
}

void GroupTable::read_values(const std::string& dataset, std::span<const std::uint8_t> mask,
                             Column& column) const {
  const Hdf5Lock lock;
  const Handle opened = open_column_dataset(*file_, dataset, rows_);
  const Handle type(H5Dget_type(opened.id()), H5Tclose);
  read_plain_column(dataset_source(*file_, opened.id(), type.id(), rows_, file_->where(dataset)),
                    mask, column);
}

void GroupTable::read_categorical(const std::string& codes, const Handle& categories,
                                  const std::string& categories_name, Column& column) const {
  auto names = read_as_texts(*file_, categories.id(), file_->where(categories_name));
  set_categorical(column, std::move(names), read_integers(*file_, codes, rows_),
                  file_->where(codes));
}

Handle GroupTable::old_categories(const std::string& column) const {
  const Hdf5Lock lock;
  const Where where = file_->where(path(column));
  const Handle codes = file_->open_dataset(path(column));
  const Handle attribute(H5Aopen(codes.id(), "categories", H5P_DEFAULT), H5Aclose);
  const Handle type(H5Aget_type(attribute.id()), H5Tclose);
  const Handle space(H5Aget_space(attribute.id()), H5Sclose);
  hobj_ref_t reference{};
  if (H5Tequal(type.id(), H5T_STD_REF_OBJ) <= 0 || H5Sget_simple_extent_npoints(space.id()) != 1 ||
      H5Aread(attribute.id(), H5T_STD_REF_OBJ, &reference) < 0) {
    throw damaged(where, "its reference to the categories cannot be read");
  }
  Handle categories(H5Rdereference2(codes.id(), H5P_DEFAULT, H5R_OBJECT, &reference), H5Oclose);
  if (!categories.valid() || H5Iget_type(categories.id()) != H5I_DATASET) {
    throw damaged(where, "its reference to the categories leads nowhere");
  }
  return categories;
}

Column GroupTable::read(const std::string& name) const {
  const Hdf5Lock lock;
  Column column;
  const std::string at = path(name);
  switch (encoding_of(name)) {
    case Encoding::kPlain:
      read_values(at, {}, column);
      break;
    case Encoding::kOldCategorical:
      read_categorical(at, old_categories(name), at, column);
      break;
    case Encoding::kCategorical:
      read_categorical(at + "/codes", file_->open_dataset(at + "/categories"), at + "/categories",
                       column);
      break;
    case Encoding::kNullable: {
      std::vector<std::uint8_t> mask;
      for (const auto bit : read_integers(*file_, at + "/mask", rows_)) mask.push_back(bit != 0);
      read_values(at + "/values", mask, column);
      column.type = "nullable " + column.type;
      break;
    }
    case Encoding::kUnknown:
      throw not_supported(file_->where(at), "is stored in a way that cannot label cells");
  }
  column.name = name;
  return column;
}

}  // namespace

std::unique_ptr<Table> open_group_table(const Hdf5File& file, const std::string& name) {
  const Hdf5Lock lock;
  return std::make_unique<GroupTable>(file, name);
}

}  // namespace cupel::io
