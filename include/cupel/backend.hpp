#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/cells.hpp"
#include "cupel/matrix.hpp"

namespace cupel {

enum class InputType : std::uint8_t { kCounts, kLognorm };

// How a stored value x of a cell becomes linear expression.
//   counts:  x / (total / target_sum), in double; a cell whose total is 0 stays as it is
//   lognorm: expm1(x), in float when x is stored as float; with `renormalise` then also times
//            target_sum / total, otherwise as it is
// With `float32`, counts become float(x) * float(target_sum / total) in one float multiply, which
// is what the GPU reference computes and ranks (cell-eval.md 2.2).
struct Linear {
  InputType input = InputType::kCounts;
  double target_sum = 1e6;
  bool float32 = false;
  bool renormalise = false;
};

// Which per-group sums to take; a sum that was not asked for comes back empty.
struct MomentRequest {
  bool stored = false;       // of the values as stored
  bool linear = false;       // of linear expression
  bool log = false;          // of log1p of linear expression in double (lognorm: as stored)
  bool log_squared = false;  // of the squared norm of each cell's log expression
};

struct GroupMoments {
  Matrix<double> stored;       // groups × genes
  Matrix<double> linear;       // groups × genes
  Matrix<double> log;          // groups × genes
  Matrix<double> log_squared;  // groups × 1
};

// What the rank test ranks (cell-eval.md 2.2, 10).
enum class RankValues : std::uint8_t {
  kF32Linear,  // Linear with float32: what the competition's GPU engine ranks
  kF64Log1p,   // log1p of linear expression in double (lognorm: as stored): the CPU engine
};

// The control side of the rank test, sorted once per gene and kept where the backend computes.
class RankReference {
 public:
  virtual ~RankReference() = default;
  [[nodiscard]] virtual std::int64_t n_cells() const noexcept = 0;
  [[nodiscard]] virtual std::int64_t n_genes() const noexcept = 0;  // tested genes
};

// groups × tested genes. For group x (n1 cells) against the control y (n2 cells):
//   two_u = sum over pairs of 2·[x > y] + [x = y]              (twice U1, an exact integer)
//   ties  = sum over tied runs of the pooled values of t^3 - t (exact, rounded once to double)
struct RankSums {
  Matrix<std::int64_t> two_u;
  Matrix<double> ties;
};

// How the values of a row are ordered: NaN is the largest and equals itself, zeros are equal
// whatever their sign. Rounding to float first leaves more of them equal.
struct ValueOrder {
  bool float32 = false;
  bool absolute = false;
  bool largest_first = false;
};

enum class ProfileDistance : std::uint8_t { kL1, kL2, kCosine };

// For each predicted row: how many real rows lie nearer than its match, how many at exactly the
// match's distance (the match itself counts), and how many of those come before the match.
// All rows × 1. NaN distances come after all others and tie with each other.
struct ProfileRanks {
  Matrix<std::int32_t> nearer;
  Matrix<std::int32_t> equal;
  Matrix<std::int32_t> equal_before;
};

// matrix = vectors · diag(values) · vectorsᵀ: values 1 × n, descending; vectors n × n, in columns,
// each with its entry of greatest magnitude (the first of those) positive.
struct EigenPairs {
  Matrix<double> values;
  Matrix<double> vectors;
};

// What m rows' predictions by a fit with a penalty, and their scores against n true effects y_j,
// are made of for any penalty (performance.md 3 vi; src/sweep derives it). With
//   x_ik = coordinates_ik / (values_k + penalty)
// a vector q_i of row i, which stands on base b = i mod the number of bases, has
//   <q_i, y_j> = base_truth_bj + sum_k x_ik truth_kj
//   |q_i|²     = base_products_b + 2 sum_k x_ik base_inner_bk + 2 sum_kl x_ik half_inner_kl x_il
//   sum of q_i = base_sum_b + sum_k x_ik sum_k
// q_i is the prediction, of fits that never saw the row; or else the residual of one fit to all
// rows, from which those follow of fits to all rows but a group (below).
struct PenaltyPath {
  MatrixView<const double> values;       // 1 × r, above 0
  MatrixView<const double> coordinates;  // m × r
  MatrixView<const double> truth;        // r × n
  MatrixView<const double> half_inner;   // r × r, zero above the diagonal; or 1 × r, the diagonal
  MatrixView<const double> sum;          // 1 × r
  MatrixView<const double> base_truth;   // bases × n
  MatrixView<const double> base_inner;   // bases × r
  MatrixView<const double> base_products;  // 1 × bases; of groups as below
  MatrixView<const double> base_sum;       // 1 × bases
  std::span<const std::int32_t> row;       // m: the true effect that each row predicts

