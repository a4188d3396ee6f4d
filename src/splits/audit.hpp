#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "splits/generator.hpp"
#include "splits/manifest.hpp"

// What a split supports on a real screen, and what leaks (baselines-splits-audits.md C).
namespace cupel::splits {

enum class Severity : std::uint8_t { kInfo, kWarn, kHigh, kFatal };
[[nodiscard]] std::string_view severity_name(Severity severity);  // "INFO", "WARN", ...

struct Finding {
  std::string check = {};  // its name, such as "member-in-combination"
  Severity severity = Severity::kInfo;
  std::int64_t affected = 0;
  std::int64_t of = 0;                     // affected / of is the share
  std::vector<std::string> examples = {};  // 20 at most
  std::string message = {};
};

// One task over all folds, on those conditions that the screen has.
struct TaskAudit {
  std::string task = {};
  std::int64_t conditions = 0;
  std::int64_t cells = 0;
  Claim supported = {};
  std::string excess = {};                            // what the manifest claims beyond it
  std::map<std::string, std::int64_t> by_class = {};  // test conditions by seen_class
};

struct Audit {
  std::vector<TaskAudit> tasks;
  std::vector<Finding> findings;  // worst first
};

// Compares the manifest with the conditions of a screen, listed by the manifest's own columns.
[[nodiscard]] Audit audit_split(const Manifest& manifest, const Material& real);

// Cramér's V of a table of counts, rows × columns; NaN where rows or columns are fewer than two.
[[nodiscard]] double cramers_v(const std::vector<std::vector<double>>& table);

// For a terminal: the claim, tasks with their classes, findings.
[[nodiscard]] std::string audit_text(const Manifest& manifest, const Audit& audit);

}  // namespace cupel::splits
