#pragma once
#include <map>
#include <string>

#include "stats/de_table.hpp"

namespace cupel {

// File names for any texts: what a file name should not hold becomes '-', and two texts never
// share a name.
class FileNames {
 public:
  const std::string& operator()(const std::string& text);

 private:
  std::map<std::string, std::string> name_of_;  // by text
};

// "h5ad": perturbations × genes with layers log2_fold_change, p_value, p_adj (X is the fold
// change). "csv.gz": target, feature, log2_fold_change, p_value, p_adj, one line per test.
void write_de_table(const std::string& path, const std::string& format, const DeTable& table);

}  // namespace cupel
