#pragma once
#include <array>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "conditions/condition.hpp"
#include "splits/keys.hpp"

// What a score on a split can say (vcbench-and-turbine.md 2.1, row 27). It is computed from what
// lies on both sides, never taken from the name of whatever drew the split.
namespace cupel::splits {

// How new a perturbation is, weakest first.
enum class Novelty : std::uint8_t {
  kSeen,         // trained, in this context or another, at this dose or another
  kMembersSeen,  // never as it is, but every member is trained: alone or in combinations
  kPartlySeen,   // a combination of trained and untrained members
  kUnseen,       // no member is trained
};
[[nodiscard]] std::string_view novelty_name(Novelty novelty);
[[nodiscard]] Novelty parse_novelty(std::string_view name);

// What is the least new about any test condition of a task. "Trained" is what lies in train or
// val, controls aside.
struct Claim {
  bool unseen_condition =
      false;                 // no test condition is trained, not even by other cells or batches
  bool unseen_pair = false;  // no test perturbation is trained in its own context
  bool unseen_context = false;
  bool hidden_controls = false;  // and its controls do not train either
  bool unseen_dose = false;      // at no trained dose
  bool unseen_batch = false;
  bool unseen_dataset = false;
  bool combinations = false;  // every test condition has two members or more
  Novelty perturbation = Novelty::kSeen;
  // The most perturbations that are trained in a test condition's context; 0 for unseen contexts.
  std::int64_t shots = 0;
  friend bool operator==(const Claim&, const Claim&) = default;
};

// "unseen context, seen perturbations"
[[nodiscard]] std::string text_of(const Claim& claim);

// What both claim.
[[nodiscard]] Claim weaker_of(const Claim& a, const Claim& b);
// What `claimed` says beyond `supported`, in words; empty if nothing.
[[nodiscard]] std::string excess_of(const Claim& claimed, const Claim& supported);

// One condition beside what trains.
struct ConditionNovelty {
  bool condition_seen = false;
  bool pair_seen = false;
  bool context_seen = false;
  bool controls_seen = false;
  bool dose_seen = false;
  bool batch_seen = false;
  bool dataset_seen = false;
  Novelty perturbation = Novelty::kUnseen;
  std::int32_t members_seen = 0;      // of condition.members
  bool only_in_combinations = false;  // a single whose gene is trained, but never alone
  std::int64_t shots = 0;
};

// What trains: conditions in train or val, and the controls that train.
class TrainedSet {
 public:
  void add(const Condition& condition);
  [[nodiscard]] ConditionNovelty compare(const Condition& condition) const;

 private:
  [[nodiscard]] bool has(Key key, const Condition& condition) const;

  std::array<std::unordered_set<std::string>, kKeys> values_;  // by key
  std::unordered_set<std::string> singles_;                    // members that train alone
  std::unordered_set<std::string> contexts_of_controls_;
  std::unordered_map<std::string, std::set<std::vector<std::string>>> of_context_;
};

// The weakest over conditions, which are not empty.
[[nodiscard]] Claim claim_of(const TrainedSet& trained, std::span<const Condition* const> tests);

}  // namespace cupel::splits
