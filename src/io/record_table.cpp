#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "io/column_data.hpp"
#include "io/element_type.hpp"
#include "io/global_heap.hpp"
#include "io/strings.hpp"
#include "io/table.hpp"

namespace cupel::io {
namespace {

// One dataset of records, as anndata wrote it before 0.7. The first field, usually called "index",
// names the rows; a field of small integers is categorical if uns/FIELD_categories exists.
class RecordTable final : public Table {
 public:
  RecordTable(const Hdf5File& file, std::string name) : file_(&file), name_(std::move(name)) {
    dataset_ = open_column_dataset(file, name_, -1);
    rows_ = dimensions(dataset_.id())[0];
    type_ = Handle(H5Dget_type(dataset_.id()), H5Tclose);
    const int fields = H5Tget_class(type_.id()) == H5T_COMPOUND ? H5Tget_nmembers(type_.id()) : 0;
    for (int field = 0; field < fields; ++field) {
      char* text = H5Tget_member_name(type_.id(), static_cast<unsigned>(field));
      if (text == nullptr) throw damaged(file.where(name_), "its fields cannot be read");
      columns_.emplace_back(text);
      H5free_memory(text);
    }
    if (columns_.empty()) throw not_supported(file.where(name_), "is not a table");
    auto index = std::ranges::find(columns_, "index");
    if (index == columns_.end()) index = std::ranges::find(columns_, "_index");
    if (index == columns_.end()) index = columns_.begin();
    index_name_ = *index;
    columns_.erase(index);
  }

  std::int64_t rows() const override { return rows_; }
  const std::vector<std::string>& columns() const override { return columns_; }

  std::vector<std::string> index() const override {
    Column column;
    read_field(index_name_, column);
    return texts_of(column);
  }

  std::string type_of(const std::string& column) const override {
    const Hdf5Lock lock;
    if (is_categorical(column)) return "categorical";
    const Handle type = field_type(column);
    return plain_type_name(type.id());
  }

  Column read(const std::string& name) const override {
    const Hdf5Lock lock;
    Column column;
    if (is_categorical(name)) {
      read_categorical(name, column);
    } else {
      read_field(name, column);
    }
    column.name = name;
    return column;
  }

 private:
  Handle field_type(const std::string& field) const {
    const int at = H5Tget_member_index(type_.id(), field.c_str());
    if (at < 0) throw missing(file_->where(name_ + "/" + field), "");
    return {H5Tget_member_type(type_.id(), static_cast<unsigned>(at)), H5Tclose};
  }

  std::string categories_name(const std::string& field) const {
    return fmt::format("uns/{}_categories", field);
  }

  bool is_categorical(const std::string& field) const {
    const Hdf5Lock lock;
    NumberType number;
    const Handle type = field_type(field);
    return describe_number(type.id(), number) && !is_float(number.element) && !number.is_bool &&
           file_->is_dataset(categories_name(field));
  }

  // Reads one field of every record into `to`, as values of `memory_type`.
  bool read_member(const std::string& field, hid_t memory_type, void* to) const {
    const Handle record(H5Tcreate(H5T_COMPOUND, H5Tget_size(memory_type)), H5Tclose);
    return H5Tinsert(record.id(), field.c_str(), 0, memory_type) >= 0 &&
           H5Dread(dataset_.id(), record.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, to) >= 0;
  }

  void read_field(const std::string& field, Column& column) const {
    const Hdf5Lock lock;
    const Handle type = field_type(field);
    const Where where = file_->where(name_ + "/" + field);
    const auto numbers = [&](hid_t memory_type, void* to) {
      return read_member(field, memory_type, to);
    };
    const auto texts = [&] { return read_texts_of(field, type.id(), where); };
    read_plain_column({type.id(), rows_, where, numbers, texts}, {}, column);
  }

  std::vector<std::string> read_texts_of(const std::string& field, hid_t type,
                                         const Where& where) const {
    TextType text;
    const auto place = stored_place(field);
    if (describe_text(type, text) && place) {
      if (auto stored = read_stored_texts(*file_, dataset_.id(), where, text, place->record_bytes,
                                          place->offset)) {
        return std::move(*stored);
      }
    }
    std::vector<std::string> texts;
    const auto read = [&](hid_t memory_type, void* to) {
      return read_member(field, memory_type, to);
    };
    if (!io::read_texts(type, rows_, read, texts)) {
      throw damaged(where, "its text cannot be read");
    }
    return texts;
  }

  struct Place {
    std::int64_t record_bytes = 0;
    std::int64_t offset = 0;
  };

  // Where a field lies in a record in the file. The library tells where it would lie in memory, and
  // there text of variable length is a pointer, narrower than the file's reference. Nothing if the
  // records hold more than numbers and text.
  std::optional<Place> stored_place(const std::string& field) const {
    constexpr auto kWider = GlobalHeap::kReferenceBytes - static_cast<std::int64_t>(sizeof(char*));
    const int at = H5Tget_member_index(type_.id(), field.c_str());
    const auto offset_of = [&](int member) {
      return static_cast<std::int64_t>(
          H5Tget_member_offset(type_.id(), static_cast<unsigned>(member)));
    };
    if (at < 0) return std::nullopt;
    Place place{static_cast<std::int64_t>(H5Tget_size(type_.id())), offset_of(at)};
    for (int member = 0; member < H5Tget_nmembers(type_.id()); ++member) {
      const Handle type(H5Tget_member_type(type_.id(), static_cast<unsigned>(member)), H5Tclose);
      const H5T_class_t kind = H5Tget_class(type.id());
      if (kind == H5T_COMPOUND || kind == H5T_ARRAY || kind == H5T_VLEN) return std::nullopt;
      if (kind != H5T_STRING || H5Tis_variable_str(type.id()) <= 0) continue;
      place.record_bytes += kWider;
      if (offset_of(member) < offset_of(at)) place.offset += kWider;
    }
    return place;
  }

  void read_categorical(const std::string& field, Column& column) const {
    const std::string from = categories_name(field);
    const Handle categories = file_->open_dataset(from);
    auto names = read_as_texts(*file_, categories.id(), file_->where(from));
    const Where where = file_->where(name_ + "/" + field);
    std::vector<std::int64_t> codes(static_cast<std::size_t>(rows_));
    if (!read_member(field, H5T_NATIVE_INT64, codes.data())) {
      throw damaged(where, "its values cannot be read");
    }
    set_categorical(column, std::move(names), std::move(codes), where);
  }

  const Hdf5File* file_;
  std::string name_;
  Handle dataset_;
  Handle type_;
  std::string index_name_;
  std::int64_t rows_ = 0;
  std::vector<std::string> columns_;
};

}  // namespace

std::unique_ptr<Table> open_record_table(const Hdf5File& file, const std::string& name) {
  const Hdf5Lock lock;
  return std::make_unique<RecordTable>(file, name);
}

}  // namespace cupel::io
