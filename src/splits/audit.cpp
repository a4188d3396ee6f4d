#include "splits/audit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

#include "splits/combinations.hpp"
#include "splits/fold_sides.hpp"
#include "text.hpp"

namespace cupel::splits {
namespace {

// Below these a score is noise (baselines-splits-audits.md B12).
constexpr std::int64_t kFewestTestCells = 30;
constexpr std::int64_t kFewestTrainCells = 12;
constexpr std::int64_t kFewestControls = 200;
constexpr std::size_t kFewestTests = 10;  // perturbations of a context
constexpr double kConfounded = 0.5;       // Cramér's V
constexpr std::size_t kExamples = 20;

// Counts distinct things of one kind of finding, keeping a few as examples.
class Tally {
 public:
  void see() { ++of_; }
  void add(std::string example) {
    if (!seen_.insert(example).second) return;
    if (examples_.size() < kExamples) examples_.push_back(std::move(example));
  }
  [[nodiscard]] bool any() const { return !seen_.empty(); }
  [[nodiscard]] std::int64_t count() const { return std::ssize(seen_); }
  void report(Audit& audit, std::string check, Severity severity, std::string message) const {
    if (!any()) return;
    audit.findings.push_back(
        {std::move(check), severity, count(), of_, examples_, std::move(message)});
  }

 private:
  std::set<std::string> seen_;
  std::vector<std::string> examples_;
  std::int64_t of_ = 0;
};

// The manifest restricted to what the screen has, with the screen's numbers of cells.
struct Present {
  std::vector<bool> has;            // of each condition of the manifest
  std::vector<std::int64_t> cells;  // in the screen
};

Present find_conditions(const Manifest& manifest, const Material& real, Audit& audit) {
  Present present{.has = std::vector<bool>(manifest.conditions.size()),
                  .cells = std::vector<std::int64_t>(manifest.conditions.size())};
  Tally unknown;
  for (const auto& entry : real.conditions) {
    unknown.see();
    const auto at = std::ranges::lower_bound(manifest.conditions, entry.condition);
    if (at == manifest.conditions.end() || *at != entry.condition) {
      unknown.add(describe(entry.condition));
      continue;
    }
    const auto i = static_cast<std::size_t>(at - manifest.conditions.begin());
    present.has[i] = true;
    present.cells[i] = std::ssize(entry.rows);
  }
  Tally missing;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    missing.see();
    if (!present.has[i]) missing.add(describe(manifest.conditions[i]));
  }
  missing.report(audit, "missing-conditions", Severity::kHigh,
                 "conditions of the split are not in the screen");
  unknown.report(audit, "unknown-conditions", Severity::kWarn,
                 "conditions of the screen are in no part of the split");
  return present;
}

// "DOK2_1" and "DOK2.2" -> "dok2": a guide's number and the case of letters say nothing.
std::string plain_name(std::string name) {
  auto end = name.size();
  while (end > 0 && name[end - 1] >= '0' && name[end - 1] <= '9') --end;
  if (end > 1 && end < name.size() && (name[end - 1] == '_' || name[end - 1] == '.')) {
    name.resize(end - 1);
  }
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return name;
}

struct Tallies {
  Tally member_in_combination, alias, same_condition, few_test_cells, few_train_cells, few_tests;
};

void audit_fold(const Manifest& manifest, const Fold& fold, const Present& present, Audit& audit,
                Tallies& tallies, std::vector<bool>& begun) {
  auto sides = sides_of(manifest, fold);
  for (auto* side : {&sides.train, &sides.val, &sides.test, &sides.controls}) {
    std::erase_if(*side,
                  [&](std::int32_t id) { return !present.has[static_cast<std::size_t>(id)]; });
  }
  const auto trained = trained_set(manifest, sides);
  std::set<std::string> trained_members;
  std::set<std::string> trained_names;  // plain
  std::map<std::string, std::int64_t> combinations;
  for (const auto* side : {&sides.train, &sides.val}) {
    for (const auto id : *side) {
      const auto at = static_cast<std::size_t>(id);
      const auto& members = manifest.conditions[at].members;
      for (const auto& member : members) {
        trained_members.insert(member);
        trained_names.insert(plain_name(member));
        if (members.size() > 1) ++combinations[member];
      }
      if (side != &sides.train) continue;
      tallies.few_train_cells.see();
      if (present.cells[at] < kFewestTrainCells) {
        tallies.few_train_cells.add(describe(manifest.conditions[at]));
      }
    }
  }
  std::map<std::string, std::set<std::vector<std::string>>> tests_of_context;
  for (std::size_t t = 0; t < audit.tasks.size(); ++t) {
    auto& task = audit.tasks[t];
    std::vector<const Condition*> tests;
    for (const auto id : sides.test) {
      const auto at = static_cast<std::size_t>(id);
      if (fold.task[at] != task.task) continue;
      const auto& condition = manifest.conditions[at];
      tests.push_back(&condition);
      tests_of_context[condition.context].insert(condition.members);
      ++task.conditions;
      task.cells += present.cells[at];
      ++task.by_class[seen_class(condition.members, trained_members)];
      const auto novelty = trained.compare(condition);
      const auto name = describe(condition);
      tallies.same_condition.see();
      if (novelty.condition_seen) tallies.same_condition.add(name);
      tallies.member_in_combination.see();
      if (novelty.only_in_combinations) {
        const auto& member = condition.members.front();
        tallies.member_in_combination.add(fmt::format("{} (in {})", member, combinations[member]));
      }
      for (const auto& member : condition.members) {
        tallies.alias.see();
        if (!trained_members.contains(member) && trained_names.contains(plain_name(member))) {
          tallies.alias.add(member);
        }
      }
      tallies.few_test_cells.see();
      if (present.cells[at] < kFewestTestCells) tallies.few_test_cells.add(name);
    }
    if (tests.empty()) continue;
    const auto claim = claim_of(trained, tests);
    task.supported = begun[t] ? weaker_of(task.supported, claim) : claim;
    begun[t] = true;
  }
  for (const auto& [context, tests] : tests_of_context) {
    tallies.few_tests.see();
    if (tests.size() < kFewestTests) {
      tallies.few_tests.add(fmt::format(
          "{}{}", context.empty() ? "the screen" : context,
          manifest.folds.size() > 1 ? fmt::format(" (fold {})", fold.name) : std::string()));
    }
  }
}

// Control cells that both train and measure the truth's effects.
void audit_controls(const Manifest& manifest, const Present& present, Audit& audit) {
  Tally few;
  std::map<std::string, std::int64_t> of_context;
  std::set<std::string> contexts;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    if (!present.has[i]) continue;
    contexts.insert(manifest.conditions[i].context);
    if (is_control(manifest.conditions[i])) {
      of_context[manifest.conditions[i].context] += present.cells[i];
    }
  }
  std::int64_t all = 0;
  for (const auto& context : contexts) {
    few.see();
    all += of_context[context];
    if (of_context[context] < kFewestControls) {
      few.add(fmt::format("{}{}", context.empty() ? "the screen" : fmt::format("{}:", context),
                          fmt::format(" {} cells", of_context[context])));
    }
  }
  few.report(audit, "few-controls", Severity::kWarn,
             fmt::format("contexts with fewer than {} control cells", kFewestControls));
  if (manifest.controls != ControlPolicy::kDisjoint) {
    audit.findings.push_back(
        {"shared-controls",
         Severity::kWarn,
         all,
         all,
         {},
         "the control cells that train are those from which the truth's effects are measured; "
         "--controls disjoint keeps them apart"});
  }
}

