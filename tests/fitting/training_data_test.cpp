#include "fitting/training_data.hpp"

#include <cmath>
#include <limits>

#include "fitting/labelled_screens.hpp"
#include "fitting/model_condition.hpp"
#include "io/feature_file.hpp"
#include "support/memory_screen.hpp"
#include "support/scratch_folder.hpp"

namespace cupel::fitting {
namespace {

using Names = std::vector<std::string>;

constexpr std::int64_t kTrainedGenes = 7;

// Cells with a label, a context and a batch, whose values are random.
struct Made {
  std::vector<std::array<std::string, 3>> cells;
  test::DenseCells values{0, kTrainedGenes, {}};

  void add(const std::string& label, const std::string& context, const std::string& batch, int n) {
    for (int i = 0; i < n; ++i) cells.push_back({label, context, batch});
  }
  void fill(bool counts) {
    values.rows = std::ssize(cells);
    const auto drawn = test::random_counts(values.rows, kTrainedGenes, 11);
    values.values = drawn.values;
    for (std::size_t i = 0; i < values.values.size(); ++i) {
      if (i % kTrainedGenes == 0) values.values[i] += 1.0;  // no cell is empty
      if (!counts) values.values[i] = std::log1p(values.values[i] / 3.0);
    }
  }
};

Made made_cells() {
  Made made;
  made.add("ctrl", "x", "1", 4);
  made.add("a", "x", "1", 3);
  made.add("a", "x", "2", 2);
  made.add("ctrl", "x", "2", 5);
  made.add("b", "x", "3", 3);  // no control in its batch
  made.add("ctrl", "y", "1", 3);
  made.add("a", "y", "1", 2);
  made.add("b", "y", "1", 4);
  return made;
}

Conventions conventions_of(InputType input) {
  Conventions conventions;
  conventions.data.input_type = input;
  return conventions;
}

TrainingData load(const Made& made, const Names& held_out, InputType input,
                  ControlReference reference, bool batches,
                  const std::vector<std::pair<std::string, std::string>>& tables = {}) {
  auto screens = labelled_screens(made.values, made.cells, batches);
  const auto division =
      divide_by_lines(screens.conditions, held_out, "list", false, {.controls = {"ctrl"}});
  const auto backend = make_backend("cpu");
  Console console(true);
  return load_training(screens, division, conventions_of(input), reference, tables, 0, *backend,
                       console);
}

// The profile of some cells from its definition.
std::vector<double> slow_profile(const Made& made, InputType input, const std::string& label,
                                 const std::string& context, const std::string& batch) {
  std::vector<double> sum(kTrainedGenes, 0.0);
  double n = 0.0;
  double total = 0.0;
  for (std::size_t i = 0; i < made.cells.size(); ++i) {
    const auto& cell = made.cells[i];
    if (cell[0] != label || (!context.empty() && cell[1] != context) ||
        (!batch.empty() && cell[2] != batch)) {
      continue;
    }
    n += 1.0;
    for (std::size_t g = 0; g < kTrainedGenes; ++g) {
      sum[g] += made.values.values[i * kTrainedGenes + g];
      total += made.values.values[i * kTrainedGenes + g];
    }
  }
  for (double& value : sum) {
    value = input == InputType::kCounts ? std::log1p(5e4 * value / total) : value / n;
  }
  return sum;
}

void expect_row(const Matrix<double>& matrix, std::int64_t row, const std::vector<double>& a,
                const std::vector<double>& minus = std::vector<double>(kTrainedGenes, 0.0)) {
  for (std::int64_t g = 0; g < kTrainedGenes; ++g) {
    const auto at = static_cast<std::size_t>(g);
    EXPECT_NEAR(matrix.view()(row, g), a[at] - minus[at], 1e-9) << "row " << row << " gene " << g;
  }
}

class Loading : public ::testing::TestWithParam<InputType> {
 protected:
  void SetUp() override { made.fill(GetParam() == InputType::kCounts); }
  [[nodiscard]] std::vector<double> profile(const std::string& label, const std::string& context,
                                            const std::string& batch = "") const {
    return slow_profile(made, GetParam(), label, context, batch);
  }
  Made made = made_cells();
};

TEST_P(Loading, MeasuresEffectsAgainstTheContextsControl) {
  for (const bool batches : {false, true}) {
    const auto data = load(made, {"y\tb"}, GetParam(), ControlReference::kContext, batches);
    const auto& training = data.training;
    EXPECT_EQ(training.contexts, (Names{"x", "y"}));
    ASSERT_EQ(training.conditions.size(), 3U);
    EXPECT_EQ(training.conditions[0], models::make_condition("x", {"a"}));
    EXPECT_EQ(training.conditions[2], models::make_condition("y", {"a"}));
    EXPECT_EQ(training.weight, (std::vector<double>{5, 3, 2}));
    expect_row(training.control, 0, profile("ctrl", "x"));
    expect_row(training.control, 1, profile("ctrl", "y"));
    expect_row(training.delta, 0, profile("a", "x"), profile("ctrl", "x"));
    expect_row(training.delta, 1, profile("b", "x"), profile("ctrl", "x"));
    expect_row(training.delta, 2, profile("a", "y"), profile("ctrl", "y"));
    check_training(training);
  }
}

TEST_P(Loading, MeasuresEffectsAgainstTheControlOfEachBatch) {
  const auto data = load(made, {"y\tb"}, GetParam(), ControlReference::kBatch, true);
  std::vector<double> mixed = profile("ctrl", "x", "1");
  const auto second = profile("ctrl", "x", "2");
  for (std::size_t g = 0; g < mixed.size(); ++g) mixed[g] = 0.6 * mixed[g] + 0.4 * second[g];
  expect_row(data.training.delta, 0, profile("a", "x"), mixed);
  // A batch without control has the context's.
  expect_row(data.training.delta, 1, profile("b", "x"), profile("ctrl", "x"));
  expect_row(data.training.control, 0, profile("ctrl", "x"));
}

TEST_P(Loading, MeasuresEffectsAgainstAllControls) {
  const auto data = load(made, {"y\tb"}, GetParam(), ControlReference::kGlobal, false);
  const auto all = profile("ctrl", "");
  expect_row(data.training.control, 0, all);
  expect_row(data.training.control, 1, all);
  expect_row(data.training.delta, 2, profile("a", "y"), all);
  expect_row(data.control, 1, profile("ctrl", "y"));
}

TEST_P(Loading, NeverReadsWhatIsHeldOut) {
  const auto before = load(made, {"b"}, GetParam(), ControlReference::kBatch, true);
  for (std::size_t i = 0; i < made.cells.size(); ++i) {
    if (made.cells[i][0] != "b") continue;
    for (std::size_t g = 0; g < kTrainedGenes; ++g) {
      made.values.values[i * kTrainedGenes + g] = std::numeric_limits<double>::quiet_NaN();
    }
  }
  const auto after = load(made, {"b"}, GetParam(), ControlReference::kBatch, true);
  const auto same = [](const Matrix<double>& a, const Matrix<double>& b) {
    return std::equal(a.view().data, a.view().data + a.view().size(), b.view().data,
                      b.view().data + b.view().size());
  };
  EXPECT_TRUE(same(before.training.delta, after.training.delta));
  EXPECT_TRUE(same(before.training.control, after.training.control));
  EXPECT_THROW(static_cast<void>(load(made, {"a"}, GetParam(), ControlReference::kBatch, true)),
               Error);
}

INSTANTIATE_TEST_SUITE_P(Both, Loading, ::testing::Values(InputType::kLognorm, InputType::kCounts),
                         [](const auto& named) {
                           return named.param == InputType::kCounts ? "counts" : "lognorm";
                         });

TEST(LoadTraining, RefusesContextsWithoutControl) {
  auto made = made_cells();
  made.add("a", "z", "1", 2);
  made.add("b", "z", "1", 2);
  made.fill(false);
  EXPECT_THROW(
      static_cast<void>(load(made, {"b"}, InputType::kLognorm, ControlReference::kContext, false)),
      Error);
  const auto data = load(made, {"b"}, InputType::kLognorm, ControlReference::kGlobal, false);
  EXPECT_EQ(data.training.contexts, (Names{"x", "y", "z"}));
  EXPECT_TRUE(data.control_cells[2].empty());
}

TEST(LoadTraining, ReadsTables) {
  auto made = made_cells();
  made.fill(false);
  const test::ScratchFolder folder;
  std::ofstream(folder.file("t.csv")) << "a,1,2\nb,3,4\n";
  const auto data = load(made, {"b"}, InputType::kLognorm, ControlReference::kContext, false,
                         {{"t", folder.file("t.csv")}});
  EXPECT_EQ(data.training.tables.at("t").values.view()(1, 0), 3.0);
}

TEST(ModelCondition, IsWhatModelsCompare) {
  const Condition condition{
      .dataset = "N", .context = "K", .members = {"A", "B"}, .doses = {"0.5uM", "0.5uM"}};
  const auto model = model_condition(condition);
  EXPECT_EQ(model.context, "N: K");
  EXPECT_EQ(model.perturbations, (Names{"A", "B"}));
  EXPECT_EQ(model.dose, 0.5);
  EXPECT_EQ(model_context({.context = "K", .members = {}}), "K");
  EXPECT_EQ(model_context({.dataset = "N", .members = {}}), "N");
  EXPECT_TRUE(model.doses.empty());
  const auto apart = model_condition({.members = {"A", "B", "C"}, .doses = {"1", "2", "high"}});
  EXPECT_FALSE(apart.dose.has_value());
  EXPECT_EQ(apart.doses, (std::vector<std::optional<double>>{1.0, 2.0, std::nullopt}));
  EXPECT_EQ(member_of(apart, 1).dose, 2.0);
  EXPECT_EQ(member_of(model, 1).dose, 0.5);
  EXPECT_FALSE(model_condition({.members = {"A"}, .doses = {"high"}}).dose.has_value());
}

}  // namespace
}  // namespace cupel::fitting
