#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace cupel {

// One gene that may enter a purity curve: what the prediction says of it, and whether its
// direction agrees with the truth's. Only adjudicable genes are candidates, because the depth of a
// curve counts nothing else (cell-eval.md 3.0.5).
struct CurveGene {
  double p_adj;                 // NaN reads as +inf
  double p_value;               // NaN reads as +inf; a constant where the table has no such column
  double abs_log2_fold_change;  // NaN reads as -inf
  std::int32_t name_rank;       // the gene's place among all names sorted by codepoint
  std::int32_t feature;
  bool match;
};

// Most confident prediction first: p_adj, then p_value, both ascending, then |log2FC| descending,
// then name. Called genes come first by themselves, since calling is p_adj below a threshold.
void sort_by_confidence(std::vector<CurveGene>& genes);

// The deepest k with (matches among the first k) / k >= floor; 0 if there is none. Not the first
// failure: a curve may dip below the floor and recover.
class DeepestPrefix {
 public:
  explicit DeepestPrefix(double floor) : floor_(floor) {}

  void add(bool match) {
    ++depth_;
    matches_ += match ? 1 : 0;
    // A plain IEEE division: 9/10, 18/20 and 63/70 all compare equal to 0.9.
    if (static_cast<double>(matches_) / static_cast<double>(depth_) >= floor_) deepest_ = depth_;
  }
  [[nodiscard]] std::int64_t deepest() const noexcept { return deepest_; }

 private:
  double floor_;
  std::int64_t depth_ = 0;
  std::int64_t matches_ = 0;
  std::int64_t deepest_ = 0;
};

}  // namespace cupel
