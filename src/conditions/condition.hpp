#pragma once
#include <string>
#include <vector>

namespace cupel {

// What was done to some cells and where: the key by which splits, baselines and audits compare
// (baselines-splits-audits.md A0). Conditions order by their fields from first to last.
struct Condition {
  std::string dataset = {};  // empty when there is one
  std::string context = {};  // cell line, patient, stimulation; empty when there is one
  std::vector<std::string>
      members;  // what was done, sorted, with repeats; empty: nothing, a control
  std::vector<std::string> doses = {};  // of each member; empty when the screen has no doses
  std::string batch = {};               // empty when batches are not told apart
  friend auto operator<=>(const Condition&, const Condition&) = default;
};

[[nodiscard]] inline bool is_control(const Condition& condition) {
  return condition.members.empty();
}

// "K562: A+B at 1+0.5, batch 3", for people.
[[nodiscard]] std::string describe(const Condition& condition);

// One line without ambiguity, for hashes: fields between tabs, members and doses between 0x1F.
[[nodiscard]] std::string condition_line(const Condition& condition);

// SHA-256 of the lines of these conditions, sorted, each ended by '\n'.
[[nodiscard]] std::string conditions_sha256(std::vector<Condition> conditions);

}  // namespace cupel
