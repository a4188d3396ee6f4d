#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/config.hpp"
#include "stats/binary_ranking.hpp"
#include "stats/call_policy.hpp"
#include "stats/de_table.hpp"
#include "stats/placed.hpp"
#include "stats/purity_curve.hpp"

namespace cupel {

// Sizes of two sets of called genes: R of the truth, Q of the prediction.
struct CallCounts {
  std::int64_t real = 0;
  std::int64_t pred = 0;
  std::int64_t both = 0;
};

// What is called for one perturbation. Lists hold features, ascending, own gene included.
struct Calls {
  std::vector<std::int32_t> real;  // R
  std::vector<std::int32_t> pred;  // Q
  CallCounts counts;
  CallCounts counts_without_own;  // of R' and Q': the own gene taken out of both
  std::int64_t tested = 0;        // features that either table has a row for
};

// How well the prediction's calls agree in direction with the truth, own gene excluded
// (cell-eval.md 3.34). A direction is defined when log2FC is neither NaN nor exactly 0.
struct DirectionCounts {
  std::int64_t n_conf = 0;   // |R'|
  std::int64_t n_pred = 0;   // genes of Q' that the truth has a row and a direction for
  std::int64_t matches = 0;  // of n_pred, those with the truth's direction
  double majority = 0.0;     // q: the larger share of R' directions; NaN where R' has none
  double headroom = 0.0;     // d: what a prediction can gain over always saying the majority
};

// Depths to which lists of calls are usually cut; 0: no limit. They are computed together.
inline constexpr std::int32_t kListDepths[] = {0, 50, 100, 200, 500};

// Genes that both sides' ranked lists of calls have in common, most remarkable first: where both
// lists are cut as deep as the truth's goes, and as deep as the prediction's.
struct CommonCalls {
  std::int64_t at_real_depth = 0;
  std::int64_t at_pred_depth = 0;
};

// Which of the truth's calls.
enum class Trend : std::uint8_t { kAny, kUp, kDown };

// How well fold changes over some of the truth's calls are ranked.
struct RankAgreement {
  std::int64_t genes = 0;
  double rho = 0.0;  // NaN for fewer than two genes, or when a side does not vary
};

// Depths of the purity curve over one pool of genes (cell-eval.md 3.0.5).
struct CurveDepths {
  std::int64_t own_kept = 0;   // own gene kept, purity of at least 1 - alpha / 2
  std::int64_t corrected = 0;  // without it, at least q + (1 - alpha) (1 - q)
  std::int64_t raw = 0;        // without it, at least 0.9
};

enum class CurvePool : std::uint8_t {
  kRealCalls,  // genes that the truth calls
  kAll,        // every gene
};

// The two tables of differential expression side by side: what several metrics share, computed
// once per prediction. Both tables have the same sorted targets and the same features; they and the
// backend must outlive the comparison. `own_gene` is a feature or -1 per target. Sets and rankings
// of genes are compared by the backend, to which each column of a table goes at most once.
//
// The cheap parts are computed at once, the others when first asked for. That is not thread safe:
// metrics of one comparison are computed one after another, each parallel inside, and fetch such a
// part before they go parallel.
class DeComparison {
 public:
  DeComparison(const DeTable& real, const DeTable& pred, std::span<const std::int32_t> own_gene,
               const Conventions::De& de, Backend& backend);

  [[nodiscard]] std::int64_t n_targets() const noexcept { return std::ssize(calls_); }
  [[nodiscard]] std::int64_t n_features() const noexcept { return std::ssize(real_->features); }
  [[nodiscard]] const Calls& calls(std::int64_t target) const { return calls_[at(target)]; }
  [[nodiscard]] const DirectionCounts& direction(std::int64_t target) const {
    return direction_[at(target)];
  }
  // The own gene's feature where it is excluded, else -1.
  [[nodiscard]] std::int32_t own_gene(std::int64_t target) const { return own_gene_[at(target)]; }

  // A side's log2FC as the conventions read it; only for rows that are there.
  [[nodiscard]] double real_log2_fold_change(std::int64_t target, std::int64_t feature) const {
    return policy_.read(real_->log2_fold_change.view()(target, feature));
  }
  [[nodiscard]] double pred_log2_fold_change(std::int64_t target, std::int64_t feature) const {
    return policy_.read(pred_->log2_fold_change.view()(target, feature));
  }
  [[nodiscard]] bool in_real(std::int64_t target, std::int64_t feature) const {
    return has_row(*real_, target, feature);
  }
  [[nodiscard]] bool in_pred(std::int64_t target, std::int64_t feature) const {
    return has_row(*pred_, target, feature);
  }

