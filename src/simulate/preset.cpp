#include "simulate/preset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "cupel/error.hpp"

namespace cupel::simulate {
namespace {

constexpr std::array kPresets{
    Preset{"tiny", "a demo that runs in a second", 600, 40, 40 * 60, 300, 6e3, 1.75, 60},
    Preset{"h1-2025", "the Virtual Cell Challenge 2025 training screen", 18'080, 150, 183'097,
           38'176, 54e3, 1.75, 600},
    Preset{"vcc2026", "one context of the Virtual Cell Challenge 2026", 18'533, 300, 300 * 400,
           18'400, 20e3, 1.75, 600},
    // Its spread brings the density to the real screen's 38 %.
    Preset{"k562-gw", "the genome-wide K562 screen", 8'248, 9'865, 1'914'250, 75'328, 11e3, 1.6,
           600},
};

}  // namespace

std::span<const Preset> presets() noexcept { return kPresets; }

const Preset& find_preset(std::string_view name) {
  const auto found = std::ranges::find(kPresets, name, &Preset::name);
  if (found != kPresets.end()) return *found;
  std::vector<std::string_view> known;
  for (const Preset& preset : kPresets) known.push_back(preset.name);
  throw Error(ErrorKind::kUsage,
              fmt::format("no preset named '{}'; known: {}", name, fmt::join(known, ", ")));
}

}  // namespace cupel::simulate
