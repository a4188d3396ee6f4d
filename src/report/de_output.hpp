#pragma once
#include <string>
#include <string_view>

#include "stats/de_table.hpp"

namespace cupel {

// `text` with everything that a file name should not hold replaced by '-'.
[[nodiscard]] std::string file_name(std::string_view text);

// "h5ad": perturbations × genes with layers log2_fold_change, p_value, p_adj (X is the fold
// change). "csv.gz": target, feature, log2_fold_change, p_value, p_adj, one line per test.
void write_de_table(const std::string& path, const std::string& format, const DeTable& table);

}  // namespace cupel