  // What follows is computed when first asked for, and has one entry per target.
  // Of the lists sorted as the conventions say, no deeper than k; 0: any depth.
  [[nodiscard]] const std::vector<CommonCalls>& common_calls(std::int32_t k) const;
  // Of fold changes; a gene missing from the prediction reads 0.
  [[nodiscard]] const std::vector<RankAgreement>& rank_agreement(Trend trend) const;
  // Depth of the purity curve over genes in both tables.
  [[nodiscard]] const std::vector<CurveDepths>& curve_depths(CurvePool pool) const;
  // How well the prediction's p_adj ranks the truth's calls, over the truth's rows.
  [[nodiscard]] const std::vector<RankingAreas>& ranking_areas() const;

  // The adjudicable genes of a pool, own gene included, most confident prediction first.
  [[nodiscard]] std::vector<CurveGene> purity_curve(CurvePool pool, std::int64_t target) const;

 private:
  static std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }
  [[nodiscard]] static bool has_row(const DeTable& table, std::int64_t target,
                                    std::int64_t feature) {
    return table.absent.empty() ||
           table.absent[at(target * std::ssize(table.features) + feature)] == 0;
  }
  // p_adj of a row after the policies.
  [[nodiscard]] double p_adj(const DeTable& table, std::int64_t target,
                             std::int64_t feature) const {
    return policy_.p_adj(table.p_adj.view()(target, feature),
                         table.log2_fold_change.view()(target, feature));
  }

  [[nodiscard]] std::vector<std::int32_t> called_features(const DeTable& table,
                                                          std::int64_t target) const;
  [[nodiscard]] Calls call(std::int64_t target) const;
  [[nodiscard]] DirectionCounts compare_directions(std::int64_t target) const;
  void count_calls();
  // What the lists of calls are sorted by, in the backend's space.
  [[nodiscard]] ValueOrder list_order() const;
  [[nodiscard]] MatrixView<const double> list_keys(const DeTable& table) const;
  // Of the prediction's rows that are not there 0, where there may be such rows.
  [[nodiscard]] const Matrix<double>& fold_changes(const DeTable& table) const;
  [[nodiscard]] MatrixView<const double> on_backend(const Matrix<double>& column) const;
  [[nodiscard]] CurveDepths walk_curve(CurvePool pool, std::int64_t target) const;
  void score_predicted(std::int64_t target, double smallest_positive, double* scores) const;
  [[nodiscard]] double pred_p_adj_or_one(std::int64_t target, std::int64_t feature) const;
  [[nodiscard]] double smallest_positive_p_adj() const;

  const DeTable* real_;
  const DeTable* pred_;
  std::vector<std::int32_t> own_gene_;
  Conventions::De de_;
  CallPolicy policy_;
  Backend* backend_;
  std::vector<Calls> calls_;
  std::vector<DirectionCounts> direction_;
  Matrix<std::uint64_t> real_calls_;  // as sets, in the backend's space
  Matrix<std::uint64_t> pred_calls_;
  // What the backend has of the tables, by column.
  mutable std::map<const Matrix<double>*, Placed<double>> placed_;
  mutable std::optional<Matrix<double>> pred_or_zero_;  // fold changes
  mutable std::optional<Matrix<double>> policed_[2];    // p_adj of truth and prediction
  mutable std::vector<std::int32_t> name_rank_;  // of each feature; empty until a curve needs it
  mutable std::map<std::int32_t, std::vector<CommonCalls>> common_calls_;
  mutable std::optional<std::vector<RankAgreement>> rank_agreement_[3];
  mutable std::optional<std::vector<CurveDepths>> curve_depths_[2];
  mutable std::optional<std::vector<RankingAreas>> ranking_areas_;
};

// A log2FC that says up or down.
[[nodiscard]] inline bool has_direction(double log2_fold_change) {
  return log2_fold_change < 0.0 || log2_fold_change > 0.0;
}

// Both defined and of equal sign; a call without a direction is a miss, never dropped.
[[nodiscard]] inline bool directions_match(double real, double pred) {
  return (real < 0.0 && pred < 0.0) || (real > 0.0 && pred > 0.0);
}

}  // namespace cupel
