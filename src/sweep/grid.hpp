#pragma once
#include <map>
#include <string>
#include <vector>

#include "cupel/sweep.hpp"

namespace cupel::sweep {

using Chosen = std::map<std::string, std::string>;  // a model's settings by name

// Every combination of the axes' values, the last axis fastest; one without settings for no axes.
// Throws Error(kUsage) for a model, a setting or a word there is not, and for an axis without
// values or given twice.
[[nodiscard]] std::vector<Chosen> settings_of(const SweepGrid& grid);

// A grid cut along all axes but those that one fit serves: the penalty of ridge, the dimensions and
// penalties of bilinear models. Each part is found at once; settings keep the grid's order.
[[nodiscard]] std::vector<std::vector<Chosen>> families_of(const SweepGrid& grid);

// "features=context lambda=0.1", in the order of names; "" without settings.
[[nodiscard]] std::string settings_text(const Chosen& settings);

}  // namespace cupel::sweep
