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

// Everything that changes a number, and nothing else. The defaults are cell-eval2's v2
// conventions (cell-eval.md 5). A profile is a list of metrics and a value for each field here; the
// code never asks a profile's name.
struct Conventions {
  struct Data {
    InputType input_type = InputType::kCounts;
    double max_counts_per_cell = 1e6;
    bool allow_fractional_counts = false;  // in predictions; the real side never may
    bool validate = true;
  } data;

  struct Expression {
    ExpressionSpace space = ExpressionSpace::kAuto;  // auto: bulk_lognorm for counts, else lognorm
    ControlSource control_source = ControlSource::kReal;
    double target_sum = 1e6;
    double bulk_target_sum = 5e4;
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
  } aggregation;
};

// A named list of metrics under fixed conventions: one file in configs/profiles/.
struct Profile {
  std::string name;
  std::string summary;
  std::vector<std::string> metrics;  // names as in the registry, in report order
  Conventions conventions;
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
  std::string context_col;               // empty: the whole file is one context
  std::string layer;                     // empty: X; else "layers/NAME" or "raw"
  std::optional<InputType> input_type;   // overrides the profile
  std::string target_gene_map;           // a file: perturbation,gene
  std::string output;                    // a folder
  std::string device = "auto";           // as choose_devices takes it
  std::int64_t gpu_memory = 0;           // bytes of each GPU; 0: what is free less a margin
  std::int32_t threads = 0;              // 0: all
  std::int64_t memory = 0;               // bytes; 0: half of what the machine has
  bool force = false;
  bool resume = false;                   // goes on with what an earlier run left in `output`
  bool write_de = false;
  std::string de_format = "h5ad";        // or "csv.gz"
  bool dry_run = false;
  bool quiet = false;
};

}  // namespace cupel