void audit_batches(const Manifest& manifest, const Present& present, Audit& audit) {
  if (manifest.columns.batch.empty()) return;
  std::map<std::pair<std::string, std::string>, std::set<std::string>> batches;  // of perturbations
  std::set<std::pair<std::string, std::string>> all;
  std::set<std::pair<std::string, std::string>> with_controls;
  std::map<std::string, std::map<std::pair<std::string, std::string>, double>> counts;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    if (!present.has[i]) continue;
    const auto& condition = manifest.conditions[i];
    const std::pair batch{condition.dataset, condition.batch};
    all.insert(batch);
    if (is_control(condition)) {
      with_controls.insert(batch);
      continue;
    }
    const auto name = canonical_name(condition.members);
    counts[name][batch] += static_cast<double>(present.cells[i]);
  }
  Tally without;
  for (const auto& batch : all) {
    without.see();
    if (!with_controls.contains(batch)) without.add(batch.second);
  }
  without.report(audit, "batch-without-controls", Severity::kHigh, "batches hold no control cells");
  Tally confined;
  std::vector<std::vector<double>> table;
  for (const auto& [name, of_batch] : counts) {
    confined.see();
    if (of_batch.size() == 1 && all.size() > 1) confined.add(name);
    auto& row = table.emplace_back();
    for (const auto& batch : all) {
      const auto found = of_batch.find(batch);
      row.push_back(found == of_batch.end() ? 0.0 : found->second);
    }
  }
  const double v = cramers_v(table);
  if (v > kConfounded) {
    confined.add(fmt::format("Cramér's V {:.3f}", v));
    confined.report(audit, "batch-confounding", Severity::kWarn,
                    fmt::format("perturbations and batches go together (Cramér's V {:.3f})", v));
  } else {
    confined.report(audit, "batch-confounding", Severity::kInfo, "perturbations lie in one batch");
  }
}

}  // namespace

