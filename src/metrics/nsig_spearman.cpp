#include <cmath>

#include "cupel/math/bitmap.hpp"
#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"
#include "metrics/score_each.hpp"

namespace cupel::metrics {
namespace {

// Of one row each, all of it.
double spearman_of_row(const std::vector<double>& a, const std::vector<double>& b,
                       Backend& backend) {
  const auto n = std::ssize(a);
  std::vector<std::uint64_t> all(static_cast<std::size_t>(math::words_for(n)));
  for (std::int64_t column = 0; column < n; ++column) {
    all[static_cast<std::size_t>(column / math::kBitsOfWord)] |= math::bit_of(column);
  }
  const auto row = [&]<typename T>(const std::vector<T>& values) {
    return backend.upload(MatrixView<const T>{values.data(), 1, std::ssize(values)});
  };
  const Matrix<double> on_a = row(a);
  const Matrix<double> on_b = row(b);
  const Matrix<std::uint64_t> among = row(all);
  double rho = 0.0;
  const Matrix<double> result =
      backend.rank_correlation(on_a.view(), on_b.view(), among.view(), false);
  backend.download(result.view(), {&rho, 1});
  return rho;
}

Score rank_agreement_of_counts(const DeComparison& de, Backend& backend) {
  std::vector<double> real;
  std::vector<double> pred;
  for (std::int64_t target = 0; target < de.n_targets(); ++target) {
    const CallCounts& counts = de.calls(target).counts;
    if (counts.real == 0) continue;
    real.push_back(static_cast<double>(counts.real));
    pred.push_back(static_cast<double>(counts.pred));
  }
  if (real.empty()) return Score::by_rule(1.0, reasons::kNoRealCallsAnywhere);
  const double rho = spearman_of_row(real, pred, backend);
  return std::isnan(rho) ? Score::undefined(reasons::kCountsDoNotVary) : Score::of(rho);
}

}  // namespace

// One number, given to every perturbation.
std::vector<Score> nsig_spearman(const Case& c, const Metric&, Backend& backend) {
  return std::vector<Score>(static_cast<std::size_t>(c.de->n_targets()),
                            rank_agreement_of_counts(*c.de, backend));
}

}  // namespace cupel::metrics
