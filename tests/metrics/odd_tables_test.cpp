// Small tables with every oddity a table may hold, against what cell-eval2 gives for them
// (make_odd_tables.py).
#include <cmath>

#include "support/csv_rows.hpp"
#include "support/de_case.hpp"
#include "support/gzip_text.hpp"
#include "vectors/vectors.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

DeTable side(const Json& file, const Json& rows) {
  std::vector<DeRow> parsed;
  for (const Json& row : rows) {
    parsed.push_back(
        {row.at(0), row.at(1), number(row.at(2)), number(row.at(3)), number(row.at(4))});
  }
  return make_table(file.at("targets"), file.at("genes"), parsed);
}

Conventions conventions_of(const Json& settings) {
  const std::map<std::string, SortBy> orders{{"log2_fold_change", SortBy::kLog2FoldChange},
                                             {"p_value", SortBy::kPValue},
                                             {"p_adj", SortBy::kPAdj}};
  const std::map<std::string, AucFloor> floors{{"clip", AucFloor::kClip},
                                               {"replace_zero", AucFloor::kReplaceZero}};
  Conventions conventions;
  Conventions::De& de = conventions.de;
  for (const auto& [key, value] : settings.items()) {
    if (key == "nan_lfc_policy") {
      de.nan_fold_change = NanFoldChange::kKeep;
    } else if (key == "min_abs_log2fc") {
      de.min_abs_log2_fold_change = value;
    } else if (key == "sort_by") {
      de.sort_by = orders.at(value);
    } else if (key == "auc_pval_floor") {
      de.auc_floor = floors.at(value);
    } else if (key == "p_adj_threshold") {
      de.p_adj_threshold = value;
    } else {
      ADD_FAILURE() << "unknown setting " << key;
    }
  }
  return conventions;
}

TEST(OddTables, GiveTheReferencesNumbersUnderEveryConvention) {
  const Json file = Json::parse(gzip_text(source_path("tests/metrics/odd_tables.json.gz")));
  ASSERT_EQ(file.at("cases").size(), 30U);
  for (const Json& entry : file.at("cases")) {
    const DeCase de(side(file, entry.at("real")), side(file, entry.at("pred")),
                    conventions_of(entry.at("settings")));
    for (const Metric& m : all_metrics()) {
      if ((m.needs & kNeedsDe) == 0) continue;
      const std::string metric(m.name);
      const Json expected = entry.at("scores").value(metric, Json::object());  // absent: no row
      const auto scores = de.scores(metric);
      for (std::size_t p = 0; p < scores.size(); ++p) {
        const std::string what =
            metric + " of " + de.targets()[p] + " under " + entry.at("settings").dump();
        EXPECT_EQ(scores[p].absent, !expected.contains(de.targets()[p])) << what;
        if (scores[p].absent) continue;
        const double wanted = number(expected.at(de.targets()[p]));
        EXPECT_EQ(std::isnan(scores[p].value), std::isnan(wanted)) << what;
        if (std::isnan(wanted)) continue;
        // Sums of a few dozen doubles: only their order differs.
        EXPECT_NEAR(scores[p].value, wanted, 1e-12 * std::abs(wanted)) << what;
      }
    }
  }
}

}  // namespace
}  // namespace cupel::test