  MatrixView<const double> products;  // n × n, of the true effects
  MatrixView<const double> true_sum;  // 1 × n, over genes
  std::int64_t genes = 0;
  // Among which true effects one is to be discriminated: a set for each. Empty: all are one.
  std::span<const std::int32_t> sets;

  // Empty where q is a prediction. Otherwise there is a base per row, x_ik has `penalty` as a
  // factor, and groups of consecutive rows, none of them empty, are left out together: group g is
  // rows [group_start[g], group_start[g + 1]). With f_k = penalty / (values_k + penalty), of the
  // rows of a group A_il = reach_il + sum_k vectors_ik f_k vectors_lk and W their weights, the
  // residuals with the group left out are W^-1/2 A⁻¹ W^1/2 q. They need products of q within the
  // group:
  //   <q_i, q_l> = base_products_il + sum_k (x_ik base_inner_lk + x_lk base_inner_ik)
  //              + x_i half_inner x_lᵀ + x_l half_inner x_iᵀ
  // Entries il of base_products and of reach lie row by row, one group after the other. Where a
  // pivot of A is math::kDecides or less, the group decides its own predictions: no scores.
  std::span<const std::int64_t> group_start;
  MatrixView<const double> vectors;  // m × r
  MatrixView<const double> reach;    // 1 × entries
  std::span<const double> root;      // m: W^1/2
};

// What computed a run's numbers. All but the name is of GPUs alone.
struct DeviceReport {
  std::string name;           // "cpu", "cuda:0"
  std::string description;    // the GPU's own name and what matters of it
  std::string driver;         // its version, and the newest CUDA it can run
  std::string runtime;        // the CUDA this build has
  std::int64_t memory_limit;  // bytes this run may take
  std::int64_t memory_peak;   // bytes it has taken at once
};

// Every numeric primitive the engine uses, in one list. Pure virtual on purpose: a backend that
// lacks one does not compile, so no op can fall back silently.
//
// Cells and matrices given to an op live in the backend's space; spans are host memory. Groups are
// consecutive row ranges: group k owns rows [group_start[k], group_start[k + 1]). `totals` is
// cells × 1 as row_totals returns it. Results do not depend on the number of threads.
class Backend {
 public:
  virtual ~Backend() = default;
  [[nodiscard]] virtual std::string name() const = 0;
  [[nodiscard]] virtual Space space() const noexcept = 0;
  [[nodiscard]] virtual DeviceReport report() const { return {name(), {}, {}, {}, 0, 0}; }

  // Bytes that everything in the backend's space may take together; the largest integer where the
  // backend sets no limit. An op that needs more throws Error(kOutOfMemory) naming the bytes, and
  // what was there before stays as it was.
  [[nodiscard]] virtual std::int64_t memory_limit() const noexcept = 0;

  // --- moving data ---
  // A backend in host memory takes the arrays themselves, where they are; any other copies them,
  // leaves them as they were, and has no more need of them when it returns.
  [[nodiscard]] virtual Cells upload(Cells&& host) = 0;
  [[nodiscard]] virtual Matrix<double> upload(MatrixView<const double> host) = 0;
  [[nodiscard]] virtual Matrix<std::uint64_t> upload(MatrixView<const std::uint64_t> host) = 0;
  virtual void download(MatrixView<const double> from, std::span<double> to) = 0;
  virtual void download(MatrixView<const std::int32_t> from, std::span<std::int32_t> to) = 0;
  virtual void download(MatrixView<const std::int64_t> from, std::span<std::int64_t> to) = 0;
  virtual void download(MatrixView<const std::uint64_t> from, std::span<std::uint64_t> to) = 0;

  // --- cells ---
  // Sum of each cell's values (counts: as stored; lognorm: expm1 of them) in double: cells × 1.
  [[nodiscard]] virtual Matrix<double> row_totals(CellsView cells, InputType input) = 0;

  // Sums per group; an empty group gives zeros.
  [[nodiscard]] virtual GroupMoments group_moments(CellsView cells, MatrixView<const double> totals,
                                                   std::span<const std::int64_t> group_start,
                                                   const Linear& linear,
                                                   const MomentRequest& request) = 0;

  // Delete-one jackknife correction of the group-sum profile log1p(bulk_target_sum · S_g / S):
  // (n-1)/n · sum_g sum_i (v_ig - mean_i v_ig)^2 (cell-eval.md 3.0.4): groups × 1. Groups with
  // fewer than two cells or no counts give 0. `stored_sums` is groups × genes.
  [[nodiscard]] virtual Matrix<double> jackknife(CellsView cells, MatrixView<const double> totals,
                                                 std::span<const std::int64_t> group_start,
                                                 MatrixView<const double> stored_sums,
                                                 double bulk_target_sum) = 0;

