#pragma once
#include <cstdint>

#include "io/canonical.hpp"

namespace cupel::io {

// Writes the genes and values of a dense row that are not zero to `out`, which has room for all
// n_genes of them; `row` is of out's value type. Returns how many there are.
std::int64_t compress_row(const std::byte* row, std::int64_t n_genes, const Entries& out);

}  // namespace cupel::io
