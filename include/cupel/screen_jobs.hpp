#pragma once
#include <functional>

#include "cupel/config.hpp"

namespace cupel {

class Console;
struct DeTable;

// Tests every perturbation of config.real against the control; `on_table` is called once per
// context. With `gated`, only the genes that pass the profile's gate are tested.
void test_screen(const RunConfig& config, bool gated, Console& console,
                 const std::function<void(const std::string& context, const DeTable&)>& on_table);

// Writes one row per (context, perturbation), control included, of config.real to config.output:
// X is the comparator profile of cell-eval.md 1.5, layer "sums" the summed stored values.
void write_pseudobulk(const RunConfig& config, Console& console);

}  // namespace cupel
