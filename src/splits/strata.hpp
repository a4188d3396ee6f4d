#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "splits/generator.hpp"

namespace cupel::splits {

// "name,value" lines, comma or tab; a first line whose value is `header` is passed by. Throws
// Error(kInput) naming the line, and when one name has two values.
[[nodiscard]] std::map<std::string, std::string> read_pairs(const std::string& path,
                                                            std::string_view header);

// Gives the options their strata (baselines-splits-audits.md B12) from what a flag says:
//   size            terciles of each perturbation's number of cells
//   strength:FILE   terciles of a "perturbation,value" file; a name without a number is "other".
//                   Strength must come from elsewhere, or from train alone, if a split is to be
//                   blind
//   list:FILE       one name per line: "in" or "out"
//   sets:FILE.gmt   the first gene set that holds it
// Throws Error(kUsage) for another word, Error(kInput) for a file that cannot be read.
void set_strata(const Material& material, const std::string& asked, SplitOptions& options);

// "low", "mid" or "high" by floor(place * 3 / n) in ascending order, equal values by name.
[[nodiscard]] std::map<std::string, std::string> terciles(
    const std::map<std::string, double>& value_of);

}  // namespace cupel::splits
