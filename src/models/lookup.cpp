#include "models/lookup.hpp"

#include <algorithm>
#include <numeric>

namespace cupel::models {

Weighting weighting_of(const Settings& settings) {
  return static_cast<Weighting>(settings.one_of("weighting", {"cells", "conditions", "contexts"}));
}

Missing missing_of(const Settings& settings) {
  return static_cast<Missing>(settings.one_of("missing", {"global", "zero"}));
}

void add_mean(const Training& training, std::span<const std::int64_t> rows, Weighting weighting,
              double factor, double* weights) {
  std::map<std::string, double> in_context;  // conditions per context
  if (weighting == Weighting::kContexts) {
    for (const auto row : rows) {
      in_context[training.conditions[static_cast<std::size_t>(row)].context] += 1.0;
    }
  }
  const auto share = [&](std::int64_t row) {
    const auto at = static_cast<std::size_t>(row);
    if (weighting == Weighting::kCells) return training.weight[at];
    if (weighting == Weighting::kConditions) return 1.0;
    return 1.0 / in_context.at(training.conditions[at].context);
  };
  double total = 0.0;
  for (const auto row : rows) total += share(row);
  for (const auto row : rows) weights[row] += factor * share(row) / total;
}

Lookup::Lookup(const Training& training) : training_(&training), all_(training.conditions.size()) {
  std::iota(all_.begin(), all_.end(), 0);
  for (const auto row : all_) {
    rows_[training.conditions[static_cast<std::size_t>(row)].perturbations].push_back(row);
  }
}

std::vector<std::int64_t> Lookup::find(const Condition& asked) const {
  const auto found = rows_.find(asked.perturbations);
  if (found == rows_.end()) return {};
  if (!asked.dose && asked.doses.empty()) return found->second;
  std::vector<std::int64_t> of_dose;
  std::ranges::copy_if(found->second, std::back_inserter(of_dose), [&](std::int64_t row) {
    const auto& condition = training_->conditions[static_cast<std::size_t>(row)];
    return condition.dose == asked.dose && condition.doses == asked.doses;
  });
  return of_dose.empty() ? found->second : of_dose;
}

std::vector<std::int64_t> Lookup::in_context(std::span<const std::int64_t> rows,
                                             const std::string& context) const {
  std::vector<std::int64_t> kept;
  std::ranges::copy_if(rows, std::back_inserter(kept), [&](std::int64_t row) {
    return training_->conditions[static_cast<std::size_t>(row)].context == context;
  });
  return kept;
}

Rung add_single(const Training& training, const Lookup& lookup, const Condition& single,
                Weighting weighting, Missing missing, double factor, double* weights) {
  const auto anywhere = lookup.find(single);
  const auto here = lookup.in_context(anywhere, single.context);
  if (!here.empty()) {
    add_mean(training, here, weighting, factor, weights);
    return Rung::kExact;
  }
  if (!anywhere.empty()) {
    add_mean(training, anywhere, weighting, factor, weights);
    return Rung::kOtherContext;
  }
  if (missing == Missing::kZero) return Rung::kNoChange;
  add_mean(training, lookup.all(), weighting, factor, weights);
  return Rung::kGlobal;
}

Rung add_members(const Training& training, const Lookup& lookup, const Condition& asked,
                 Weighting weighting, Missing missing, double factor, double* weights) {
  const auto n = asked.perturbations.size();
  if (n == 0) return Rung::kNoChange;  // the control
  std::size_t known = 0;
  for (std::size_t k = 0; k < n; ++k) {
    if (!lookup.find(member_of(asked, k)).empty()) ++known;
  }
  if (n == 1 || known == 0) {
    return add_single(training, lookup, member_of(asked, 0), weighting, missing, factor, weights);
  }
  for (std::size_t k = 0; k < n; ++k) {
    static_cast<void>(
        add_single(training, lookup, member_of(asked, k), weighting, missing, factor, weights));
  }
  return known == n ? Rung::kComposed : Rung::kPartComposed;
}

Weights no_weights(std::size_t asked, const Training& training) {
  Weights weights{
      make_host_matrix<double>(static_cast<std::int64_t>(asked), std::ssize(training.conditions)),
      std::vector<Rung>(asked, Rung::kNone)};
  std::fill_n(weights.of_training.view().data, weights.of_training.view().size(), 0.0);
  return weights;
}

}  // namespace cupel::models
