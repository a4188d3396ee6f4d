#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "io/element_type.hpp"
#include "io/hdf5/raw_file.hpp"

namespace cupel::io {

// What an element of a dataset or attribute is and how it lies in the file.
struct Datatype {
  enum class Kind : std::uint8_t { kNumber, kText, kReference, kRecord, kOther };
  // Whether the bytes of a number are this machine's, the same backwards, or something else.
  enum class Order : std::uint8_t { kNative, kSwapped, kOther };
  struct Field;

  Kind kind = Kind::kOther;
  std::int64_t bytes = 0;

  NumberType number;
  Order order = Order::kNative;
  bool is_big_endian = false;

  bool is_variable_text = false;     // the element is a reference into the global heap
  bool is_padded_by_spaces = false;  // text of a fixed width

  std::vector<Field> fields;  // of a record

  // "float32", "text", "records", ...
  [[nodiscard]] std::string description() const;
};

struct Datatype::Field {
  std::string name;
  std::int64_t offset = 0;
  Datatype type;
};

// Reads a type that several objects share: the body tells whose header it lies in. Throws
// `damaged`, or NeedsLibrary for another way to share.
[[nodiscard]] Datatype read_shared_datatype(const RawFile& file, std::span<const std::byte> body,
                                            const Where& where);

// Reads the body of a datatype message. Every field of a record lies within it. Throws `damaged`.
[[nodiscard]] Datatype read_datatype(std::span<const std::byte> body, const Where& where);

}  // namespace cupel::io
