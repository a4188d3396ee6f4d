#pragma once
#include <limits>

#include "cupel/backend.hpp"

namespace cupel {

// The reference implementation of every op; one file of this folder per op, named for it.
class CpuBackend final : public Backend {
 public:
  [[nodiscard]] std::string name() const override { return "cpu"; }
  [[nodiscard]] Space space() const noexcept override { return Space::kHost; }
  [[nodiscard]] std::int64_t memory_limit() const noexcept override {
    return std::numeric_limits<std::int64_t>::max();
  }

  [[nodiscard]] Cells upload(Cells&& host) override;
  [[nodiscard]] Matrix<double> upload(MatrixView<const double> host) override;
  [[nodiscard]] Matrix<std::uint64_t> upload(MatrixView<const std::uint64_t> host) override;
  void download(MatrixView<const double> from, std::span<double> to) override;
  void download(MatrixView<const std::int32_t> from, std::span<std::int32_t> to) override;
  void download(MatrixView<const std::int64_t> from, std::span<std::int64_t> to) override;
  void download(MatrixView<const std::uint64_t> from, std::span<std::uint64_t> to) override;

  [[nodiscard]] Matrix<double> row_totals(CellsView cells, InputType input) override;
  [[nodiscard]] GroupMoments group_moments(CellsView cells, MatrixView<const double> totals,
                                           std::span<const std::int64_t> group_start,
                                           const Linear& linear,
                                           const MomentRequest& request) override;
  [[nodiscard]] Matrix<double> jackknife(CellsView cells, MatrixView<const double> totals,
                                         std::span<const std::int64_t> group_start,
                                         MatrixView<const double> stored_sums,
                                         double bulk_target_sum) override;

  [[nodiscard]] std::unique_ptr<RankReference> make_rank_reference(
      CellsView control, MatrixView<const double> totals, const Linear& linear, RankValues values,
      std::span<const std::int32_t> genes) override;
  [[nodiscard]] RankSums rank_sums(const RankReference& reference, CellsView cells,
                                   MatrixView<const double> totals,
                                   std::span<const std::int64_t> group_start) override;
  [[nodiscard]] Matrix<double> rank_sum_p_values(const RankSums& sums,
                                                 std::span<const std::int64_t> group_start,
                                                 std::int64_t n_control, bool continuity) override;
  [[nodiscard]] Matrix<double> adjust_p_values(MatrixView<const double> p) override;

  [[nodiscard]] Matrix<double> bulk_lognorm(MatrixView<const double> sums,
                                            double target_sum) override;
  [[nodiscard]] Matrix<double> scale_rows(MatrixView<const double> a,
                                          std::span<const double> factor) override;
  [[nodiscard]] Matrix<double> subtract_row(MatrixView<const double> a,
                                            MatrixView<const double> b) override;
  [[nodiscard]] Matrix<double> select(MatrixView<const double> a,
                                      std::span<const std::int32_t> rows,
                                      std::span<const std::int32_t> cols) override;
  [[nodiscard]] Matrix<double> log2_fold_change(MatrixView<const double> a,
                                                MatrixView<const double> b, double epsilon,
                                                double clip) override;
  [[nodiscard]] Matrix<double> row_differences(MatrixView<const double> a,
                                               MatrixView<const double> b) override;
  [[nodiscard]] Matrix<double> row_pearson(MatrixView<const double> a,
                                           MatrixView<const double> b) override;
  [[nodiscard]] Matrix<double> row_expm1_sums(MatrixView<const double> a) override;
  [[nodiscard]] Matrix<double> row_squared_norms(MatrixView<const double> a) override;
  [[nodiscard]] Matrix<double> expm1(MatrixView<const double> a) override;
  [[nodiscard]] Matrix<double> weighted_column_scatter(
      MatrixView<const double> x, std::span<const double> weight,
      std::span<const std::int32_t> excluded) override;
  [[nodiscard]] ProfileRanks profile_ranks(MatrixView<const double> predicted,
                                           MatrixView<const double> real,
                                           std::span<const std::int32_t> match,
                                           std::span<const std::int32_t> excluded,
                                           ProfileDistance distance) override;
  [[nodiscard]] Matrix<std::uint64_t> top_k(MatrixView<const double> values,
                                            MatrixView<const std::uint64_t> among,
                                            std::span<const std::int32_t> depth,
                                            const ValueOrder& order) override;
  [[nodiscard]] Matrix<std::int32_t> overlaps(MatrixView<const std::uint64_t> a,
                                              MatrixView<const std::uint64_t> b) override;
  [[nodiscard]] Matrix<double> rank_correlation(MatrixView<const double> a,
                                                MatrixView<const double> b,
                                                MatrixView<const std::uint64_t> among,
                                                bool float32) override;
  [[nodiscard]] Matrix<double> ranking_areas(MatrixView<const double> score,
                                             MatrixView<const std::uint64_t> positive,
                                             MatrixView<const std::uint64_t> among) override;
  [[nodiscard]] Matrix<double> multiply_transposed(MatrixView<const double> a,
                                                   MatrixView<const double> b) override;
  [[nodiscard]] EigenPairs symmetric_eigen(MatrixView<const double> matrix) override;
  [[nodiscard]] Matrix<double> score_penalties(const PenaltyPath& path,
                                               std::span<const double> penalties) override;
};

}  // namespace cupel
