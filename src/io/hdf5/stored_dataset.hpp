#pragma once
#include <memory>

#include "io/hdf5/chunk_index.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/object_header.hpp"

namespace cupel::io {

// A dataset read by our own hand: any thread fetches any piece straight from the file.
class StoredDataset final : public Dataset {
 public:
  // Throws `damaged`; NeedsLibrary if libhdf5 has to read it.
  StoredDataset(const RawFile& file, const ObjectHeader& header, Where where);

  const std::byte* load_numbers(const Piece& piece, Scratch& scratch) const override;
  std::vector<std::string> read_texts(const Datatype::Field* field) const override;
  std::vector<std::byte> read_numbers(const Datatype::Field* field) const override;

 private:
  void place_chunks();
  // The elements of a piece as they are in the file.
  std::byte* load(const Piece& piece, Scratch& scratch) const;
  std::byte* load_chunk(const Piece& piece, Scratch& scratch) const;
  std::byte* load_rows(const Piece& piece, Scratch& scratch) const;
  std::byte* fill(std::int64_t elements, Scratch& scratch) const;
  // Calls use(first element of a record, number of records) over a one-dimensional dataset.
  template <typename Use>
  void for_each_piece(const Use& use) const;

  const RawFile* file_;
  Layout layout_;
  std::vector<std::byte> fill_value_;
  ChunkIndex chunks_;
};

}  // namespace cupel::io
