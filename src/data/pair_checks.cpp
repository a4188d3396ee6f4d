#include "data/pair_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "cupel/error.hpp"

namespace cupel {
namespace {

using Names = std::vector<std::string>;

// How many of `of` are not in `in`, and the first of them.
struct Missing {
  std::size_t count = 0;
  std::string first;
};

Missing missing(const Names& of, const Names& in) {
  const std::unordered_set<std::string_view> known(in.begin(), in.end());
  Missing result;
  for (const auto& name : of) {
    if (known.contains(name)) continue;
    if (result.count++ == 0) result.first = name;
  }
  return result;
}

void check_genes(const Screen& real, const Screen& pred) {
  if (real.genes() == pred.genes()) return;
  const auto lacking = missing(real.genes(), pred.genes());
  const auto extra = missing(pred.genes(), real.genes());
  std::string what;
  if (lacking.count > 0) {
    what = fmt::format("{} of {} genes of {} are missing (first: '{}')", lacking.count,
                       real.genes().size(), real.path(), lacking.first);
  } else if (extra.count > 0) {
    what = fmt::format("{} of {} genes are not in {} (first: '{}')", extra.count,
                       pred.genes().size(), real.path(), extra.first);
  } else if (real.genes().size() != pred.genes().size()) {
    what = fmt::format("{} genes where {} has {}: a gene name is repeated", pred.genes().size(),
                       real.path(), real.genes().size());
  } else {
    const auto differs = std::ranges::mismatch(real.genes(), pred.genes());
    what = fmt::format("same genes as {} in another order (gene {} is '{}', expected '{}')",
                       real.path(), differs.in1 - real.genes().begin(), *differs.in2, *differs.in1);
  }
  throw Error(ErrorKind::kInput,
              fmt::format("{}: {}; subset and reorder the prediction's genes to the real file's",
                          pred.path(), what));
}

void check_labels(const Screen& real, const Grouping& truth, const Screen& pred,
                  const Grouping& guess) {
  if (truth.perturbations == guess.perturbations) return;
  const auto lacking = missing(truth.perturbations, guess.perturbations);
  const auto extra = missing(guess.perturbations, truth.perturbations);
  const auto where = truth.context.empty() ? "" : fmt::format(" in context '{}'", truth.context);
  throw Error(ErrorKind::kInput,
              lacking.count > 0
                  ? fmt::format("{}: {} of {} perturbations of {} are missing{} (first: '{}'); predict "
                                "every perturbation",
                                pred.path(), lacking.count, truth.perturbations.size(), real.path(),
                                where, lacking.first)
                  : fmt::format("{}: {} perturbations are not in {}{} (first: '{}'); drop their cells",
                                pred.path(), extra.count, real.path(), where, extra.first));
}

}  // namespace

void check_pair(const Screen& real, const std::vector<Grouping>& real_groups, const Screen& pred,
                const std::vector<Grouping>& pred_groups) {
  check_genes(real, pred);
  Names truth;
  Names guess;
  for (const auto& grouping : real_groups) truth.push_back(grouping.context);
  for (const auto& grouping : pred_groups) guess.push_back(grouping.context);
  if (truth != guess) {
    const auto lacking = missing(truth, guess);
    const auto extra = missing(guess, truth);
    throw Error(ErrorKind::kInput,
                fmt::format("{}: context '{}' is {} {}; both files need the same contexts",
                            pred.path(), lacking.count > 0 ? lacking.first : extra.first,
                            lacking.count > 0 ? "missing, but is in" : "not in", real.path()));
  }
  for (std::size_t i = 0; i < real_groups.size(); ++i) {
    check_labels(real, real_groups[i], pred, pred_groups[i]);
  }
}

}  // namespace cupel