std::string_view severity_name(Severity severity) {
  constexpr std::array<std::string_view, 4> kNames{"INFO", "WARN", "HIGH", "FATAL"};
  return kNames[static_cast<std::size_t>(severity)];
}

double cramers_v(const std::vector<std::vector<double>>& table) {
  std::vector<double> rows;
  std::vector<double> columns(table.empty() ? 0 : table.front().size(), 0.0);
  double all = 0.0;
  for (const auto& row : table) {
    rows.push_back(0.0);
    for (std::size_t c = 0; c < row.size(); ++c) {
      rows.back() += row[c];
      columns[c] += row[c];
      all += row[c];
    }
  }
  const auto positive = [](const std::vector<double>& sums) {
    return std::ranges::count_if(sums, [](double sum) { return sum > 0.0; });
  };
  const auto least = std::min(positive(rows), positive(columns)) - 1;
  if (least < 1) return std::numeric_limits<double>::quiet_NaN();
  double chi2 = 0.0;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const double expected = rows[r] * columns[c] / all;
      if (expected > 0.0) chi2 += (table[r][c] - expected) * (table[r][c] - expected) / expected;
    }
  }
  return std::sqrt(chi2 / (all * static_cast<double>(least)));
}

Audit audit_split(const Manifest& manifest, const Material& real) {
  Audit audit;
  const auto present = find_conditions(manifest, real, audit);
  for (const auto& promise : manifest.promises) {
    audit.tasks.push_back({.task = promise.task, .supported = {}, .excess = {}, .by_class = {}});
  }
  std::vector<bool> begun(audit.tasks.size(), false);
  Tallies tallies;
  for (const auto& fold : manifest.folds) {
    audit_fold(manifest, fold, present, audit, tallies, begun);
  }
  for (std::size_t t = 0; t < audit.tasks.size(); ++t) {
    auto& task = audit.tasks[t];
    const auto& claim = manifest.promises[t].claim;
    if (!begun[t]) {
      audit.findings.push_back({"empty-task",
                                Severity::kFatal,
                                1,
                                1,
                                {task.task},
                                "the screen has none of a task's test conditions"});
      continue;
    }
    task.excess = excess_of(claim, task.supported);
    if (!task.excess.empty()) {
      audit.findings.push_back({"claim-exceeded",
                                Severity::kFatal,
                                task.conditions,
                                task.conditions,
                                {task.task},
                                fmt::format("the split claims {}", task.excess)});
    }
  }
  tallies.same_condition.report(
      audit, "same-condition", Severity::kHigh,
      manifest.generator == "random-cells"
          ? "random cells: other cells of every test condition train"
          : "other cells of test conditions train (another batch, or divided by cells)");
  tallies.member_in_combination.report(
      audit, "member-in-combination", Severity::kHigh,
      "tested alone, and never trained alone, but within trained combinations");
  tallies.alias.report(audit, "name-alike", Severity::kHigh,
                       "tested as unseen, but a trained name differs only by case or a guide's "
                       "number");
  tallies.few_test_cells.report(
      audit, "few-test-cells", Severity::kWarn,
      fmt::format("test conditions of fewer than {} cells", kFewestTestCells));
  tallies.few_train_cells.report(
      audit, "few-train-cells", Severity::kWarn,
      fmt::format("train conditions of fewer than {} cells", kFewestTrainCells));
  tallies.few_tests.report(
      audit, "few-tests", Severity::kWarn,
      fmt::format("contexts with fewer than {} test perturbations", kFewestTests));
  audit_controls(manifest, present, audit);
  audit_batches(manifest, present, audit);
  std::ranges::stable_sort(audit.findings, std::ranges::greater{}, &Finding::severity);
  return audit;
}

std::string audit_text(const Manifest& manifest, const Audit& audit) {
  std::string text = fmt::format("claim: {}\n", claim_text(manifest));
  for (const auto& task : audit.tasks) {
    std::string classes;
    for (const auto& [name, count] : task.by_class) {
      classes.append(fmt::format("{}{} {}", classes.empty() ? "" : ", ", name, count));
    }
    text.append(fmt::format("  {}: {} test conditions, {} cells ({})\n    supported: {}\n",
                            task.task, task.conditions, grouped(task.cells), classes,
                            text_of(task.supported)));
  }
  for (const auto& finding : audit.findings) {
    text.append(fmt::format("{} {}: {} of {}: {}{}{}\n", severity_name(finding.severity),
                            finding.check, finding.affected, finding.of, finding.message,
                            finding.examples.empty() ? "" : ": ", listed(finding.examples, 6)));
  }
  if (audit.findings.empty()) text.append("no leak found\n");
  return text;
}

}  // namespace cupel::splits
