#include "splits/audit.hpp"

#include "splits/made_material.hpp"

namespace cupel::test {
namespace {

using splits::Audit;
using splits::audit_split;
using splits::Finding;
using splits::Part;
using splits::Severity;

// The finding of that name; one of no severity and nothing affected if there is none.
Finding find(const Audit& audit, const std::string& check) {
  const auto found = std::ranges::find(audit.findings, check, &Finding::check);
  return found == audit.findings.end() ? Finding{} : *found;
}

TEST(Audit, OfACleanSplitFindsNothing) {
  auto groups = grid(2, 60);
  for (auto& group : groups) group.cells = group.label == "ctrl" ? 200 : 30;
  const MadeMaterial made(groups);
  const auto manifest = split("gex", made, {.controls = splits::ControlPolicy::kDisjoint});
  const auto audit = audit_split(manifest, made);
  EXPECT_TRUE(audit.findings.empty()) << audit_text(manifest, audit);
  ASSERT_EQ(audit.tasks.size(), 1U);
  EXPECT_EQ(audit.tasks[0].conditions, 24);
  EXPECT_EQ(audit.tasks[0].cells, 24 * 30);
  EXPECT_EQ(text_of(audit.tasks[0].supported), "seen context, unseen perturbations");
  EXPECT_EQ(audit.tasks[0].by_class, (std::map<std::string, std::int64_t>{{"unseen_single", 24}}));
}

TEST(Audit, NamesPerturbationsThatTrainWithinCombinations) {
  const MadeMaterial made({{"ctrl"}, {"A"}, {"B"}, {"C"}, {"A+B"}, {"A+C"}});
  const auto manifest = split("gex", made, {.val = 0.0, .hold_out = {"A"}, .loose = true});
  const auto finding = find(audit_split(manifest, made), "member-in-combination");
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_EQ(finding.examples, (std::vector<std::string>{"A (in 2)"}));
  EXPECT_EQ(finding.affected, 1);
  const auto strict = split("gex", made, {.val = 0.0, .hold_out = {"A"}});
  EXPECT_EQ(find(audit_split(strict, made), "member-in-combination").affected, 0);
}

TEST(Audit, RecognisesRandomCells) {
  const MadeMaterial made(grid(1, 5));
  const auto audit = audit_split(split("random-cells", made), made);
  EXPECT_EQ(audit.findings.front().check, "same-condition");
  EXPECT_EQ(audit.findings.front().severity, Severity::kHigh);
  EXPECT_EQ(audit.findings.front().affected, 5);
}

TEST(Audit, FindsGuidesOfOneGeneOnBothSides) {
  const MadeMaterial made(
      {{"ctrl"}, {"DOK2_1"}, {"DOK2_2"}, {"LCK_1"}, {"egr1"}, {"EGR1"}, {"NKX2-1"}, {"NKX2-5"}});
  const auto manifest =
      split("gex", made, {.val = 0.0, .hold_out = {"DOK2_1", "LCK_1", "EGR1", "NKX2-1"}});
  const auto finding = find(audit_split(manifest, made), "name-alike");
  EXPECT_EQ(finding.severity, Severity::kHigh);
  EXPECT_EQ(finding.examples, (std::vector<std::string>{"DOK2_1", "EGR1"}));
}

TEST(Audit, TellsClaimsThatTheScreenDoesNotSupport) {
  const MadeMaterial made(grid(2, 12));
  auto manifest = split("gex", made, {.val = 0.0, .hold_out = {"g00"}});
  manifest.promises[0].claim.unseen_context = true;  // as if by hand
  const auto audit = audit_split(manifest, made);
  EXPECT_EQ(audit.findings.front().check, "claim-exceeded");
  EXPECT_EQ(audit.findings.front().severity, Severity::kFatal);
  EXPECT_EQ(audit.findings.front().message, "the split claims an unseen context");
}

TEST(Audit, ComparesTheSplitWithTheScreen) {
  const MadeMaterial made(grid(2, 12));
  const MadeMaterial fewer(grid(1, 12));
  const auto manifest = split("gex", made);
  const auto missing = find(audit_split(manifest, fewer), "missing-conditions");
  EXPECT_EQ(missing.affected, 13);
  EXPECT_EQ(missing.of, 26);
  const auto unknown = find(audit_split(split("gex", fewer), made), "unknown-conditions");
  EXPECT_EQ(unknown.affected, 13);
  EXPECT_EQ(unknown.severity, Severity::kWarn);
  const MadeMaterial other({{"ctrl", "z"}, {"A", "z"}});
  EXPECT_EQ(audit_split(manifest, other).findings.front().check, "empty-task");
}

TEST(Audit, CountsWhatIsTooSmall) {
  auto groups = grid(1, 12);
  groups[0].cells = 199;
  for (std::size_t i = 1; i < groups.size(); ++i) groups[i].cells = i <= 6 ? 11 : 30;
  const MadeMaterial made(groups);
  std::vector<std::string> tested;
  for (const auto* name : {"g00", "g01", "g10"}) tested.emplace_back(name);
  const auto audit = audit_split(split("gex", made, {.val = 0.0, .hold_out = tested}), made);
  EXPECT_EQ(find(audit, "few-test-cells").affected, 2);
  EXPECT_EQ(find(audit, "few-test-cells").of, 3);
  EXPECT_EQ(find(audit, "few-train-cells").affected, 4);
  EXPECT_EQ(find(audit, "few-tests").affected, 1);
  EXPECT_EQ(find(audit, "few-controls").examples, (std::vector<std::string>{"c0: 199 cells"}));
  EXPECT_EQ(find(audit, "shared-controls").affected, 199);
}

TEST(Audit, SeesPerturbationsAndBatchesGoTogether) {
  std::vector<MadeCells> groups;
  for (const auto* batch : {"x", "y"}) {
    groups.push_back({.label = "ctrl", .batch = batch});
    for (int k = 0; k < 3; ++k) {
      groups.push_back({.label = std::string(batch) + std::to_string(k), .batch = batch});
    }
  }
  const MadeMaterial made(groups);
  const auto finding = find(audit_split(split("gex", made), made), "batch-confounding");
  EXPECT_EQ(finding.severity, Severity::kWarn);
  EXPECT_NE(finding.message.find("V 1.000"), std::string::npos) << finding.message;
  groups.erase(groups.begin());
  groups.push_back({.label = "ctrl", .batch = "y"});
  const MadeMaterial bare(groups);
  EXPECT_EQ(find(audit_split(split("gex", bare), bare), "batch-without-controls").examples,
            (std::vector<std::string>{"x"}));
}

TEST(Audit, SaysWhatIsSupportedInWords) {
  const MadeMaterial made(pairs_screen());
  const auto manifest = split("combo", made, {.hold_out = {"A", "B"}});
  const auto text = audit_text(manifest, audit_split(manifest, made));
  EXPECT_TRUE(text.starts_with("claim: combo_seen0: seen context, combinations of unseen")) << text;
  EXPECT_NE(text.find("  combo_seen0: 1 test conditions, 3 cells (combo_seen0 1)\n"
                      "    supported: seen context, combinations of unseen perturbations\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("WARN shared-controls: 8 of 8: "), std::string::npos) << text;
}

}  // namespace
}  // namespace cupel::test
