// The hand-worked vectors of the scorer's definitions that one op decides.
#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "support/matrices.hpp"
#include "support/paths.hpp"

namespace cupel::test {
namespace {

using Json = nlohmann::json;

const Json& vector(const std::string& id) {
  static const Json all = [] {
    std::ifstream file(source_path("tests/vectors/cell_eval_vectors.json"));
    return Json::parse(file)["vectors"];
  }();
  for (const auto& one : all) {
    if (one["id"] == id) return one;
  }
  throw std::out_of_range(id);
}

double number(const Json& value) {  // "Infinity" is written as text
  return value.is_string() ? std::stod(value.get<std::string>()) : value.get<double>();
}

DenseCells counts(const Json& rows) {
  DenseCells dense{
      static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(rows[0].size()), {}};
  for (const auto& row : rows) {
    for (const auto& value : row) dense.values.push_back(value.get<double>());
  }
  return dense;
}

class CellEvalVectors : public PerBackend {
 protected:
  GroupMoments moments(const DenseCells& dense, const std::vector<std::int64_t>& start,
                       double target_sum) {
    const auto cells = backend->upload(compress(dense));
    const auto totals = backend->row_totals(cells.view(), InputType::kCounts);
    return backend->group_moments(cells.view(), totals.view(), start,
                                  {InputType::kCounts, target_sum, false},
                                  {true, true, true, true});
  }
  double jackknife(const DenseCells& dense, double target_sum) {
    const std::vector<std::int64_t> start{0, dense.rows};
    const auto cells = backend->upload(compress(dense));
    const auto totals = backend->row_totals(cells.view(), InputType::kCounts);
    const auto sums = moments(dense, start, 1e6).stored;
    return to_host(*backend, backend->jackknife(cells.view(), totals.view(), start, sums.view(),
                                                target_sum))[0];
  }
};

TEST_P(CellEvalVectors, N01LogNormalisationOfEachCell) {
  const auto& v = vector("N01");
  const auto dense = counts(v["inputs"]["counts"]);
  const auto log = to_dense(*backend, moments(dense, {0, 1, 2, 3}, v["inputs"]["target_sum"]).log);
  const auto expected = counts(v["expected"]);
  for (std::size_t i = 0; i < expected.values.size(); ++i) {
    EXPECT_NEAR(log.values[i], expected.values[i], v["tol"].get<double>());
  }
}

TEST_P(CellEvalVectors, N02TotalsOfEachCell) {
  const auto cells = backend->upload(compress(counts(vector("N02")["inputs"]["counts"])));
  EXPECT_EQ(to_host(*backend, backend->row_totals(cells.view(), InputType::kCounts)),
            (std::vector<double>{100, 4, 0}));
}

TEST_P(CellEvalVectors, N03AndN04BulkOfGroupSumsAndItsMass) {
  const auto& v = vector("N03");
  const double target = v["inputs"]["bulk_target_sum"];
  const auto sums = moments(counts(v["inputs"]["counts"]), {0, 2, 4}, 1e6).stored;
  EXPECT_EQ(to_host(*backend, sums), counts(v["expected"]["group_sums"]).values);
  const auto bulk = backend->bulk_lognorm(sums.view(), target);
  const auto expected = counts(v["expected"]["bulk"]);
  const auto actual = to_host(*backend, bulk);
  for (std::size_t i = 0; i < actual.size(); ++i) {
    EXPECT_NEAR(actual[i], expected.values[i], v["tol"].get<double>());
  }
  const auto& mass = vector("N04")["expected"];
  const auto ratio = to_host(*backend, backend->row_expm1_sums(bulk.view()));
  EXPECT_NEAR(ratio[0] / target, mass["bulk_lognorm"]["p1"].get<double>(), 1e-9);
  EXPECT_EQ(ratio[1], mass["bulk_lognorm"]["p2"].get<double>());

  auto logs = moments(counts(v["inputs"]["counts"]), {0, 2, 4}, 1e6).log;
  const std::vector<double> half{0.5, 0.5};
  const auto means = backend->scale_rows(logs.view(), half);
  const auto of_means = to_host(*backend, backend->row_expm1_sums(means.view()));
  EXPECT_NEAR(of_means[0] / 1e6, mass["lognorm"]["p1"].get<double>(), 1e-9);
  EXPECT_EQ(of_means[1], mass["lognorm"]["p2"].get<double>());
}

TEST_P(CellEvalVectors, D04FoldChanges) {
  const auto& v = vector("D04");
  const auto pairs = counts(v["inputs"]["pairs_target_ref"]);
  const std::map<std::string, std::pair<double, double>> rules{
      {"v2 eps=1e-9", {1e-9, 0.0}},
      {"v1 preset clip=20", {0.0, 20.0}},
      {"pdex eps=0 (>=0.2.3)", {0.0, 0.0}}};
  for (const auto& [name, expected] : v["expected"].items()) {
    const auto [epsilon, clip] = rules.at(name);
    for (std::int64_t i = 0; i < pairs.rows; ++i) {
      const auto a = to_backend(*backend, {1, 1, {pairs(i, 0)}});
      const auto b = to_backend(*backend, {1, 1, {pairs(i, 1)}});
      const double change =
          to_host(*backend, backend->log2_fold_change(a.view(), b.view(), epsilon, clip))[0];
      const double wanted = number(expected[static_cast<std::size_t>(i)]);
      if (std::isinf(wanted)) {
        EXPECT_EQ(change, wanted) << name << " pair " << i;
      } else {
        EXPECT_NEAR(change, wanted, v["tol"].get<double>()) << name << " pair " << i;
      }
    }
  }
}

TEST_P(CellEvalVectors, D05ArithmeticAndGeometricMeans) {
  const auto& v = vector("D05");
  const auto dense = counts(v["inputs"]["linear_rows"]);
  // A target sum equal to each cell's total leaves the values as they are; totals differ, so each
  // cell is its own matrix.
  auto arithmetic = std::vector<double>(2);
  auto logs = std::vector<double>(2);
  for (std::int64_t row = 0; row < dense.rows; ++row) {
    const DenseCells cell{1, 2, {dense(row, 0), dense(row, 1)}};
    const auto sums = moments(cell, {0, 1}, dense(row, 0) + dense(row, 1));
    const auto linear = to_host(*backend, sums.linear);
    const auto log = to_host(*backend, sums.log);
    for (std::size_t gene = 0; gene < 2; ++gene) {
      arithmetic[gene] += linear[gene] / 3.0;
      logs[gene] += log[gene] / 3.0;
    }
  }
  for (std::size_t gene = 0; gene < 2; ++gene) {
    EXPECT_NEAR(arithmetic[gene], v["expected"]["arithmetic"][gene].get<double>(), 1e-12);
    EXPECT_NEAR(std::expm1(logs[gene]), v["expected"]["geometric"][gene].get<double>(), 1e-12);
  }
}

TEST_P(CellEvalVectors, E03RanksOfEveryDistanceUnderPanelAndRowExclusion) {
  const auto& v = vector("E03");
  const auto real = counts(v["inputs"]["real_bulk"]);
  const auto pred = counts(v["inputs"]["pred_bulk"]);
  const auto delta = [](const DenseCells& bulk, const DenseCells& control) {
    Dense rows = zeros(3, 5);
    for (std::int64_t i = 0; i < 3; ++i) {
      for (std::int64_t k = 0; k < 5; ++k) rows(i, k) = bulk(i, k) - control(3, k);
    }
    return rows;
  };
  const auto score = [&](const Dense& a, const Dense& b, const std::vector<std::int32_t>& excluded,
                         ProfileDistance distance, bool v2) {
    const std::vector<std::int32_t> match{0, 1, 2};
    const auto ranks = backend->profile_ranks(
        to_backend(*backend, a).view(), to_backend(*backend, b).view(), match, excluded, distance);
    std::vector<double> scores;
    const auto nearer = to_host(*backend, ranks.nearer);
    const auto equal = to_host(*backend, ranks.equal);
    const auto before = to_host(*backend, ranks.equal_before);
    for (std::size_t i = 0; i < 3; ++i) {
      scores.push_back(v2 ? 1.0 - (nearer[i] + (equal[i] - 1) / 2.0) / 2.0
                          : 1.0 - (nearer[i] + before[i]) / 3.0);
    }
    return scores;
  };
  const std::map<std::string, ProfileDistance> distances{{"l1", ProfileDistance::kL1},
                                                         {"l2", ProfileDistance::kL2},
                                                         {"cosine", ProfileDistance::kCosine}};
  for (const auto& [name, distance] : distances) {
    const auto& expected = v["expected"][name];
    const std::vector<std::int32_t> panel{0, 1, 2};
    const auto of_panel = [&](const Dense& rows) {
      return to_dense(*backend, backend->select(to_backend(*backend, rows).view(), {}, panel));
    };
    const auto v2 =
        score(of_panel(delta(pred, real)), of_panel(delta(real, real)), {}, distance, true);
    const auto v1 = score(delta(pred, pred), delta(real, real), {3, 4, -1}, distance, false);
    const std::vector<std::string> labels{"A", "B", "C"};
    for (std::size_t i = 0; i < 3; ++i) {
      EXPECT_NEAR(
          v2[i], expected["v2 (real control, panel, n-1, midrank)"][labels[i]].get<double>(), 1e-12)
          << name << labels[i];
      EXPECT_NEAR(v1[i], expected["v1 (pred control, row, n, position)"][labels[i]].get<double>(),
                  1e-12)
          << name << labels[i];
    }
  }
}

TEST_P(CellEvalVectors, E04APredictionOfZeroTiesWithEverything) {
  const auto& v = vector("E04");
  const auto real = random_matrix(v["inputs"]["n_perts"].get<std::int64_t>(), 5, 1);
  const std::vector<std::int32_t> match{v["inputs"]["target_index_in_sorted_labels"]};
  const auto ranks = backend->profile_ranks(to_backend(*backend, zeros(1, 5)).view(),
                                            to_backend(*backend, real).view(), match, {},
                                            ProfileDistance::kCosine);
  const double nearer = to_host(*backend, ranks.nearer)[0];
  EXPECT_EQ(1.0 - (nearer + (to_host(*backend, ranks.equal)[0] - 1) / 2.0) / 3.0,
            v["expected"]["midrank"].get<double>());
  EXPECT_EQ(1.0 - (nearer + to_host(*backend, ranks.equal_before)[0]) / 3.0,
            v["expected"]["position"].get<double>());
}

TEST_P(CellEvalVectors, E05OneProfileIsItsOwnOnlyNeighbour) {
  const auto one = random_matrix(1, 5, 2);
  const std::vector<std::int32_t> match{0};
  const auto ranks =
      backend->profile_ranks(to_backend(*backend, one).view(), to_backend(*backend, one).view(),
                             match, {}, ProfileDistance::kL2);
  EXPECT_EQ(to_host(*backend, ranks.nearer)[0], 0);
  EXPECT_EQ(to_host(*backend, ranks.equal)[0], 1);
  EXPECT_EQ(to_host(*backend, ranks.equal_before)[0], 0);
}

TEST_P(CellEvalVectors, E06JackknifeOfTheBulk) {
  const auto& v = vector("E06");
  const double target = v["inputs"]["bulk_target_sum"];
  const auto dense = counts(v["inputs"]["counts"]);
  EXPECT_NEAR(jackknife(dense, target), v["expected"]["C"].get<double>(), v["tol"].get<double>());
  EXPECT_EQ(jackknife({1, 3, {3, 1, 0}}, target), v["expected"]["n=1"].get<double>());
  EXPECT_EQ(jackknife({2, 2, {0, 0, 0, 0}}, target), v["expected"]["all zero"].get<double>());
}

TEST_P(CellEvalVectors, E07AnalyticCorrectionFromTheSquares) {
  const auto& v = vector("E07");
  const auto dense = counts(v["inputs"]["counts"]);
  const auto sums = moments(dense, {0, 3}, v["inputs"]["target_sum"]);
  double means_squared = 0.0;
  for (const double sum : to_host(*backend, sums.log)) means_squared += sum * sum / 9.0;
  const double correction =
      (to_host(*backend, sums.log_squared)[0] - 3.0 * means_squared) / (2.0 * 3.0);
  EXPECT_NEAR(correction, v["expected"]["C"].get<double>(), v["tol"].get<double>());
}

INSTANTIATE_TEST_SUITE_P(OnEveryBackend, CellEvalVectors, every_backend());

}  // namespace
}  // namespace cupel::test
