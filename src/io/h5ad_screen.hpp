#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "cupel/dataset.hpp"

namespace cupel::io {

// Opens an AnnData .h5ad of any age. `matrix` is "X", "layers/NAME" or "raw", which is raw/X with
// the genes of raw/var. Throws Error(kInput): one line that says what is wrong with the file.
[[nodiscard]] std::unique_ptr<Screen> open_h5ad(const std::string& path,
                                                std::string_view matrix = "X");

}  // namespace cupel::io
