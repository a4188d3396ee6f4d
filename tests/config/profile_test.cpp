#include "config/profile.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "config/fields.hpp"
#include "cupel/metric.hpp"
#include "support/memory_screen.hpp"

namespace cupel {
namespace {

using test::error_of;

std::string usage_error(auto act) { return error_of(act, ErrorKind::kUsage); }

TEST(Profiles, AreAllReadable) {
  const auto names = builtin_profile_names();
  EXPECT_EQ(names, (std::vector<std::string>{"anndata", "cell-eval-0.6.6", "cell-eval-0.7",
                                             "cell-eval-0.7.6", "de", "full", "minimal", "pds",
                                             "vcc", "vcc2026", "weighted"}));
  for (const auto& name : names) {
    const auto profile = load_profile(name);
    EXPECT_FALSE(profile.summary.empty()) << name;
    EXPECT_FALSE(profile.metrics.empty()) << name;
  }
}

TEST(Profiles, FullListsEveryMetricOfTheReferenceOnce) {
  auto listed = load_profile("full").metrics;
  std::vector<std::string> known;
  for (const auto& metric : all_metrics()) {
    if ((metric.needs & kNeedsWeights) == 0) known.emplace_back(metric.name);
  }
  std::erase(known, "pearson_edistance");  // cell-eval's alone
  std::ranges::sort(listed);
  std::ranges::sort(known);
  EXPECT_EQ(listed, known);
}

TEST(Profiles, HaveTheSizesOfTheReference) {
  const std::map<std::string, std::size_t> sizes{{"full", 54},
                                                 {"de", 41},
                                                 {"anndata", 13},
                                                 {"minimal", 8},
                                                 {"vcc", 3},
                                                 {"pds", 1},
                                                 {"vcc2026", 10},
                                                 {"cell-eval-0.7", 27},
                                                 {"cell-eval-0.6.6", 27},
                                                 {"cell-eval-0.7.6", 29}};
  for (const auto& [name, size] : sizes) EXPECT_EQ(load_profile(name).metrics.size(), size) << name;
}

TEST(Profiles, FullSetsEveryConventionToItsDefault) {
  EXPECT_EQ(resolved_settings(load_profile("full").conventions), resolved_settings(Conventions{}));
}

TEST(Profiles, NameTheKnownOnesWhenAskedForAnUnknownOne) {
  EXPECT_EQ(usage_error([] { (void)load_profile("vcc2027"); }),
            "no profile named 'vcc2027'; known: anndata, cell-eval-0.6.6, cell-eval-0.7, "
            "cell-eval-0.7.6, de, full, minimal, pds, vcc, vcc2026, weighted; or give a "
            ".toml file");
}

TEST(Profiles, MayBeAFileThatStartsFromAnother) {
  const auto path = std::filesystem::temp_directory_path() / "cupel_own_profile.toml";
  std::ofstream(path) << "summary = \"mine\"\nbase = \"full\"\nmetrics = [\"pds_l1\"]\n"
                         "[de]\np_adj_threshold = 0.1\n[pds]\nties = \"position\"\n";
  const auto profile = load_profile(path.string());
  EXPECT_EQ(profile.name, "cupel_own_profile");
  EXPECT_EQ(profile.metrics, (std::vector<std::string>{"pds_l1"}));
  EXPECT_EQ(profile.conventions.de.p_adj_threshold, 0.1);
  EXPECT_EQ(profile.conventions.pds.ties, TieRule::kPosition);
}

TEST(Profiles, WriteMetricsUnderTheNamesTheyAreListedByIfTheySaySo) {
  const auto path = std::filesystem::temp_directory_path() / "cupel_names_profile.toml";
  const auto written = [&](const std::string& names) {
    std::ofstream(path) << names << "metrics = [\"mae\", \"pds_l1\"]\n";
    const auto profile = load_profile(path.string());
    EXPECT_EQ(profile.metrics, (std::vector<std::string>{"expr_mae", "pds_l1"}));
    return profile.written_as;
  };
  EXPECT_TRUE(written("").empty());
  EXPECT_TRUE(written("names = \"own\"\n").empty());
  EXPECT_EQ(written("names = \"as_listed\"\n"), (std::vector<std::string>{"mae", "pds_l1"}));
  EXPECT_NE(usage_error([&] { (void)written("names = \"v1\"\n"); }).find("'names' takes"),
            std::string::npos);
}

TEST(Profiles, RefuseAMetricThatIsListedUnderTwoNames) {
  const auto path = std::filesystem::temp_directory_path() / "cupel_twice_profile.toml";
  std::ofstream(path) << "metrics = [\"mae\", \"expr_mae\"]\n";
  EXPECT_NE(usage_error([&] { (void)load_profile(path.string()); }).find("lists 'expr_mae' twice"),
            std::string::npos);
}

TEST(Settings, ChangeEveryKindOfField) {
  auto profile = load_profile("full");
  apply_setting(profile, "de.p_adj_threshold=0.1");
  apply_setting(profile, "de.rank_values=f64-log1p");
  apply_setting(profile, "de.min_control_cpm=none");
  apply_setting(profile, "data.allow_fractional_counts=true");
  EXPECT_EQ(profile.conventions.de.p_adj_threshold, 0.1);
  EXPECT_EQ(profile.conventions.de.rank_values, RankValues::kF64Log1p);
  EXPECT_FALSE(profile.conventions.de.min_control_cpm.has_value());
  EXPECT_TRUE(profile.conventions.data.allow_fractional_counts);
}

TEST(Settings, ReadBackAsTheyAreShown) {
  for (const auto& [path, value] : resolved_settings(Conventions{})) {
    auto profile = load_profile("full");
    apply_setting(profile, path + "=" + value);
    EXPECT_EQ(resolved_settings(profile.conventions), resolved_settings(Conventions{})) << path;
  }
}

TEST(Settings, SayWhatAValueMayBe) {
  auto profile = load_profile("full");
  EXPECT_EQ(usage_error([&] { apply_setting(profile, "pds.ties=random"); }),
            "--set pds.ties=random: 'pds.ties' takes one of: midrank, position");
  EXPECT_EQ(usage_error([&] { apply_setting(profile, "de.epsilon=small"); }),
            "--set de.epsilon=small: 'de.epsilon' takes a number");
  EXPECT_EQ(usage_error([&] { apply_setting(profile, "de.epsilon"); }),
            "--set de.epsilon: write key.path=value");
}

TEST(Settings, SuggestTheNearestKey) {
  auto profile = load_profile("full");
  const auto message = usage_error([&] { apply_setting(profile, "de.p_adj_treshold=0.1"); });
  EXPECT_NE(message.find("did you mean 'de.p_adj_threshold'?"), std::string::npos) << message;
}

}  // namespace
}  // namespace cupel
