#include "splits/formats/imported.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "splits/combinations.hpp"
#include "splits/controls.hpp"
#include "splits/fold_sides.hpp"

namespace cupel::splits {
namespace {

// From the strongest to the weakest promise.
constexpr std::array kPromised{Key::kDataset,      Key::kContext, Key::kBatch, Key::kMember,
                               Key::kPerturbation, Key::kDose,    Key::kPair,  Key::kCondition};

// Keys by which the test conditions of a task share nothing with what trains, in this fold.
std::set<Key> kept_apart(const Manifest& manifest, const Fold& fold, const FoldSides& sides,
                         const std::string& task) {
  std::set<Key> keys;
  for (const auto key : kPromised) {
    std::set<std::string> trained;
    for (const auto* side : {&sides.train, &sides.val}) {
      for (const auto id : *side) {
        trained.merge([&] {
          const auto some = key_values(key, manifest.conditions[static_cast<std::size_t>(id)], {});
          return std::set<std::string>(some.begin(), some.end());
        }());
      }
    }
    const bool shared = std::ranges::any_of(sides.test, [&](std::int32_t id) {
      const auto at = static_cast<std::size_t>(id);
      if (fold.task[at] != task) return false;
      return std::ranges::any_of(key_values(key, manifest.conditions[at], {}),
                                 [&](const auto& value) { return trained.contains(value); });
    });
    if (!shared) keys.insert(key);
  }
  return keys;
}

}  // namespace

Manifest imported_manifest(const Material& material, std::vector<Fold> folds,
                           const std::string& format, ControlPolicy controls) {
  Manifest manifest;
  manifest.generator = "imported";
  manifest.parameters.emplace_back("format", format);
  manifest.columns = material.columns;
  manifest.controls = controls;
  for (const auto& entry : material.conditions) {
    manifest.conditions.push_back(entry.condition);
    manifest.n_cells.push_back(std::ssize(entry.rows));
  }
  SplitOptions options;
  options.controls = controls;
  std::map<std::string, std::set<Key>> promised;
  std::map<std::string, Claim> claims;
  for (auto& fold : folds) {
    bool placed = false;  // where cells were read, controls have their parts
    for (std::size_t i = 0; i < fold.part.size(); ++i) {
      placed = placed || (is_control(manifest.conditions[i]) && fold.part[i] != Part::kUnused);
    }
    if (!placed) place_controls(material, options, fold);
    const auto sides = sides_of(manifest, fold);
    std::set<std::string> members;
    for (const auto* side : {&sides.train, &sides.val}) {
      for (const auto id : *side) {
        const auto& some = manifest.conditions[static_cast<std::size_t>(id)].members;
        members.insert(some.begin(), some.end());
      }
    }
    std::map<std::string, std::vector<const Condition*>> tests;
    for (const auto id : sides.test) {
      const auto at = static_cast<std::size_t>(id);
      fold.task[at] = seen_class(manifest.conditions[at].members, members);
      tests[fold.task[at]].push_back(&manifest.conditions[at]);
    }
    const auto trained = trained_set(manifest, sides);
    for (const auto& [task, conditions] : tests) {
      auto keys = kept_apart(manifest, fold, sides, task);
      const auto claim = claim_of(trained, conditions);
      const auto [entry, is_new] = promised.try_emplace(task, keys);
      if (is_new) {
        claims[task] = claim;
        continue;
      }
      std::erase_if(entry->second, [&](Key key) { return !keys.contains(key); });
      claims[task] = weaker_of(claims[task], claim);
    }
  }
  manifest.folds = std::move(folds);
  for (const auto& [task, keys] : promised) {
    Promise promise{.task = task, .disjoint_by = {keys.begin(), keys.end()}, .claim = claims[task]};
    if (promise.disjoint_by.empty()) promise.disjoint_by.push_back(Key::kCell);
    manifest.promises.push_back(std::move(promise));
  }
  check_manifest(manifest);
  return manifest;
}

}  // namespace cupel::splits
