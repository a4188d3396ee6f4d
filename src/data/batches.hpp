#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "cupel/dataset.hpp"

namespace cupel {

// Whole groups of cells, read at once. Group k of the batch is `groups[k]` of the list that was
// asked for and owns rows [start[k], start[k + 1]). Inside a group the rows stand in the order of
// their content key, so nothing computed from them depends on the order of the file's rows.
struct GroupBatch {
  Cells cells;                          // host memory
  std::vector<std::int64_t> start;
  std::vector<std::int32_t> groups;
  std::vector<std::int64_t> file_rows;  // the file's row of each row of `cells`
  std::vector<std::uint64_t> row_key;
};

using RowLists = std::span<const std::vector<std::int64_t>>;

// Cuts the groups into batches that fit in `budget` bytes each, in the order in which they lie in
// the file. Groups that lie together (a file sorted by perturbation) make small batches; scattered
// ones make the largest that fit, because each batch then walks the whole file. Throws
// Error(kOutOfMemory) naming the bytes when one group alone does not fit.
[[nodiscard]] std::vector<std::vector<std::int32_t>> plan_batches(Screen& screen, RowLists groups,
                                                                  std::int64_t budget);

[[nodiscard]] GroupBatch read_batch(Screen& screen, RowLists groups,
                                    std::span<const std::int32_t> chosen);

}  // namespace cupel
