// The two baselines of the recorded screen, against the profiles of those that the reference wrote
// (tests/golden/bulk/scoring_baseline_*.csv.gz).
#include <algorithm>
#include <cmath>
#include <numeric>

#include "baselines/generic_response.hpp"
#include "io/h5ad_screen.hpp"
#include "support/csv_rows.hpp"
#include "support/gzip_text.hpp"
#include "support/matrices.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

constexpr double kBulkTargetSum = 5e4;

class GoldenBaseline : public ::testing::Test {
 protected:
  GoldenBaseline()
      : screen(io::open_h5ad(source_path("tests/golden/inputs/scoring.real.h5ad"))) {
    const Column labels = screen->obs("target");
    std::vector<std::string> names = labels.categories;
    std::ranges::sort(names);
    for (const std::string& name : names) {
      std::vector<std::int64_t> rows;
      for (std::size_t cell = 0; cell < labels.codes.size(); ++cell) {
        if (labels.categories[static_cast<std::size_t>(labels.codes[cell])] == name) {
          rows.push_back(static_cast<std::int64_t>(cell));
        }
      }
      if (name == "non-targeting") {
        control = screen->read(rows).cells;
        control_mean = mean(control);
      } else {
        perturbations.push_back(name);
        sizes.push_back(std::ssize(rows));
        const auto of_group = mean(screen->read(rows).cells);
        means.values.insert(means.values.end(), of_group.begin(), of_group.end());
        ++means.rows;
      }
    }
    means.cols = std::ssize(screen->genes());
    std::vector<std::int32_t> own;
    for (const std::string& name : perturbations) {
      const auto gene = std::ranges::find(screen->genes(), name) - screen->genes().begin();
      own.push_back(gene == means.cols ? -1 : static_cast<std::int32_t>(gene));
    }
    profile = generic_response({means.values.data(), means.rows, means.cols, Space::kHost}, own,
                               screen->genes())
                  .gene;
  }

  [[nodiscard]] static std::vector<double> mean(const Cells& cells) {
    std::vector<double> sums = sum(cells.view());
    for (double& value : sums) value /= static_cast<double>(cells.view().rows);
    return sums;
  }
  [[nodiscard]] static std::vector<double> sum(CellsView view) {
    std::vector<double> sums(static_cast<std::size_t>(view.n_genes), 0.0);
    visit(view, [&](const auto& cells) {
      for (std::int64_t cell = 0; cell < cells.rows; ++cell) {
        const auto begin = cells.row_begin[cell];
        for (auto i = begin; i < begin + cells.row_length[cell]; ++i) {
          sums[cells.genes[i]] += static_cast<double>(cells.values[i]);
        }
      }
    });
    return sums;
  }

  // The recorded profiles hold log1p(5e4 · sum / total) of each label.
  static void expect_profile(const std::vector<double>& sums, const std::string& label,
                             const char* file) {
    const double total = std::accumulate(sums.begin(), sums.end(), 0.0);
    const auto rows =
        csv_rows(gzip_text(source_path("tests/golden/bulk/") + std::string(file)));
    const auto row = std::ranges::find_if(rows, [&](const auto& r) { return r.at(0) == label; });
    ASSERT_NE(row, rows.end()) << label;
    for (std::size_t gene = 0; gene < sums.size(); ++gene) {
      // A float's rounding of each cell's value is in both; the order of sums is not.
      EXPECT_NEAR(std::log1p(kBulkTargetSum * sums[gene] / total),
                  std::strtod((*row)[gene + 1].c_str(), nullptr), 1e-12)
          << label << ", gene " << gene;
    }
  }

  std::unique_ptr<Screen> screen;
  std::vector<std::string> perturbations;  // sorted
  std::vector<std::int64_t> sizes;
  Cells control;
  std::vector<double> control_mean;
  Dense means;
  std::vector<double> profile;
};

TEST_F(GoldenBaseline, DispersedCellsAreTheReferences) {
  const auto scale = emission_scale(profile, control_mean);
  const auto emitted =
      scale_cells(control.view(), draw_control_rows(sizes, control.view().rows, 0), scale);
  std::int64_t begin = 0;
  for (std::size_t p = 0; p < perturbations.size(); ++p) {
    expect_profile(sum(emitted.view().slice(begin, begin + sizes[p])), perturbations[p],
                   "scoring_baseline_dispersed.csv.gz");
    begin += sizes[p];
  }
}

TEST_F(GoldenBaseline, TiledProfileIsTheReferences) {
  std::vector<double> stored;  // as float, like every predicted cell
  for (const double value : profile)
    stored.push_back(static_cast<double>(static_cast<float>(value)));
  for (const std::string& label : perturbations) {
    expect_profile(stored, label, "scoring_baseline_tile.csv.gz");
  }
}

}  // namespace
}  // namespace cupel::test