  // --- rank test ---
  // Sorts the control's values of `genes` (ascending gene ids).
  [[nodiscard]] virtual std::unique_ptr<RankReference> make_rank_reference(
      CellsView control, MatrixView<const double> totals, const Linear& linear, RankValues values,
      std::span<const std::int32_t> genes) = 0;
  [[nodiscard]] virtual RankSums rank_sums(const RankReference& reference, CellsView cells,
                                           MatrixView<const double> totals,
                                           std::span<const std::int64_t> group_start) = 0;
  // Two-sided asymptotic p of each rank sum (cell-eval.md 2.2): groups × tested genes. A group or
  // a control without cells gives NaN.
  [[nodiscard]] virtual Matrix<double> rank_sum_p_values(const RankSums& sums,
                                                         std::span<const std::int64_t> group_start,
                                                         std::int64_t n_control,
                                                         bool continuity) = 0;
  // Benjamini-Hochberg within each row; NaN stays NaN and does not count (cell-eval.md 2.4).
  [[nodiscard]] virtual Matrix<double> adjust_p_values(MatrixView<const double> p) = 0;

  // --- profiles (rows × genes, double) ---
  // log1p(sums · (target_sum / row total)); a row whose total is 0 stays 0 (cell-eval.md 1.5).
  [[nodiscard]] virtual Matrix<double> bulk_lognorm(MatrixView<const double> sums,
                                                    double target_sum) = 0;
  // Each row times its factor.
  [[nodiscard]] virtual Matrix<double> scale_rows(MatrixView<const double> a,
                                                  std::span<const double> factor) = 0;
  // Each row minus the single row `b`.
  [[nodiscard]] virtual Matrix<double> subtract_row(MatrixView<const double> a,
                                                    MatrixView<const double> b) = 0;
  // The rows and columns named, in that order. A span without data (std::span{}) takes all.
  [[nodiscard]] virtual Matrix<double> select(MatrixView<const double> a,
                                              std::span<const std::int32_t> rows,
                                              std::span<const std::int32_t> cols) = 0;
  // log2((a + epsilon) / (b + epsilon)) of each row against the single row `b`. With clip > 0
  // instead: 0/0 gives ratio 1, x/0 gives clip, 0/x gives 1/clip (cell-eval.md 2.3). Without
  // either, 0/0 is no change (0), as pdex has it since 0.2.3.
  [[nodiscard]] virtual Matrix<double> log2_fold_change(MatrixView<const double> a,
                                                        MatrixView<const double> b, double epsilon,
                                                        double clip) = 0;
  // Sum over columns of |a - b| and of (a - b)^2, row by row: rows × 2.
  [[nodiscard]] virtual Matrix<double> row_differences(MatrixView<const double> a,
                                                       MatrixView<const double> b) = 0;
  // Pearson r of row i of `a` with row i of `b`: rows × 1; NaN when either is constant.
  [[nodiscard]] virtual Matrix<double> row_pearson(MatrixView<const double> a,
                                                   MatrixView<const double> b) = 0;
  // Sum over columns of expm1(a): rows × 1.
  [[nodiscard]] virtual Matrix<double> row_expm1_sums(MatrixView<const double> a) = 0;
  // Sum over columns of a^2: rows × 1.
  [[nodiscard]] virtual Matrix<double> row_squared_norms(MatrixView<const double> a) = 0;
  // Element by element.
  [[nodiscard]] virtual Matrix<double> expm1(MatrixView<const double> a) = 0;
  // Sum over columns of max(0, sum_p w_p x_p^2 - (sum_p w_p x_p)^2 / sum_p w_p), p over the rows
  // whose excluded column is not this one; columns with fewer than two such rows give nothing
  // (cell-eval.md 3.4): 1 × 1. `excluded` holds a column or -1 per row.
  [[nodiscard]] virtual Matrix<double> weighted_column_scatter(
      MatrixView<const double> x, std::span<const double> weight,
      std::span<const std::int32_t> excluded) = 0;

  // Ranks of real rows by distance from each predicted row; `match[i]` is the real row that
  // predicted row i should be nearest to. `excluded` (a column or -1 per predicted row, or empty)
  // leaves that column out of that row's distances. Exact: a pair whose rounded distance might
  // fall on the other side of the match's is decided in extended precision, so every backend
  // returns the same integers (cell-eval.md 3.11-3.13).
  [[nodiscard]] virtual ProfileRanks profile_ranks(MatrixView<const double> predicted,
                                                   MatrixView<const double> real,
                                                   std::span<const std::int32_t> match,
                                                   std::span<const std::int32_t> excluded,
                                                   ProfileDistance distance) = 0;

