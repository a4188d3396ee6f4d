#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cupel/backend.hpp"

namespace cupel {

enum class ExpressionSpace : std::uint8_t { kAuto, kBulkLognorm, kLognorm };
enum class ControlSource : std::uint8_t { kReal, kPred };
enum class RankDenominator : std::uint8_t { kNMinus1, kN };
enum class TieRule : std::uint8_t { kMidrank, kPosition };
enum class GeneExclusion : std::uint8_t { kPanel, kRow, kNone };
enum class SortBy : std::uint8_t { kAbsLog2FoldChange, kLog2FoldChange, kPValue, kPAdj };
enum class NanFoldChange : std::uint8_t { kMask, kKeep };
enum class MeanKind : std::uint8_t { kArithmetic, kGeometric };
enum class FdrScope : std::uint8_t { kPerPerturbation, kGlobal };
enum class AucFloor : std::uint8_t { kClip, kReplaceZero, kMinNonzero };
enum class FillRule : std::uint8_t { kWorst, kNone };
enum class NanInMean : std::uint8_t { kSkip, kPropagate };
// What a file holds, where input_type does not say: counts unless some value is more than 1e-3 from
// the whole number below it (cell-eval), or unless a cell's total is more than 1e-6 from one
// (cell-eval2).
enum class InputGuess : std::uint8_t { kNone, kValues, kRowTotals };
// What counts are normalised to: target_sum as given; the median total of the real control cells,
// or of all cells of the file, those without counts left out or (as scanpy 1.11 has it for
// compressed rows) not.
enum class TargetSumFrom : std::uint8_t {
  kGiven,
  kControlMedian,
  kFileMedian,
  kFileMedianWithEmpty
};
enum class AggregateRows : std::uint8_t { kCellEval2, kDescribe };
enum class ZeroEnd : std::uint8_t { kGenericResponse, kMeanProfile };
enum class ScoreRule : std::uint8_t { kCellEval2, kCellEval };

// Everything that changes a number, and nothing else. The defaults are cell-eval2's v2
// conventions (cell-eval.md 5). A profile is a list of metrics and a value for each field here; the
// code never asks a profile's name.
struct Conventions {
  struct Data {
    InputType input_type = InputType::kCounts;
    double max_counts_per_cell = 1e6;
    bool allow_fractional_counts = false;  // in predictions; the real side never may
    bool validate = true;
    InputGuess guess_input = InputGuess::kNone;  // overrides input_type, each file by itself
    // Counts become lognorm as they are read, in the file's own precision (integers: in float),
    // and are lognorm from there on.
    bool log_when_read = false;
    std::optional<double> max_lognorm;  // a lognorm value at or beyond it is refused
  } data;

  struct Expression {
    ExpressionSpace space = ExpressionSpace::kAuto;  // auto: bulk_lognorm for counts, else lognorm
    ControlSource control_source = ControlSource::kReal;
    double target_sum = 1e6;
    TargetSumFrom target_sum_from = TargetSumFrom::kGiven;
    double bulk_target_sum = 5e4;
    // Means of cells, and effects, are rounded to float where the file does not hold doubles.
    bool means_as_stored = false;
    bool exclude_target_gene = true;
  } expression;

  struct Pds {
    RankDenominator denominator = RankDenominator::kNMinus1;
    TieRule ties = TieRule::kMidrank;
    GeneExclusion exclusion = GeneExclusion::kPanel;
  } pds;

  struct De {
    RankValues rank_values = RankValues::kF32Linear;
    bool continuity = true;
    // A group or control of at most so many cells is tested exactly for genes without ties, as
    // scipy's default has it; 0: never.
    double exact_up_to = 0.0;
    MeanKind mean = MeanKind::kArithmetic;
    double epsilon = 1e-9;
    double clip = 0.0;  // > 0 overrides epsilon
    FdrScope fdr_scope = FdrScope::kPerPerturbation;
    std::optional<double> min_control_cpm = 5.0;  // genes at or below it are not tested
    bool gate_lognorm = true;  // the gate also for lognorm input, from expm1 rescaled per cell
    NanFoldChange nan_fold_change = NanFoldChange::kMask;
    double min_abs_log2_fold_change = 0.0;
    double p_adj_threshold = 0.05;
    SortBy sort_by = SortBy::kAbsLog2FoldChange;
    AucFloor auc_floor = AucFloor::kMinNonzero;
    double auc_floor_value = 1e-10;
    bool float32_columns = false;  // fold changes and p-values are rounded to float before any use
    bool exclude_target_gene = true;
  } de;

