#pragma once
#include <functional>
#include <span>
#include <string>

#include "cupel/config.hpp"

namespace cupel {

class Console;
struct DeTable;

// Called as a test of a screen goes on.
struct TestHooks {
  // When all that can be checked without reading cells has been checked.
  std::function<void(std::span<const std::string> contexts)> on_start;
  std::function<void(const std::string& context, const DeTable&)> on_table;  // once per context
};

// Tests every perturbation of config.real against the control. With `gated`, only the genes that
// pass the profile's gate are tested.
void test_screen(const RunConfig& config, bool gated, Console& console, const TestHooks& hooks);

// Writes one row per (context, perturbation), control included, of config.real to config.output:
// X is the comparator profile of cell-eval.md 1.5, layer "sums" the summed stored values.
void write_pseudobulk(const RunConfig& config, Console& console);

}  // namespace cupel
