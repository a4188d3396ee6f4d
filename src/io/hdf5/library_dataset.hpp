#pragma once
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/hdf5_handle.hpp"
#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

// A dataset read by libhdf5: for other filters, numbers of unusual form and storage that we do not
// know. One thread at a time.
class LibraryDataset final : public Dataset {
 public:
  // Throws Error(kInput) if a filter is missing, too.
  LibraryDataset(const RawFile& file, Handle dataset, Where where);

  const std::byte* load_numbers(const Piece& piece, Scratch& scratch) const override;
  std::vector<std::string> read_texts(const Datatype::Field* field) const override;
  std::vector<std::byte> read_numbers(const Datatype::Field* field) const override;

 private:
  void check_storage(hid_t properties);
  // Reads `rows` of a one-dimensional dataset: the elements, or one field of each.
  [[nodiscard]] bool read_rows(std::int64_t begin, std::int64_t rows, const Datatype::Field* field,
                               hid_t memory_type, void* to) const;
  [[nodiscard]] Handle type_of(const Datatype::Field* field) const;

  const RawFile* file_;
  Handle dataset_;
  Handle numbers_type_;  // of load_numbers
};

}  // namespace cupel::io
