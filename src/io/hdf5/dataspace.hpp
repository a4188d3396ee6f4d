#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "io/errors.hpp"

namespace cupel::io {

// How many elements there are along each dimension.
struct Dataspace {
  std::vector<std::int64_t> extents;  // empty for a single value
  bool is_null = false;               // no value at all

  // Never more than 2^48.
  [[nodiscard]] std::int64_t elements() const {
    std::int64_t product = is_null ? 0 : 1;
    for (const auto extent : extents) product *= extent;
    return product;
  }
};

// Reads the body of a dataspace message. Throws `damaged`.
[[nodiscard]] Dataspace read_dataspace(std::span<const std::byte> body, const Where& where);

}  // namespace cupel::io
