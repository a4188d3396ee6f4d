#pragma once
#include <cstdint>
#include <functional>

namespace cupel {

// Sums over the rows of one group, in one table of `size` doubles that starts at zero.
//
// A group of up to a few thousand rows is one call add(begin, end, sums). A larger one is cut into
// fixed pieces of rows that run in parallel, each into its own table, and the tables are added in
// the order of the rows: the bits depend on the group alone. Tables are aligned to 64 bytes if
// `sums` is.
void add_rows(std::int64_t begin, std::int64_t end, std::int64_t size, double* sums,
              const std::function<void(std::int64_t, std::int64_t, double*)>& add);

}  // namespace cupel
