#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/model.hpp"

namespace cupel::models {

// How conditions share in a mean: by their cells; equally; or so that each context counts once and
// its conditions equally within it. Published baselines disagree (A2, A4), so it is always said.
enum class Weighting : std::uint8_t { kCells, kConditions, kContexts };
[[nodiscard]] Weighting weighting_of(const Settings& settings);

// Adds `factor` times the mean over training conditions `rows` to a row of weights.
void add_mean(const Training& training, std::span<const std::int64_t> rows, Weighting weighting,
              double factor, double* weights);

// Training conditions by what was done, in any context. Where doses are asked and some condition
// has them, only conditions of those doses are found.
class Lookup {
 public:
  explicit Lookup(const Training& training);

  [[nodiscard]] std::vector<std::int64_t> find(const Condition& asked) const;
  [[nodiscard]] std::vector<std::int64_t> in_context(std::span<const std::int64_t> rows,
                                                     const std::string& context) const;
  [[nodiscard]] std::span<const std::int64_t> all() const { return all_; }

 private:
  const Training* training_;
  std::map<std::vector<std::string>, std::vector<std::int64_t>> rows_;
  std::vector<std::int64_t> all_;
};

// What a perturbation that is nowhere in training contributes.
enum class Missing : std::uint8_t { kGlobal, kZero };
[[nodiscard]] Missing missing_of(const Settings& settings);

// Adds the effect of one perturbation to a row of weights: its own conditions in the context, else
// those in other contexts, else what `missing` says.
[[nodiscard]] Rung add_single(const Training& training, const Lookup& lookup,
                              const Condition& single, Weighting weighting, Missing missing,
                              double factor, double* weights);

// Adds the effects of all members, each by add_single at its own dose (A6 d); a combination none of
// whose members is known counts as missing once.
[[nodiscard]] Rung add_members(const Training& training, const Lookup& lookup,
                               const Condition& asked, Weighting weighting, Missing missing,
                               double factor, double* weights);

// Weights of zero for `asked`, to be filled.
[[nodiscard]] Weights no_weights(std::size_t asked, const Training& training);

inline constexpr Setting kWeightingSetting{
    "weighting", "conditions",
    "how training conditions share in a mean: cells, conditions or contexts"};
inline constexpr Setting kMissingSetting{
    "missing", "global", "an unknown perturbation's effect: global (the mean of all) or zero"};

}  // namespace cupel::models
