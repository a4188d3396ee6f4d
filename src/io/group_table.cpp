#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/plain_column.hpp"
#include "io/table.hpp"

namespace cupel::io {
namespace {

// How a column is stored.
enum class Encoding : std::uint8_t {
  kPlain,           // a dataset of values
  kOldCategorical,  // a dataset of codes that refers to its categories
  kCategorical,     // a group of codes and categories
  kNullable,        // a group of values and mask
  kUnknown,
};

class GroupTable final : public Table {
 public:
  GroupTable(const Hdf5File& file, std::string name) : file_(&file), name_(std::move(name)) {
    const Attributes attributes = file.attributes(name_);
    index_name_ = find_index(attributes);
    const auto index = file.dataset(path(index_name_));
    index->require_rank(1);
    rows_ = index->rows();
    list_columns(attributes);
  }

  std::int64_t rows() const override { return rows_; }
  const std::vector<std::string>& columns() const override { return columns_; }
  std::vector<std::string> index() const override {
    return read_as_texts(*file_->dataset(path(index_name_)));
  }
  std::string type_of(const std::string& column) const override;
  Column read(const std::string& column) const override;

 private:
  std::string path(std::string_view member) const { return fmt::format("{}/{}", name_, member); }
  std::string find_index(const Attributes& attributes) const;
  void list_columns(const Attributes& attributes);
  Encoding encoding_of(const std::string& column) const;
  void read_values(const std::string& dataset, std::span<const std::uint8_t> mask,
                   Column& column) const;
  void read_codes(const std::string& codes, const Dataset& categories, Column& column) const;
  std::unique_ptr<Dataset> old_categories(const std::string& column) const;

  const Hdf5File* file_;
  std::string name_;
  std::string index_name_;
  std::int64_t rows_ = 0;
  std::vector<std::string> columns_;
};

std::string GroupTable::find_index(const Attributes& attributes) const {
  if (const auto named = attributes.text("_index")) {
    if (file_->is_dataset(path(*named))) return *named;
    throw missing(file_->where(path(*named)), ", though it is said to hold the names");
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

Encoding GroupTable::encoding_of(const std::string& column) const {
  const std::string at = path(column);
  switch (file_->kind(at)) {
    case ObjectKind::kDataset:
      return file_->attributes(at).has("categories") ? Encoding::kOldCategorical : Encoding::kPlain;
    case ObjectKind::kGroup:
      if (file_->is_dataset(at + "/codes")) return Encoding::kCategorical;
      if (file_->is_dataset(at + "/mask")) return Encoding::kNullable;
      break;
    case ObjectKind::kNone:
      break;
  }
  return Encoding::kUnknown;
}

std::string GroupTable::type_of(const std::string& column) const {
  const std::string at = path(column);
  switch (encoding_of(column)) {
    case Encoding::kPlain:
      return plain_type_name(file_->dataset(at)->type());
    case Encoding::kOldCategorical:
    case Encoding::kCategorical:
      return "categorical";
    case Encoding::kNullable:
      return "nullable " + plain_type_name(file_->dataset(at + "/values")->type());
    case Encoding::kUnknown:
      break;
  }
  return "unknown";
}

void GroupTable::read_values(const std::string& dataset, std::span<const std::uint8_t> mask,
                             Column& column) const {
  const auto values = file_->dataset(dataset);
  require_rows(*values, rows_);
  read_plain_column(*values, nullptr, mask, column);
}

void GroupTable::read_codes(const std::string& codes, const Dataset& categories,
                            Column& column) const {
  categories.require_rank(1);
  const auto values = file_->dataset(codes);
  set_categorical(column, read_as_texts(categories), read_integers(*values, rows_),
                  values->where());
}

std::unique_ptr<Dataset> GroupTable::old_categories(const std::string& column) const {
  const std::string at = path(column);
  const auto reference = file_->attributes(at).reference("categories");
  if (!reference) {
    throw damaged(file_->where(at), "its reference to the categories cannot be read");
  }
  return file_->dataset_at(*reference, at);
}

Column GroupTable::read(const std::string& name) const {
  Column column;
  const std::string at = path(name);
  switch (encoding_of(name)) {
    case Encoding::kPlain:
      read_values(at, {}, column);
      break;
    case Encoding::kOldCategorical:
      read_codes(at, *old_categories(name), column);
      break;
    case Encoding::kCategorical:
      read_codes(at + "/codes", *file_->dataset(at + "/categories"), column);
      break;
    case Encoding::kNullable: {
      std::vector<std::uint8_t> mask;
      for (const auto bit : read_integers(*file_->dataset(at + "/mask"), rows_)) {
        mask.push_back(bit != 0 ? 1 : 0);
      }
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
  return std::make_unique<GroupTable>(file, name);
}

}  // namespace cupel::io
