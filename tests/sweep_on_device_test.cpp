// A whole sweep on a device chooses what the CPU chooses, by the same scores.
#include <cmath>
#include <filesystem>
#include <fstream>

#include "config/sweep_file.hpp"
#include "log.hpp"
#include "report/sweep_table.hpp"
#include "support/backend_test.hpp"
#include "support/hdf5_probe.hpp"
#include "support/matrices.hpp"
#include "support/scratch_folder.hpp"
#include "support/small_screen.hpp"
#include "support/test_device.hpp"
#include "sweep_job.hpp"

namespace cupel::test {
namespace {

// Choices by folds, by each condition and by each perturbation; features learned and fixed; models
// with and without a closed form.
constexpr auto kSweepFile = R"(
context-col = "line"
tables = {go = "go.csv"}
[[split]]
name = "folds"
outside = {unit = "perturbation", folds = 2, seed = 3}
inside = {unit = "perturbation", folds = 3, seed = 1}
[[split]]
name = "alone"
outside = "2-fold"
inside = "leave-one-out"
[[split]]
name = "together"
outside = "2-fold"
inside = "leave-perturbation-out"
[[split]]
generator = "cex"
val = 0
[[model]]
name = "perturbation_mean"
shrink = [0, 20]
[[model]]
name = "ridge"
features = ["table:go,context", "pca:2,one-hot"]
lambda = {log = [0.1, 100], steps = 7}
[[model]]
name = "kernel_ridge"
features = "table:go"
lambda = {log = [0.001, 10], steps = 5}
[[model]]
name = "bilinear_scores"
k = [1, 3]
lambda-genes = [0.1, 10]
lambda-perturbations = [0.1, 1, 10]
[[model]]
name = "bilinear_loadings"
k = [1, 3]
lambda-genes = [0.1, 10]
lambda-perturbations = [0.1, 1, 10]
)";

class SweepOnDevice : public ::testing::Test {
 protected:
  SweepOnDevice() {
    const auto screen = make_small_screen({.contexts = 2});
    write_screen(folder.file("screen.h5ad"), screen);
    std::ofstream table(folder.file("go.csv"));
    table << "name,a,b,c\n";
    std::mt19937 random(7);
    for (const auto& name : perturbations()) {
      table << name;
      for (int k = 0; k < 3; ++k) table << ',' << static_cast<int>(random() % 5U);
      table << '\n';
    }
    std::ofstream(folder.file("sweep.toml")) << kSweepFile;
  }
  [[nodiscard]] std::vector<std::string> perturbations() const {
    auto names = Hdf5Probe(folder.file("screen.h5ad")).strings("obs/target/categories");
    std::erase(names, "non-targeting");
    return names;
  }
  [[nodiscard]] SweepReport run(Backend& backend, const std::string& to) const {
    auto config = read_sweep_file(folder.file("sweep.toml"));
    config.run.real = folder.file("screen.h5ad");
    config.run.output = folder.file(to);
    Console console(true);
    return run_sweep_on(backend, config, console);
  }
  const ScratchFolder folder;
};

void expect_score(double actual, double expected, double tolerance, const std::string& what) {
  if (std::isnan(expected)) {
    EXPECT_TRUE(std::isnan(actual)) << what;
  } else {
    EXPECT_NEAR(actual, expected, tolerance * std::max(1.0, std::abs(expected))) << what;
  }
}

TEST_F(SweepOnDevice, ChoosesWhatTheCpuChooses) {
  const auto cpu = make_backend("cpu");
  const auto other = test_device() == "cpu" ? make_backend_on_cpu() : make_test_backend();
  const auto expected_report = run(*cpu, "cpu");
  const auto report = run(*other, "other");
  EXPECT_EQ(report.device.name, other->name());
  const auto expected = read_sweep_csv(folder.file("cpu/sweep.csv"));
  const auto actual = read_sweep_csv(folder.file("other/sweep.csv"));
  ASSERT_EQ(actual.size(), expected.size());
  std::size_t defined = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const auto& a = actual[i];
    const auto& e = expected[i];
    const auto what = e.split + " " + e.fold + " " + e.model + " " + e.settings + " " + e.note;
    EXPECT_EQ(a.split + a.fold + a.task + a.model + a.settings + a.rules + a.note,
              e.split + e.fold + e.task + e.model + e.settings + e.rules + e.note);
    EXPECT_EQ(a.inside, e.inside);
    EXPECT_EQ(a.scores.predictions, e.scores.predictions) << what;
    EXPECT_EQ(a.scores.without_prediction, e.scores.without_prediction) << what;
    EXPECT_EQ(a.scores.without_pearson, e.scores.without_pearson) << what;
    expect_score(a.scores.mean.mse, e.scores.mean.mse, 1e-9, what + " mse");
    expect_score(a.scores.mean.pearson, e.scores.mean.pearson, 1e-8, what + " pearson");
    expect_score(a.scores.mean.cosine, e.scores.mean.cosine, 1e-8, what + " cosine");
    expect_score(a.scores.mean.pds_l2, e.scores.mean.pds_l2, 0.0, what + " pds_l2");
    expect_score(a.scores.mean.pds_cosine, e.scores.mean.pds_cosine, 0.0, what + " pds_cosine");
    defined += std::isnan(e.scores.mean.mse) ? 0 : 1;
  }
  EXPECT_EQ(defined, expected.size()) << "a model could not be fitted, so nothing was compared";
  ASSERT_EQ(report.splits.size(), expected_report.splits.size());
  for (const auto& split : report.splits) {
    const auto here = Hdf5Probe(folder.file("cpu/" + split.name + ".h5ad"));
    const auto there = Hdf5Probe(split.prediction);
    EXPECT_EQ(there.strings("obs/_index"), here.strings("obs/_index"));
    const auto x = there.numbers("X");
    const auto y = here.numbers("X");
    ASSERT_EQ(x.size(), y.size());
    for (std::size_t k = 0; k < x.size(); ++k) {
      ASSERT_NEAR(x[k], y[k], 1e-5 * std::max(1.0, std::abs(y[k])));
    }
  }
}

// Rows of one device do not go on with those of another.
TEST_F(SweepOnDevice, GoesOnOnTheSameKindOfDeviceAlone) {
  const auto cpu = make_backend("cpu");
  const auto other = test_device() == "cpu" ? make_backend_on_cpu() : make_test_backend();
  static_cast<void>(run(*cpu, "cpu"));
  auto config = read_sweep_file(folder.file("sweep.toml"));
  config.run.real = folder.file("screen.h5ad");
  config.run.output = folder.file("cpu");
  config.resume = true;
  Console console(true);
  EXPECT_NO_THROW(static_cast<void>(run_sweep_on(*cpu, config, console)));
  try {
    static_cast<void>(run_sweep_on(*other, config, console));
    ADD_FAILURE() << "rows of the CPU were taken up";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("is of another sweep"), std::string::npos);
  }
}

}  // namespace
}  // namespace cupel::test