  // --- sets of columns, and rankings within them ---
  // A set per row is a row of bits in words of 64 (cupel/math/bitmap.hpp): a matrix of rows × words,
  // in which bits beyond the last column are 0.

  // The first columns, in the order of their values, of each row's set `among`; equal values go by
  // column. `depth` holds as many numbers for each row, say n: row r · n + j of the result has the
  // first depth[r · n + j] columns of row r, or all where there are fewer (cell-eval.md 2.7).
  [[nodiscard]] virtual Matrix<std::uint64_t> top_k(MatrixView<const double> values,
                                                    MatrixView<const std::uint64_t> among,
                                                    std::span<const std::int32_t> depth,
                                                    const ValueOrder& order) = 0;
  // How many columns are in both of two sets, row by row: rows × 1.
  [[nodiscard]] virtual Matrix<std::int32_t> overlaps(MatrixView<const std::uint64_t> a,
                                                      MatrixView<const std::uint64_t> b) = 0;
  // Spearman's correlation of row i of `a` with row i of `b` over the columns of the row's set:
  // rows × 1. Equal values share the mean of their ranks, rounded to float first with `float32`.
  // NaN for fewer than two columns, or when either does not vary. From exact sums: every backend
  // returns the same bits.
  [[nodiscard]] virtual Matrix<double> rank_correlation(MatrixView<const double> a,
                                                        MatrixView<const double> b,
                                                        MatrixView<const std::uint64_t> among,
                                                        bool float32) = 0;
  // How well a score, the larger the surer, finds the columns of `positive` in the set `among`:
  // areas under the precision-recall curve (average precision) and the ROC curve, where equal
  // scores are one threshold: rows × 2. NaN where all columns are positive, or none
  // (cell-eval.md 3.27, 3.28).
  [[nodiscard]] virtual Matrix<double> ranking_areas(MatrixView<const double> score,
                                                     MatrixView<const std::uint64_t> positive,
                                                     MatrixView<const std::uint64_t> among) = 0;

  // --- linear models (double) ---
  // a · bᵀ: rows of a × rows of b. Backends agree to the rounding of a sum of `cols` products.
  [[nodiscard]] virtual Matrix<double> multiply_transposed(MatrixView<const double> a,
                                                           MatrixView<const double> b) = 0;
  // Of a symmetric matrix, of which the lower triangle is read. Backends agree to rounding, and
  // where values are equal but for it, in the space that their vectors span. Throws Error(kInput)
  // on values that are not finite, Error(kInternal) where the iteration fails.
  [[nodiscard]] virtual EigenPairs symmetric_eigen(MatrixView<const double> matrix) = 0;
  // math::EffectScores of each row at each penalty: (penalties · m) × 5, row i at penalty s being
  // row s · m + i. Rows are scored and ranked by cupel/math/effect_scores.hpp, so that backends
  // differ only by the rounding of sums over k: ranks are equal where no two distances are that
  // close.
  [[nodiscard]] virtual Matrix<double> score_penalties(const PenaltyPath& path,
                                                       std::span<const double> penalties) = 0;
};

// Whether this build has the CUDA backend; a device to run it on is another question.
[[nodiscard]] bool has_cuda() noexcept;
// SHA-256 of the kernels this build was made of and of the formulas they share with the CPU
// (scripts/kernels_hash.cmake), with or without CUDA.
[[nodiscard]] std::string_view kernels_hash() noexcept;

struct DeviceChoice {
  std::vector<std::string> names;  // each "cpu" or "cuda:N"
  std::string because;             // why `auto` took this one; empty for any other list
};

// The devices that `list` names: "cpu"; "cuda", the first GPU; "cuda:1"; several GPUs with commas;
// or "auto", the first GPU where there is one that this build can use, else the CPU. Throws
// Error(kUnsupported) when GPUs are named and this build has no CUDA, Error(kDevice) that says what
// is missing when a GPU is not there.
[[nodiscard]] DeviceChoice choose_devices(std::string_view list);

// On one device, named as above. On a GPU it takes at most `gpu_memory` bytes; 0: what is free now
// less a margin.
[[nodiscard]] std::unique_ptr<Backend> make_backend(std::string_view device,
                                                    std::int64_t gpu_memory = 0);

}  // namespace cupel
