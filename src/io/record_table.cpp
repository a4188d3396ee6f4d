#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "io/plain_column.hpp"
#include "io/table.hpp"

namespace cupel::io {
namespace {

// One dataset of records, as anndata wrote it before 0.7. The field "index", or else the first one,
// names the rows; a field of integers is categorical if uns/FIELD_categories exists.
class RecordTable final : public Table {
 public:
  RecordTable(const Hdf5File& file, std::string name)
      : file_(&file), name_(std::move(name)), records_(file.dataset(name_)) {
    records_->require_rank(1);
    const auto& fields = records_->type().fields;
    if (fields.empty()) throw not_supported(records_->where(), "is not a table");
    index_ = &fields.front();
    for (const char* usual : {"_index", "index"}) {
      const auto found = std::ranges::find(fields, usual, &Datatype::Field::name);
      if (found != fields.end()) index_ = &*found;
    }
    for (const auto& field : fields) {
      if (&field != index_) columns_.push_back(field.name);
    }
  }

  std::int64_t rows() const override { return records_->rows(); }
  const std::vector<std::string>& columns() const override { return columns_; }
  std::vector<std::string> index() const override { return read_as_texts(*records_, index_); }

  std::string type_of(const std::string& column) const override {
    const Datatype::Field& field = find(column);
    return is_categorical(field) ? "categorical" : plain_type_name(field.type);
  }

  Column read(const std::string& name) const override {
    const Datatype::Field& field = find(name);
    Column column;
    if (is_categorical(field)) {
      const auto categories = file_->dataset(categories_of(field));
      categories->require_rank(1);
      set_categorical(column, read_as_texts(*categories), read_integers(*records_, rows(), &field),
                      file_->where(name_ + "/" + name));
    } else {
      read_plain_column(*records_, &field, {}, column);
    }
    column.name = name;
    return column;
  }

 private:
  const Datatype::Field& find(const std::string& column) const {
    const auto& fields = records_->type().fields;
    const auto found = std::ranges::find(fields, column, &Datatype::Field::name);
    if (found == fields.end()) throw missing(file_->where(name_ + "/" + column), "");
    return *found;
  }

  std::string categories_of(const Datatype::Field& field) const {
    return fmt::format("uns/{}_categories", field.name);
  }

  bool is_categorical(const Datatype::Field& field) const {
    return field.type.kind == Datatype::Kind::kNumber && !field.type.number.is_bool &&
           !is_float(field.type.number.element) && file_->is_dataset(categories_of(field));
  }

  const Hdf5File* file_;
  std::string name_;
  std::unique_ptr<Dataset> records_;
  const Datatype::Field* index_ = nullptr;
  std::vector<std::string> columns_;
};

}  // namespace

std::unique_ptr<Table> open_record_table(const Hdf5File& file, const std::string& name) {
  return std::make_unique<RecordTable>(file, name);
}

}  // namespace cupel::io
