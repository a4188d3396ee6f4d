#include "splits/manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <unordered_set>

#include "conditions/sha256.hpp"
#include "cupel/error.hpp"
#include "splits/fold_sides.hpp"

namespace cupel::splits {
namespace {

constexpr std::array<std::string_view, kParts> kPartNames = {"train", "val",      "test",  "every",
                                                             "cells", "excluded", "unused"};
constexpr std::array<std::string_view, 3> kPolicyNames = {"shared", "train", "disjoint"};

[[noreturn]] void refuse(const Fold& fold, std::string_view what) {
  throw Error(ErrorKind::kInput, fmt::format("split, fold '{}': {}", fold.name, what));
}

void check_shape(const Manifest& manifest) {
  const auto n = manifest.conditions.size();
  if (!std::ranges::is_sorted(manifest.conditions) ||
      std::ranges::adjacent_find(manifest.conditions) != manifest.conditions.end()) {
    throw Error(ErrorKind::kInput, "split: its conditions are not sorted, or one is there twice");
  }
  if (manifest.n_cells.size() != n || (!manifest.stratum.empty() && manifest.stratum.size() != n)) {
    throw Error(ErrorKind::kInput, "split: numbers of cells or strata do not fit its conditions");
  }
  if (manifest.folds.empty()) throw Error(ErrorKind::kInput, "split: it has no fold");
  for (const auto& fold : manifest.folds) {
    if (fold.part.size() != n || fold.task.size() != n) {
      refuse(fold, "parts or tasks do not fit the conditions");
    }
  }
}

// Each cell in one part, and only cells of conditions that are divided.
void check_cells(const Manifest& manifest, const Fold& fold) {
  for (std::size_t i = 0; i < fold.cells.size(); ++i) {
    const auto& cell = fold.cells[i];
    const auto condition = static_cast<std::size_t>(cell.condition);
    if (condition >= fold.part.size() || fold.part[condition] != Part::kByCell) {
      refuse(fold,
             fmt::format("cell '{}' is of a condition that is not divided by cells", cell.cell));
    }
    if (i > 0 && fold.cells[i - 1].condition == cell.condition &&
        fold.cells[i - 1].cell == cell.cell) {
      refuse(fold, fmt::format("cell '{}' of {} is there twice", cell.cell,
                               describe(manifest.conditions[condition])));
    }
  }
  if (!std::ranges::is_sorted(fold.cells)) refuse(fold, "its cells are not sorted");
}

const Promise& promise_for(const Manifest& manifest, const Fold& fold, std::size_t condition) {
  const auto found = std::ranges::find(manifest.promises, fold.task[condition], &Promise::task);
  if (found == manifest.promises.end()) {
    refuse(fold, fmt::format("{} is tested as '{}', which promises nothing",
                             describe(manifest.conditions[condition]), fold.task[condition]));
  }
  return *found;
}

// What a person would call a key's value.
std::string value_text(Key key, const std::string& value, const Condition& condition) {
  return key == Key::kMember || key == Key::kGroup ? value : describe(condition);
}

void check_disjoint(const Manifest& manifest, const Fold& fold, const FoldSides& sides) {
  for (std::size_t k = 0; k < kKeys; ++k) {
    const auto key = static_cast<Key>(k);
    if (key == Key::kCell) continue;
    const auto asked = [&](std::int32_t id) {
      const auto& keys = promise_for(manifest, fold, static_cast<std::size_t>(id)).disjoint_by;
      return std::ranges::find(keys, key) != keys.end();
    };
    if (std::ranges::none_of(sides.test, asked)) continue;
    std::unordered_set<std::string> trained;
    for (const auto* side : {&sides.train, &sides.val}) {
      for (const auto id : *side) {
        const auto& condition = manifest.conditions[static_cast<std::size_t>(id)];
        if (is_control(condition)) continue;
        for (auto& value : key_values(key, condition, manifest.groups)) {
          trained.insert(std::move(value));
        }
      }
    }
    for (const auto id : sides.test) {
      if (!asked(id)) continue;
      const auto& condition = manifest.conditions[static_cast<std::size_t>(id)];
      for (const auto& value : key_values(key, condition, manifest.groups)) {
        if (!trained.contains(value)) continue;
        refuse(fold,
               fmt::format("test and train overlap by {}: {} ({}) is trained too", key_name(key),
                           value_text(key, value, condition), describe(condition)));
      }
    }
  }
}

void check_claims(const Manifest& manifest, const Fold& fold, const FoldSides& sides) {
  const auto trained = trained_set(manifest, sides);
  for (const auto& promise : manifest.promises) {
    std::vector<const Condition*> tests;
    for (const auto id : sides.test) {
      const auto at = static_cast<std::size_t>(id);
      if (fold.task[at] == promise.task) tests.push_back(&manifest.conditions[at]);
    }
    if (tests.empty()) continue;
    const auto excess = excess_of(promise.claim, claim_of(trained, tests));
    if (excess.empty()) continue;
    refuse(fold, fmt::format("task '{}' claims {}, which this split does not support", promise.task,
                             excess));
  }
}

}  // namespace

std::string_view part_name(Part part) { return kPartNames[static_cast<std::size_t>(part)]; }

Part parse_part(std::string_view name) {
  const auto* const found = std::ranges::find(kPartNames, name);
  if (found == kPartNames.end()) {
    throw Error(ErrorKind::kInput,
                fmt::format("no part named '{}'; known: {}", name, fmt::join(kPartNames, ", ")));
  }
  return static_cast<Part>(found - kPartNames.begin());
}

std::string_view policy_name(ControlPolicy policy) {
  return kPolicyNames[static_cast<std::size_t>(policy)];
}

ControlPolicy parse_policy(std::string_view name) {
  const auto* const found = std::ranges::find(kPolicyNames, name);
  if (found == kPolicyNames.end()) {
    throw Error(ErrorKind::kUsage, fmt::format("no policy of controls named '{}'; known: {}", name,
                                               fmt::join(kPolicyNames, ", ")));
  }
  return static_cast<ControlPolicy>(found - kPolicyNames.begin());
}

std::string claim_text(const Manifest& manifest) {
  if (manifest.promises.size() == 1) return text_of(manifest.promises.front().claim);
  std::string text;
  for (const auto& promise : manifest.promises) {
    text.append(
        fmt::format("{}{}: {}", text.empty() ? "" : "; ", promise.task, text_of(promise.claim)));
  }
  return text;
}

std::string manifest_sha256(const Manifest& manifest) {
  Sha256 hash;
  for (const auto& fold : manifest.folds) {
    hash.add(fmt::format("fold\t{}\n", fold.name));
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      hash.add(fmt::format("{}\t{}\t{}\n", condition_line(manifest.conditions[i]),
                           part_name(fold.part[i]), fold.task[i]));
    }
    for (const auto& cell : fold.cells) {
      hash.add(
          fmt::format("cell\t{}\t{}\t{}\n",
                      condition_line(manifest.conditions[static_cast<std::size_t>(cell.condition)]),
                      cell.cell, part_name(cell.part)));
    }
  }
  for (const auto& [member, group] : manifest.groups) {
    hash.add(fmt::format("group\t{}\t{}\n", member, group));
  }
  for (const auto& promise : manifest.promises) {
    std::vector<std::string_view> keys;
    for (const auto key : promise.disjoint_by) keys.push_back(key_name(key));
    hash.add(fmt::format("promise\t{}\t{}\t{}\n", promise.task, fmt::join(keys, ","),
                         text_of(promise.claim)));
  }
  return hash.hex();
}

void check_manifest(const Manifest& manifest) {
  check_shape(manifest);
  for (const auto& fold : manifest.folds) {
    check_cells(manifest, fold);
    const auto sides = sides_of(manifest, fold);
    if (sides.train.empty()) refuse(fold, "nothing is left to train on");
    if (sides.test.empty()) refuse(fold, "nothing is left to test");
    check_disjoint(manifest, fold, sides);
    check_claims(manifest, fold, sides);
  }
}

}  // namespace cupel::splits
