#pragma once
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cupel/backend.hpp"
#include "cupel/config.hpp"
#include "cupel/matrix.hpp"

namespace cupel {

class DeComparison;  // src/stats/de_comparison.hpp: the two sides' tests, gene by gene

// What a metric may see: one prediction against the truth, already aligned and summarised.
// Perturbations are sorted by codepoint and exclude the control; matrices live in the backend's
// space and have one row per perturbation, one column per gene.
struct Case {
  std::span<const std::string> perturbations;
  const Conventions* conventions = nullptr;

  // Expression side; empty views when no chosen metric needs it.
  MatrixView<const double> real_bulk;
  MatrixView<const double> pred_bulk;
  MatrixView<const double> real_delta;     // minus the real control
  MatrixView<const double> pred_delta;     // minus the control that the conventions name
  MatrixView<const double> control_bulk;   // real control: 1 × genes
  std::span<const std::int32_t> own_gene;  // column of each perturbation's own gene, or -1
  double bulk_total = 0.0;                 // what expm1 of a bulk sums to: the mass ratio's target
  // Sampling corrections C (cell-eval.md 3.0.4); empty when no chosen metric needs them.
  std::span<const double> real_correction;
  std::span<const double> pred_correction;
  double control_correction = 0.0;
  // Energy distance of each perturbation's cells from the same side's control cells; empty when no
  // chosen metric needs it.
  std::span<const double> real_energy;
  std::span<const double> pred_energy;
  // How much each gene of each perturbation counts: perturbations × genes, host memory; empty when
  // no chosen metric needs it.
  MatrixView<const double> weights;

  // Differential-expression side; null when no chosen metric needs it.
  const DeComparison* de = nullptr;
};

// A value, or the reason there is none. A NaN never travels without its reason. `absent` means the
// definition leaves the perturbation out altogether: no row in the aggregate's count, unless the
// fill rule puts the metric's worst value there (metrics without one are never filled).
struct Score {
  double value = std::numeric_limits<double>::quiet_NaN();
  std::string_view undefined_because;  // a string literal
  bool absent = false;

  [[nodiscard]] bool defined() const noexcept { return undefined_because.empty(); }
  [[nodiscard]] static Score of(double value) { return {value, {}, false}; }
  [[nodiscard]] static Score undefined(std::string_view reason) {
    return {std::numeric_limits<double>::quiet_NaN(), reason, false};
  }
  [[nodiscard]] static Score left_out(std::string_view reason) {
    return {std::numeric_limits<double>::quiet_NaN(), reason, true};
  }
  // A value the definition itself prescribes for a degenerate case, with the reason kept.
  [[nodiscard]] static Score by_rule(double value, std::string_view reason) {
    return {value, reason, false};
  }
};

enum class Better : std::uint8_t { kHigher, kLower, kNeither };

// How a metric's aggregate is put on a scale between baseline and anchor (cell-eval.md 4.2).
enum class ScoringClass : std::uint8_t {
  kError,
  kErrorLinear,
  kBounded,
  kUnfloored,
  kOpen,
  kSigned,
  kCappedNorm,
  kDiagnostic
};

// What must be computed before a metric can be: bits of Metric::needs.
enum Needs : std::uint8_t {
  kNeedsBulk = 1,
  kNeedsCorrections = 2,
  kNeedsDe = 4,
  kNeedsEnergy = 8,
  kNeedsWeights = 16,
};

struct Metric {
  std::string_view name;     // as in code, profiles, reports and README
  std::string_view v1_name;  // cell-eval's name for it, or empty
  std::string_view summary;
  Better better;
  double low, high;  // range; infinite where unbounded
  double perfect;    // the value of a prediction that equals the truth, or NaN
  double worst;      // fill for an undefined score, or NaN: no fill
  ScoringClass scoring;
  std::uint8_t needs;
  std::int32_t k;  // list depth of the top-k family; 0: all
  // One score per perturbation. Null for a metric that exists only as an aggregate.
  std::vector<Score> (*compute)(const Case&, const Metric&, Backend&);
  // Aggregate from two components' scores (ratio of sums), or null: the mean of `compute`.
  std::string_view numerator, denominator;
  // `compute` gives one number of the whole prediction to every perturbation.
  bool one_number = false;
};

[[nodiscard]] std::span<const Metric> all_metrics() noexcept;
// By name or v1 name. Throws Error(kUsage) that lists the known names, Error(kUnsupported) with the
// reason for one that is left out on purpose.
[[nodiscard]] const Metric& find_metric(std::string_view name);
[[nodiscard]] std::string metric_table_markdown();

}  // namespace cupel
