#include "splits/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cupel/error.hpp"

namespace cupel::splits {
namespace {

constexpr std::array<std::string_view, kKeys> kKeyNames = {
    "unit",  "condition", "pair",  "dose",    "perturbation", "member",
    "group", "context",   "batch", "dataset", "cell"};

// The condition with only those fields that the key looks at.
Condition narrowed(Key key, Condition condition) {
  const auto keep = [&](bool dataset, bool context, bool members, bool doses, bool batch) {
    if (!dataset) condition.dataset.clear();
    if (!context) condition.context.clear();
    if (!members) condition.members.clear();
    if (!doses) condition.doses.clear();
    if (!batch) condition.batch.clear();
  };
  switch (key) {
    case Key::kUnit:
      break;
    case Key::kCondition:
      keep(true, true, true, true, false);
      break;
    case Key::kPair:
      keep(true, true, true, false, false);
      break;
    case Key::kDose:
      keep(false, false, true, true, false);
      break;
    case Key::kPerturbation:
      keep(false, false, true, false, false);
      break;
    case Key::kContext:
      keep(false, true, false, false, false);
      break;
    case Key::kBatch:
      keep(true, false, false, false, true);
      break;
    default:
      keep(true, false, false, false, false);
  }
  return condition;
}

}  // namespace

std::string_view key_name(Key key) { return kKeyNames[static_cast<std::size_t>(key)]; }

Key parse_key(std::string_view name) {
  const auto* const found = std::ranges::find(kKeyNames, name);
  if (found == kKeyNames.end()) {
    throw Error(ErrorKind::kInput,
                fmt::format("no key named '{}'; known: {}", name, fmt::join(kKeyNames, ", ")));
  }
  return static_cast<Key>(found - kKeyNames.begin());
}

std::vector<std::string> key_values(Key key, const Condition& condition, const Groups& groups) {
  if (key == Key::kCell) return {};
  if (key != Key::kMember && key != Key::kGroup) {
    return {condition_line(narrowed(key, condition))};
  }
  std::vector<std::string> values = condition.members;
  if (key == Key::kGroup) {
    for (auto& value : values) {
      const auto group = groups.find(value);
      if (group != groups.end()) value = group->second;
    }
  }
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  return values;
}

}  // namespace cupel::splits
