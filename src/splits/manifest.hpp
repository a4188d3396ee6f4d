#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conditions/condition_list.hpp"
#include "splits/claim.hpp"
#include "splits/keys.hpp"

// A split: which conditions train, validate and test, in one fold or several, and what a score on
// it can claim (baselines-splits-audits.md B0).
namespace cupel::splits {

enum class Part : std::uint8_t {
  kTrain,
  kVal,
  kTest,
  kEvery,     // controls that all parts share
  kByCell,    // its cells are divided: Fold::cells
  kExcluded,  // would leak: in no part
  kUnused,    // nothing wrong with it, only not needed in this fold
};
inline constexpr std::size_t kParts = 7;
// "train", "val", "test", "every", "cells", "excluded", "unused".
[[nodiscard]] std::string_view part_name(Part part);
// Throws Error(kInput) naming the known ones.
[[nodiscard]] Part parse_part(std::string_view name);

// What becomes of control cells.
enum class ControlPolicy : std::uint8_t {
  kShared,    // in every part
  kTrain,     // all in train
  kDisjoint,  // drawn to parts cell by cell, within each context and batch
};
[[nodiscard]] std::string_view policy_name(ControlPolicy policy);
[[nodiscard]] ControlPolicy parse_policy(std::string_view name);

struct CellPart {
  std::int32_t condition = 0;
  std::string cell = {};  // its name in obs
  Part part = Part::kTrain;
  friend auto operator<=>(const CellPart&, const CellPart&) = default;
};

struct Fold {
  std::string name = {};
  std::vector<Part> part = {};  // of each condition
  std::vector<std::string> task =
      {};                            // of each condition in test, such as "combo_seen1"; else empty
  std::vector<CellPart> cells = {};  // of conditions kByCell; sorted
};

// What holds for the test conditions of one task, in every fold.
struct Promise {
  std::string task = {};
  std::vector<Key> disjoint_by = {};  // test shares no value of these with train and val
  Claim claim = {};                   // the weakest over folds
};

struct Manifest {
  std::string generator = {};
  std::int32_t generator_version = 1;
  std::uint64_t seed = 0;
  std::string random = {};  // the stream that was drawn from; empty when nothing was drawn
  std::vector<std::pair<std::string, std::string>> parameters = {};
  ConditionColumns columns = {};
  ControlPolicy controls = ControlPolicy::kShared;
  std::vector<Condition> conditions = {};  // sorted
  std::vector<std::int64_t> n_cells = {};  // of each condition
  std::string stratified_by = {};          // empty: not stratified
  std::vector<std::string> stratum = {};   // of each condition, or none
  Groups groups = {};                      // of members, such as scaffold or mechanism; or none
  std::vector<Fold> folds = {};
  std::vector<Promise> promises = {};
};

// "unseen context, seen perturbations", with a task before each where there are several. Anything
// that reports a score on this split repeats it and says nothing stronger.
[[nodiscard]] std::string claim_text(const Manifest& manifest);

// SHA-256 of what decides the split: folds, parts, tasks, cells and promises. The same for the same
// split, whatever drew it.
[[nodiscard]] std::string manifest_sha256(const Manifest& manifest);

// Throws Error(kInput), one line, when the manifest contradicts itself: nothing to train on or to
// test, a condition or cell in two parts, test conditions of a task without a promise, train or val
// that share a promised key with test, or a claim stronger than the folds support.
void check_manifest(const Manifest& manifest);

}  // namespace cupel::splits
