#include <algorithm>
#include <numeric>

#include "cupel/error.hpp"
#include "metrics/metrics.hpp"
#include "metrics/reasons.hpp"

// Perturbation discrimination: is a predicted effect nearer to its own real effect than to those of
// the other perturbations? 1 - rank / D, rank 0 being the nearest.
namespace cupel::metrics {
namespace {

std::vector<std::int32_t> every_row(const Case& c) {
  std::vector<std::int32_t> rows(c.perturbations.size());
  std::iota(rows.begin(), rows.end(), 0);
  return rows;
}

// Columns that are no perturbation's own gene.
std::vector<std::int32_t> shared_columns(const Case& c) {
  std::vector<std::uint8_t> is_own(static_cast<std::size_t>(c.real_delta.cols), 0);
  for (const std::int32_t gene : c.own_gene) {
    if (gene >= 0) is_own[static_cast<std::size_t>(gene)] = 1;
  }
  std::vector<std::int32_t> columns;
  for (std::size_t gene = 0; gene < is_own.size(); ++gene) {
    if (is_own[gene] == 0) columns.push_back(static_cast<std::int32_t>(gene));
  }
  if (columns.empty()) {
    throw Error(ErrorKind::kInput,
                "every gene is the own gene of some perturbation, so no gene is left to rank "
                "effects by; set pds.exclusion=\"row\" or \"none\"");
  }
  return columns;
}

ProfileRanks ranks_of(const Case& c, Backend& backend, ProfileDistance distance) {
  const auto match = every_row(c);
  switch (c.conventions->pds.exclusion) {
    case GeneExclusion::kPanel: {
      const auto columns = shared_columns(c);
      if (std::ssize(columns) == c.real_delta.cols) break;
      const auto pred = backend.select(c.pred_delta, {}, columns);
      const auto real = backend.select(c.real_delta, {}, columns);
      return backend.profile_ranks(pred.view(), real.view(), match, {}, distance);
    }
    case GeneExclusion::kRow:
      return backend.profile_ranks(c.pred_delta, c.real_delta, match, c.own_gene, distance);
    case GeneExclusion::kNone:
      break;
  }
  return backend.profile_ranks(c.pred_delta, c.real_delta, match, {}, distance);
}

std::vector<std::int32_t> on_host(Backend& backend, const Matrix<std::int32_t>& matrix) {
  std::vector<std::int32_t> host(static_cast<std::size_t>(matrix.view().size()));
  backend.download(matrix.view(), host);
  return host;
}

std::vector<Score> discrimination(const Case& c, Backend& backend, ProfileDistance distance) {
  const auto n = std::ssize(c.perturbations);
  const Conventions::Pds& rules = c.conventions->pds;
  const auto worst_rank =
      static_cast<double>(rules.denominator == RankDenominator::kNMinus1 ? n - 1 : n);
  if (worst_rank <= 0.0) {
    return std::vector<Score>(c.perturbations.size(),
                              Score::by_rule(1.0, reasons::kOnlyPerturbation));
  }
  const ProfileRanks ranks = ranks_of(c, backend, distance);
  const auto nearer = on_host(backend, ranks.nearer);
  const auto equal = on_host(backend, ranks.equal);
  const auto equal_before = on_host(backend, ranks.equal_before);
  std::vector<Score> scores;
  for (std::size_t p = 0; p < nearer.size(); ++p) {
    const double among_equal = rules.ties == TieRule::kMidrank
                                   ? (static_cast<double>(equal[p]) - 1.0) / 2.0
                                   : static_cast<double>(equal_before[p]);
    const double rank = static_cast<double>(nearer[p]) + among_equal;
    scores.push_back(Score::of(1.0 - rank / worst_rank));
  }
  return scores;
}

}  // namespace

std::vector<Score> pds_l1(const Case& c, const Metric&, Backend& backend) {
  return discrimination(c, backend, ProfileDistance::kL1);
}

std::vector<Score> pds_l2(const Case& c, const Metric&, Backend& backend) {
  return discrimination(c, backend, ProfileDistance::kL2);
}

std::vector<Score> pds_cosine(const Case& c, const Metric&, Backend& backend) {
  return discrimination(c, backend, ProfileDistance::kCosine);
}

}  // namespace cupel::metrics
