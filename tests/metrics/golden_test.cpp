// The metrics alone, on the tables and profiles that the reference recorded (tests/golden): what
// remains is the reference's order of summation.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <set>

#include "stats/aggregate.hpp"
#include "support/csv_rows.hpp"
#include "support/de_case.hpp"
#include "support/gzip_text.hpp"
#include "support/matrices.hpp"
#include "support/paths.hpp"
#include "support/test_device.hpp"
#include "vectors/vectors.hpp"

namespace cupel::test {
namespace {

const std::filesystem::path kGolden = source_path("tests/golden");

Json run(const std::string& name) {
  std::ifstream file(kGolden / "runs" / (name + ".json"));
  return Json::parse(file);
}

void expect_scores(const std::vector<Score>& scores, const Json& golden, const std::string& metric,
                   double tolerance) {
  const Json recorded = golden.at("results").value(metric, Json::object());
  const auto labels = golden.at("perturbations").get<std::vector<std::string>>();
  ASSERT_EQ(scores.size(), labels.size()) << metric;
  for (std::size_t p = 0; p < labels.size(); ++p) {
    const std::string what = metric + " of " + labels[p];
    EXPECT_EQ(scores[p].absent, !recorded.contains(labels[p])) << what;
    if (!recorded.contains(labels[p])) continue;
    const double wanted = number(recorded.at(labels[p]));
    EXPECT_EQ(std::isnan(scores[p].value), std::isnan(wanted)) << what;
    if (std::isnan(wanted)) continue;
    EXPECT_NEAR(scores[p].value, wanted, tolerance * std::max(1.0, std::abs(wanted))) << what;
  }
}

class GoldenTables : public ::testing::TestWithParam<std::string> {};

std::vector<DeRow> recorded_rows(const std::filesystem::path& file) {
  std::vector<DeRow> rows;
  for (const auto& fields : csv_rows(gzip_text(file))) {
    if (fields.at(0) == "target") continue;
    rows.push_back({fields[0], fields[1], std::strtod(fields[2].c_str(), nullptr),
                    std::strtod(fields[3].c_str(), nullptr),
                    std::strtod(fields[4].c_str(), nullptr)});
  }
  return rows;
}

// Every feature of either side, in the order they first occur.
std::vector<std::string> features_of(const std::vector<DeRow>& real,
                                     const std::vector<DeRow>& pred) {
  std::vector<std::string> features;
  std::set<std::string> seen;
  for (const auto* rows : {&real, &pred}) {
    for (const DeRow& row : *rows) {
      if (seen.insert(row.feature).second) features.push_back(row.feature);
    }
  }
  return features;
}

TEST_P(GoldenTables, GiveTheReferencesScores) {
  const Json golden = run(GetParam());
  const auto targets = golden.at("perturbations").get<std::vector<std::string>>();
  const bool supplied = golden.at("de").is_null();  // to the reference, rather than made by it
  const auto rows = [&](const std::string& side) {
    return supplied ? recorded_rows(kGolden / "inputs" / ("supplied_de." + side + ".csv.gz"))
                    : recorded_rows(kGolden / "de" / golden.at("de").at(side).get<std::string>());
  };
  const auto real = rows("real");
  const auto pred = rows("pred");
  const auto features = features_of(real, pred);
  std::map<std::string, std::string> gene_of;
  const Json& map = golden.at("config").at("target_gene_map");
  if (!map.is_null()) gene_of = map.get<std::map<std::string, std::string>>();
  const DeCase de(make_table(targets, features, real), make_table(targets, features, pred), {},
                  gene_of);
  int compared = 0;
  for (const Metric& metric : all_metrics()) {
    if ((metric.needs & kNeedsDe) == 0) continue;
    const std::string name(metric.name);
    expect_scores(de.scores(name), golden, name, 1e-12);
    ++compared;
  }
  EXPECT_EQ(compared, 41);
}

INSTANTIATE_TEST_SUITE_P(EveryRun, GoldenTables,
                         ::testing::Values("contexts_K562_full", "contexts_jurkat_full",
                                           "counts_full", "dense_float_full", "fractional_full",
                                           "lognorm_f32_full", "lognorm_f64_full", "no_deg_full",
                                           "perfect_full", "silent_full", "supplied_de",
                                           "target_map_full"),
                         [](const auto& run_name) { return run_name.param; });

// One side's recorded profiles: perturbations × genes, and the control's.
struct Profiles {
  std::vector<std::string> genes;
  Dense perturbations;
  Dense control;
};

Profiles profiles(const std::string& file, const std::vector<std::string>& labels) {
  auto rows = csv_rows(gzip_text(kGolden / "bulk" / file));
  Profiles result;
  result.genes.assign(rows.front().begin() + 1, rows.front().end());
  const auto n_genes = std::ssize(result.genes);
  result.perturbations = zeros(std::ssize(labels), n_genes);
  result.control = zeros(1, n_genes);
  for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
    const auto at = std::ranges::find(labels, row->front()) - labels.begin();
    for (std::int64_t gene = 0; gene < n_genes; ++gene) {
      const double value = std::strtod((*row)[static_cast<std::size_t>(gene + 1)].c_str(), nullptr);
      (at == std::ssize(labels) ? result.control(0, gene) : result.perturbations(at, gene)) = value;
    }
  }
  return result;
}

std::vector<double> corrections(const Json& golden, const char* side) {
  std::vector<double> values;
  for (const Json& label : golden.at("perturbations")) {
    values.push_back(
        number(golden.at("groups").at(side).at(label.get<std::string>()).at("correction")));
  }
  return values;
}

class GoldenProfiles : public ::testing::TestWithParam<std::string> {};

TEST_P(GoldenProfiles, GiveTheReferencesScores) {
  const Json golden = run(GetParam() + "_full");
  const auto labels = golden.at("perturbations").get<std::vector<std::string>>();
  const Profiles real = profiles(golden.at("bulk").at("real"), labels);
  const Profiles pred = profiles(golden.at("bulk").at("pred"), labels);
  const auto backend = make_test_backend();
  const auto real_bulk = to_backend(*backend, real.perturbations);
  const auto pred_bulk = to_backend(*backend, pred.perturbations);
  const auto control = to_backend(*backend, real.control);
  const auto real_delta = backend->subtract_row(real_bulk.view(), control.view());
  const auto pred_delta = backend->subtract_row(pred_bulk.view(), control.view());
  const auto real_correction = corrections(golden, "real");
  const auto pred_correction = corrections(golden, "pred");
  std::vector<std::int32_t> own_gene;
  for (const std::string& label : labels) {
    const auto gene = std::ranges::find(real.genes, label) - real.genes.begin();
    own_gene.push_back(gene == std::ssize(real.genes) ? -1 : static_cast<std::int32_t>(gene));
  }
  const Conventions conventions;
  Case c;
  c.perturbations = labels;
  c.conventions = &conventions;
  c.real_bulk = real_bulk.view();
  c.pred_bulk = pred_bulk.view();
  c.real_delta = real_delta.view();
  c.pred_delta = pred_delta.view();
  c.control_bulk = control.view();
  c.own_gene = own_gene;
  c.bulk_total = GetParam() == "counts" ? 5e4 : 1e6;
  c.real_correction = real_correction;
  c.pred_correction = pred_correction;
  c.control_correction = number(
      golden.at("groups").at("real").at(golden.at("control").get<std::string>()).at("correction"));

  std::map<std::string, std::vector<Score>> scores;
  for (const Metric& metric : all_metrics()) {
    if ((metric.needs & kNeedsBulk) == 0 || metric.compute == nullptr) continue;
    if ((metric.needs & kNeedsWeights) != 0) continue;  // not the reference's
    const std::string name(metric.name);
    scores[name] = fill_undefined(metric.compute(c, metric, *backend), metric, FillRule::kWorst);
    expect_scores(scores[name], golden, name, 1e-12);
  }
  EXPECT_EQ(scores.size(), 12U);
  const char* derived = "expr_mse_unbiased_capped_norm";
  const Metric& metric = find_metric(derived);
  const Score ratio = ratio_of_sums(scores.at(std::string(metric.numerator)),
                                    scores.at(std::string(metric.denominator)));
  EXPECT_NEAR(ratio.value, number(golden.at("aggregate_values").at(derived).at("mean")), 1e-12);
}

INSTANTIATE_TEST_SUITE_P(EverySpace, GoldenProfiles,
                         ::testing::Values("counts", "lognorm_f32", "lognorm_f64"),
                         [](const auto& run_name) { return run_name.param; });

}  // namespace
}  // namespace cupel::test
