#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "report/report.hpp"
#include "support/made_report.hpp"
#include "version.hpp"

namespace cupel::test {
namespace {

TEST(RunJson, HoldsAllThatANumberCanBeTracedTo) {
  auto report = made_report({{"pds_cosine", {0.5}}});
  report.profile.name = "mine";
  report.profile.conventions.de.min_control_cpm = std::nullopt;
  report.config.pert_col = "gene \"x\"\n";
  report.config.control = "ctrl";
  report.device = "cuda:0,cuda:1";
  report.devices = {{"cuda:0", "Make 1, 8.0 GiB", "580.65.06, CUDA 13.0", "CUDA 13.0", 1000, 900},
                    {"cuda:1", "Make 2, 8.0 GiB", "580.65.06, CUDA 13.0", "CUDA 13.0", 1000, 800}};
  report.threads = 3;
  report.real = {"real.h5ad", 10, 20, "X: csr float32, gzip-4", 0xABCULL};
  report.predictions[0].input = {"a.h5ad", 11, 20, "X: dense float32, none", 1};
  report.predictions[0].seconds = 0.5;
  report.seconds = {{"open", 0.25}, {"real", 1.5}};
  report.warnings = {"one", "two"};

  const auto json = nlohmann::json::parse(run_json(report));
  EXPECT_EQ(json["cupel"]["version"], version());
  EXPECT_EQ(json["cupel"]["commit"], commit());
  EXPECT_EQ(json["device"], "cuda:0,cuda:1");
  ASSERT_EQ(json["devices"].size(), 2U);
  EXPECT_EQ(json["devices"][0], (nlohmann::json{{"name", "cuda:0"},
                                                {"description", "Make 1, 8.0 GiB"},
                                                {"driver", "580.65.06, CUDA 13.0"},
                                                {"runtime", "CUDA 13.0"},
                                                {"memory_limit", 1000},
                                                {"memory_peak", 900}}));
  EXPECT_EQ(json["devices"][1]["memory_peak"], 800);
  EXPECT_EQ(json["kernels"], kernels_hash());
  EXPECT_EQ(json["threads"], 3);
  EXPECT_EQ(json["profile"]["name"], "mine");
  EXPECT_EQ(json["profile"]["metrics"], nlohmann::json({"pds_cosine"}));
  EXPECT_EQ(json["profile"]["settings"].size(), resolved_settings({}).size());
  EXPECT_EQ(json["profile"]["settings"]["de.min_control_cpm"], "none");
  EXPECT_EQ(json["profile"]["settings"]["data.validate"], true);
  EXPECT_EQ(json["columns"]["perturbation"], "gene \"x\"\n");
  EXPECT_EQ(json["columns"]["control"], "ctrl");
  EXPECT_EQ(json["real"]["fingerprint"], "0000000000000abc");
  EXPECT_EQ(json["real"]["cells"], 10);
  EXPECT_EQ(json["predictions"][0]["name"], "a");
  EXPECT_EQ(json["predictions"][0]["matrix"], "X: dense float32, none");
  EXPECT_EQ(json["predictions"][0]["seconds"], 0.5);
  EXPECT_EQ(json["seconds"]["real"], 1.5);
  EXPECT_EQ(json["warnings"].size(), 2U);
  EXPECT_EQ(json["uncertainty"]["draws"], 10'000);
  EXPECT_EQ(json["uncertainty"]["seed"], 0);
  EXPECT_EQ(json["uncertainty"]["correction"], "Holm");
  const auto time = json["time"].get<std::string>();
  EXPECT_EQ(time.size(), 20U);
  EXPECT_EQ(time.back(), 'Z');
}

TEST(RunJson, NamesNoKernelsForARunOnTheCpu) {
  auto report = made_report({{"pds_cosine", {0.5}}});
  report.device = "cpu";
  report.devices = {{"cpu", {}, {}, {}, 0, 0}};
  const auto json = nlohmann::json::parse(run_json(report));
  EXPECT_EQ(json["devices"], nlohmann::json::parse(R"([{"name": "cpu"}])"));
  EXPECT_FALSE(json.contains("kernels"));
}

}  // namespace
}  // namespace cupel::test
