#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "cupel/error.hpp"
#include "cupel/metric.hpp"

namespace cupel::test {
namespace {

TEST(MetricRegistry, HoldsMetricsOfDistinctNames) {
  std::set<std::string_view> names;
  for (const Metric& metric : all_metrics()) {
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    if (!metric.v1_name.empty() && metric.v1_name != metric.name) {
      EXPECT_TRUE(names.insert(metric.v1_name).second) << metric.v1_name;
    }
  }
  EXPECT_EQ(all_metrics().size(), 54U + 1U + 3U)
      << "cell-eval2's, cell-eval's own and the weighted ones";
}

TEST(MetricRegistry, RowsAreConsistent) {
  for (const Metric& metric : all_metrics()) {
    EXPECT_FALSE(metric.summary.empty()) << metric.name;
    EXPECT_LT(metric.low, metric.high) << metric.name;
    EXPECT_NE(metric.needs, 0) << metric.name;
    EXPECT_EQ(metric.compute == nullptr, !metric.numerator.empty()) << metric.name;
    if (!std::isnan(metric.perfect)) {
      EXPECT_GE(metric.perfect, metric.low) << metric.name;
      EXPECT_LE(metric.perfect, metric.high) << metric.name;
    }
    if (!std::isnan(metric.worst)) {
      EXPECT_EQ(metric.worst, metric.better == Better::kHigher ? metric.low : metric.high)
          << metric.name;
    }
    EXPECT_EQ(metric.scoring == ScoringClass::kDiagnostic, metric.better == Better::kNeither)
        << metric.name;
  }
}

TEST(MetricRegistry, FindsByEitherName) {
  EXPECT_EQ(find_metric("de_wilcoxon_overlap_top50").k, 50);
  EXPECT_EQ(&find_metric("overlap_at_50"), &find_metric("de_wilcoxon_overlap_top50"));
  EXPECT_EQ(find_metric("pearson_delta").name, "delta_pearson");
}

TEST(MetricRegistry, AnswersAnUnknownNameWithTheNearestAndTheKnown) {
  for (const char* name : {"expr_mea", "", "de_wilcoxon_direction_reach_ra"}) {
    try {
      static_cast<void>(find_metric(name));
      FAIL() << name;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage);
      const std::string message = error.what();
      EXPECT_NE(message.find("known: expr_mae, expr_mse,"), std::string::npos) << message;
      if (std::string(name) == "expr_mea") {
        EXPECT_NE(message.find("did you mean 'expr_mae'?"), std::string::npos) << message;
      }
    }
  }
}

TEST(MetricRegistry, SaysWhyAMetricIsLeftOut) {
  try {
    static_cast<void>(find_metric("clustering_agreement"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_NE(std::string(error.what()).find("left out: its graph clustering"), std::string::npos)
        << error.what();
  }
}

TEST(MetricRegistry, WritesOneRowOfMarkdownPerMetric) {
  const std::string table = metric_table_markdown();
  EXPECT_EQ(std::ranges::count(table, '\n'), 2 + 58);
  EXPECT_NE(table.find("| `pds_cosine` |"), std::string::npos);
  EXPECT_EQ(table.find("nan"), std::string::npos)
      << "a metric without a perfect value shows a dash";
}

}  // namespace
}  // namespace cupel::test
