#pragma once
#include <string>

#include "splits/formats/cell_load.hpp"

namespace cupel {

// Reads and writes cell-load's split file: [datasets], [training], [zeroshot] and
// [fewshot."dataset.context"]; the first dot separates dataset from context. Throws Error(kInput)
// naming the file and the key.
[[nodiscard]] splits::CellLoadSplit read_cell_load_toml(const std::string& path);
[[nodiscard]] std::string cell_load_toml(const splits::CellLoadSplit& split);

}  // namespace cupel
