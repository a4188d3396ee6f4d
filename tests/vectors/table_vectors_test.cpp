// Vectors N02, N05 and D07 to D10: what is read, what is tested, and what counts as called.
#include "data/batches.hpp"
#include "data/validation.hpp"
#include "stats/call_policy.hpp"
#include "stats/gene_gate.hpp"
#include "stats/median_total.hpp"
#include "support/backend_test.hpp"
#include "support/memory_screen.hpp"
#include "support/test_device.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

std::vector<double> row_totals(const Json& counts) {
  std::vector<double> totals;
  for (const Json& row : counts) {
    totals.push_back(0.0);
    for (const double value : numbers(row)) totals.back() += value;
  }
  return totals;
}

TEST(VectorN02, TargetThatIsNotGivenIsTheMedianPositiveTotal) {
  const Json& v = vector("N02");
  const auto totals = row_totals(v.at("inputs").at("counts"));
  std::vector<double> control;
  for (std::size_t cell = 0; cell < totals.size(); ++cell) {
    if (v.at("inputs").at("labels").at(cell) == v.at("inputs").at("control")) {
      control.push_back(totals[cell]);
    }
  }
  expect_near(median_positive_total(totals), v.at("expected").at("v1_target_this_matrix"),
              v.at("tol"), "v1");
  expect_near(median_positive_total(control), v.at("expected").at("v2_target_sum_null_resolves_to"),
              v.at("tol"), "v2");
}

TEST(VectorN05, CountsAreRefusedOrTaken) {
  const Json& v = vector("N05");
  Conventions conventions;
  conventions.data.max_counts_per_cell = v.at("inputs").at("max_counts_per_cell");
  // What a refusal must speak of.
  const std::map<std::string, std::string> words{
      {"refuse: negative", "negative"},
      {"refuse: fractional", "not a whole number"},
      {"refuse: per-cell total", "max_counts_per_cell"},
      {"refuse: fractional (NaN is not integral)", "NaN"},
      {"refuse: per-cell total (inf passes the integrality test)", "max_counts_per_cell"}};
  for (const Json& entry : v.at("inputs").at("cases")) {
    const auto name = entry.at(0).get<std::string>();
    const auto dense = matrix(entry.at(1));
    const auto totals = row_totals(entry.at(1));
    MemoryScreen screen({dense.rows(), dense.cols(), {dense.view().data, dense.view().data + 4}},
                        {});
    const std::vector<std::vector<std::int64_t>> rows{{0, 1}};
    const auto batch = read_batch(screen, rows, std::vector<std::int32_t>{0});
    std::vector<double> batch_totals;
    for (const auto row : batch.file_rows)
      batch_totals.push_back(totals[static_cast<std::size_t>(row)]);
    const std::string refusal = error_of([&] {
      ValueWatch watch(screen, conventions, false);
      watch.check(batch.cells.view(), batch.file_rows, batch_totals);
      watch.finish();
    });
    const auto verdict = v.at("expected").at(name).get<std::string>();
    if (verdict == "accept") {
      EXPECT_EQ(refusal, "") << name;
    } else {
      EXPECT_NE(refusal.find(words.at(verdict)), std::string::npos) << name << ": " << refusal;
    }
  }
}

TEST(VectorD07, GateIsStrictAndTheAdjustmentSeesOnlySurvivors) {
  const Json& v = vector("D07");
  const auto cpm = numbers(v.at("inputs").at("control_mean_cpm"));
  const auto p = numbers(v.at("inputs").at("p_values"));
  const auto kept = genes_above(cpm, v.at("inputs").at("threshold").get<double>());
  std::vector<bool> is_kept(cpm.size(), false);
  auto p_kept = make_host_matrix<double>(1, std::ssize(kept));
  for (std::size_t i = 0; i < kept.size(); ++i) {
    is_kept[static_cast<std::size_t>(kept[i])] = true;
    p_kept.view().data[i] = p[static_cast<std::size_t>(kept[i])];
  }
  EXPECT_EQ(Json(is_kept), v.at("expected").at("kept"));
  const auto p_adj = make_test_backend()->adjust_p_values(p_kept.view());
  for (std::size_t i = 0; i < kept.size(); ++i) {
    expect_near(p_adj.view().data[i], v.at("expected").at("p_adj_kept").at(i), v.at("tol"),
                "p_adj");
  }
}

TEST(VectorD08, MaskAndFloorRaisePAdjToOne) {
  const Json& v = vector("D08");
  const auto lfc = numbers(v.at("inputs").at("log2_fold_change"));
  const auto p_adj = numbers(v.at("inputs").at("p_adj"));
  for (const auto& [name, expected] : v.at("expected").items()) {
    Conventions::De de;
    de.nan_fold_change = name.starts_with("mask") ? NanFoldChange::kMask : NanFoldChange::kKeep;
    if (!name.ends_with("no floor")) {
      de.min_abs_log2_fold_change = v.at("inputs").at("min_abs_log2fc");
    }
    const CallPolicy policy(de);
    for (std::size_t g = 0; g < lfc.size(); ++g) {
      expect_near(policy.p_adj(p_adj[g], lfc[g]), expected.at(g), v.at("tol"), name);
    }
  }
}

TEST(VectorD09, RoundingToFloatComesBeforeTheThreshold) {
  const Json& v = vector("D09");
  for (const bool float32 : {false, true}) {
    Conventions::De de;
    de.p_adj_threshold = v.at("inputs").at("threshold");
    de.float32_columns = float32;
    const CallPolicy policy(de);
    const Json& expected = v.at("expected").at(float32 ? "v1_significant" : "v2_significant");
    const auto fdr = numbers(v.at("inputs").at("fdr"));
    for (std::size_t g = 0; g < fdr.size(); ++g) {
      EXPECT_EQ(policy.called(policy.p_adj(fdr[g], 1.0)), expected.at(g).get<bool>())
          << fdr[g] << (float32 ? " as float" : " as double");
    }
  }
}

TEST(VectorD10, PooledFilterKeepsARowWhenEitherSideExceeds) {
  const Json& v = vector("D10");
  const auto target = numbers(v.at("inputs").at("target_pooled_cpm"));
  const auto control = numbers(v.at("inputs").at("ref_pooled_cpm"));
  for (std::size_t g = 0; g < target.size(); ++g) {
    EXPECT_EQ(passes_pooled_cpm(target[g], control[g], v.at("inputs").at("T")),
              v.at("expected").at("kept").at(g).get<bool>());
  }
  const Json& example = v.at("expected").at("pooled_cpm_example");
  EXPECT_EQ(pooled_cpm(numbers(example.at("gene_means"))), numbers(example.at("cpm")));
}

}  // namespace
}  // namespace cupel::test