  struct Aggregation {
    FillRule fill = FillRule::kWorst;
    NanInMean nan_in_mean = NanInMean::kSkip;
    AggregateRows rows = AggregateRows::kCellEval2;  // describe: quartiles as polars has them
  } aggregation;

  struct Scale {
    ZeroEnd zero = ZeroEnd::kGenericResponse;  // the baseline that scores 0
    ScoreRule rule = ScoreRule::kCellEval2;
  } scale;
};

// A named list of metrics under fixed conventions: one file in configs/profiles/.
struct Profile {
  std::string name;
  std::string summary;
  std::vector<std::string> metrics;  // names as in the registry, in report order
  Conventions conventions;
  std::vector<std::string> written_as =
      {};  // what each metric is called in reports; empty: its name
};

// Columns of a manifest beside name and path: (column, value), carried to the leaderboard.
using Tags = std::vector<std::pair<std::string, std::string>>;

struct PredictionFile {
  std::string path;       // or a pattern, until the run's files are looked up
  std::string name = {};  // in the results; empty: the file's name without .h5ad
  Tags tags = {};
};

// What a prediction's rows are: cells, or one profile per perturbation.
enum class PredictionKind : std::uint8_t { kAuto, kCells, kPseudobulk };
// What the values of a profile are: counts (sums or means of cells), or what the comparator
// compares.
enum class PseudobulkSpace : std::uint8_t { kAuto, kCounts, kLognorm };

// What one run was asked to do: flags, a TOML run file, or both (flags win).
struct RunConfig {
  std::string real;
  std::vector<PredictionFile> predictions;
  std::string manifest;               // a table of more predictions, or empty
  PredictionKind prediction_kind = PredictionKind::kAuto;
  PseudobulkSpace pseudobulk_space = PseudobulkSpace::kAuto;
  std::string profile = "vcc2026";    // a built-in name or a .toml file
  std::vector<std::string> settings;  // "key.path=value", applied to the profile in order
  std::string pert_col = "target";
  std::string control = "non-targeting";
  std::string context_col;              // empty: the whole file is one context
  std::string layer;                    // empty: X; else "layers/NAME" or "raw"
  std::optional<InputType> input_type;  // overrides the profile
  std::string target_gene_map;          // a file: perturbation,gene
  std::string output;                   // a folder
  std::string strata = "effect";        // or "none": scores by strength of effect
  std::string device = "auto";          // as choose_devices takes it
  std::int64_t gpu_memory = 0;          // bytes of each GPU; 0: what is free less a margin
  std::int32_t threads = 0;             // 0: all
  std::int64_t memory = 0;              // bytes; 0: half of what the machine has
  std::string ends = "none";            // auto, none, all, or names with commas (ends.hpp)
  std::int32_t replicate_splits = 5;
  std::uint64_t ends_seed = 0;             // of the replicate's splits and of the baselines' draws
  std::string split_order = "categories";  // of groups in a split: or "sorted", "appearance"
  std::string cache;                       // a folder for ends; "none"; empty: the user's own
  double confidence = 0.95;                // of intervals and comparisons
  std::int32_t draws = 10'000;             // of perturbations behind them; 0: neither is made
  std::uint64_t seed = 0;                  // of these draws
  bool force = false;
  bool resume = false;                   // goes on with what an earlier run left in `output`
  bool write_de = false;
  std::string de_format = "h5ad";  // or "csv.gz"
  bool dry_run = false;
  bool quiet = false;
};

}  // namespace cupel
