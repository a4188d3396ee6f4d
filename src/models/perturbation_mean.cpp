#include <algorithm>
#include <cmath>
#include <set>

#include "linalg/products.hpp"
#include "models/entries.hpp"
#include "models/lookup.hpp"

// The mean effect of the same perturbation over training contexts (A4): contexts equally or by
// their cells; or by how alike their controls are, w ∝ exp(corr(control, control asked) / tau).
// shrink = κ > 0 pulls it towards the mean of all, n / (n + κ) with n the perturbation's cells.
// scale = few-shot multiplies it by <Δ, δ> / <δ, δ> over the training conditions of the context
// asked, δ being their perturbation's mean in the other contexts.
namespace cupel::models {
namespace {

enum class ContextWeight : std::uint8_t { kContexts, kCells, kSimilarity };

struct Choices {
  ContextWeight weighting;
  Missing missing;
  double shrink;
  double tau;
  bool few_shot;
};

double correlation(const double* a, const double* b, std::int64_t n) {
  double mean_a = 0.0;
  double mean_b = 0.0;
  for (std::int64_t i = 0; i < n; ++i) {
    mean_a += a[i];
    mean_b += b[i];
  }
  mean_a /= static_cast<double>(n);
  mean_b /= static_cast<double>(n);
  double aa = 0.0;
  double bb = 0.0;
  double ab = 0.0;
  for (std::int64_t i = 0; i < n; ++i) {
    aa += (a[i] - mean_a) * (a[i] - mean_a);
    bb += (b[i] - mean_b) * (b[i] - mean_b);
    ab += (a[i] - mean_a) * (b[i] - mean_b);
  }
  return aa > 0.0 && bb > 0.0 ? ab / std::sqrt(aa * bb) : 0.0;
}

class PerturbationMean final : public Smoother {
 public:
  PerturbationMean(const Training& training, const Choices& choices)
      : Smoother(training), lookup_(training), choices_(choices) {
    if (choices_.few_shot) fit_scales();
  }

  [[nodiscard]] Weights weights(std::span<const Condition> asked) const override {
    Weights result = no_weights(asked.size(), training());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      double* row = result.of_training.view().row(static_cast<std::int64_t>(i));
      result.rung[i] = add_effect(asked[i], row);
      const auto scale = scales_.find(asked[i].context);
      if (scale == scales_.end()) continue;
      for (std::int64_t k = 0; k < result.of_training.cols(); ++k) row[k] *= scale->second;
    }
    return result;
  }

 private:
  // Rows share by context; exp((corr - 1) / tau), as the greatest similarity there is is 1.
  void add_rows(std::span<const std::int64_t> rows, const Condition& asked, double factor,
                double* row) const {
    if (choices_.weighting != ContextWeight::kSimilarity) {
      add_mean(
          training(), rows,
          choices_.weighting == ContextWeight::kCells ? Weighting::kCells : Weighting::kContexts,
          factor, row);
      return;
    }
    std::map<std::string, std::vector<std::int64_t>> by_context;
    for (const auto at : rows) {
      by_context[training().conditions[static_cast<std::size_t>(at)].context].push_back(at);
    }
    const auto view = training().control.view();
    const double* own = view.row(control_row(training(), asked.context));
    std::map<std::string, double> similar;
    double greatest = -2.0;
    for (const auto& [context, unused] : by_context) {
      similar[context] = correlation(view.row(control_row(training(), context)), own, view.cols);
      greatest = std::max(greatest, similar[context]);
    }
    double total = 0.0;
    for (auto& [context, value] : similar) {
      value = std::exp((value - greatest) / choices_.tau);
      total += value;
    }
    for (const auto& [context, of_context] : by_context) {
      add_mean(training(), of_context, Weighting::kConditions, factor * similar[context] / total,
               row);
    }
  }

  void add_known(std::span<const std::int64_t> rows, const Condition& asked, double* row) const {
    double cells = 0.0;
    for (const auto at : rows) cells += training().weight[static_cast<std::size_t>(at)];
    const double kept = cells / (cells + choices_.shrink);
    add_rows(rows, asked, kept, row);
    if (choices_.shrink > 0.0) add_rows(lookup_.all(), asked, 1.0 - kept, row);
  }

  Rung add_missing(const Condition& asked, double* row) const {
    if (choices_.missing == Missing::kZero) return Rung::kNoChange;
    add_rows(lookup_.all(), asked, 1.0, row);
    return Rung::kGlobal;
  }

  Rung add_effect(const Condition& asked, double* row) const {
    if (asked.perturbations.empty()) return Rung::kNoChange;
    const auto rows = lookup_.find(asked);
    if (!rows.empty()) {
      add_known(rows, asked, row);
      return lookup_.in_context(rows, asked.context).empty() ? Rung::kOtherContext : Rung::kExact;
    }
    const auto n = asked.perturbations.size();
    std::size_t known = 0;
    for (std::size_t k = 0; k < n; ++k) {
      if (!lookup_.find(member_of(asked, k)).empty()) ++known;
    }
    if (known == 0) return add_missing(asked, row);
    for (std::size_t k = 0; k < n; ++k) {
      const auto of_member = lookup_.find(member_of(asked, k));
      if (of_member.empty()) {
        static_cast<void>(add_missing(asked, row));
      } else {
        add_known(of_member, asked, row);
      }
    }
    return known == n ? Rung::kComposed : Rung::kPartComposed;
  }

  void fit_scales() {
    std::set<std::string> contexts;
    for (const auto& condition : training().conditions) contexts.insert(condition.context);
    const auto delta = training().delta.view();
    for (const auto& context : contexts) {
      std::vector<std::int64_t> own;
      auto others = no_weights(training().conditions.size(), training());
      for (const auto row : lookup_.in_context(lookup_.all(), context)) {
        const auto& condition = training().conditions[static_cast<std::size_t>(row)];
        auto elsewhere = lookup_.find(condition);
        std::erase_if(elsewhere, [&](std::int64_t at) {
          return training().conditions[static_cast<std::size_t>(at)].context == context;
        });
        if (elsewhere.empty()) continue;
        add_rows(elsewhere, condition, 1.0, others.of_training.view().row(std::ssize(own)));
        own.push_back(row);
      }
      const auto means = multiply(others.of_training.view(), delta);
      double together = 0.0;
      double squares = 0.0;
      for (std::size_t i = 0; i < own.size(); ++i) {
        const double* mean = means.view().row(static_cast<std::int64_t>(i));
        for (std::int64_t gene = 0; gene < delta.cols; ++gene) {
          together += delta(own[i], gene) * mean[gene];
          squares += mean[gene] * mean[gene];
        }
      }
      if (squares > 0.0) scales_[context] = together / squares;
    }
  }

  Lookup lookup_;
  Choices choices_;
  std::map<std::string, double> scales_;
};

}  // namespace

ModelEntry perturbation_mean_entry() {
  return {"perturbation_mean",
          "the mean effect of the same perturbation over training contexts",
          {Rung::kExact, Rung::kOtherContext, Rung::kComposed, Rung::kPartComposed, Rung::kGlobal,
           Rung::kNoChange},
          {{"weighting", "contexts", "how contexts share: contexts, cells or similarity"},
           kMissingSetting,
           {"shrink", "0", "cells at which the mean of all has half the weight; 0: none"},
           {"tau", "0.05", "of similarity: the smaller, the more the likest context counts"},
           {"scale", "none", "few-shot: scale by the context's own training conditions"}},
          [](const Training& training, const Settings& settings) -> std::unique_ptr<Model> {
            return std::make_unique<PerturbationMean>(
                training,
                Choices{static_cast<ContextWeight>(
                            settings.one_of("weighting", {"contexts", "cells", "similarity"})),
                        missing_of(settings), settings.number("shrink"), settings.number("tau"),
                        settings.one_of("scale", {"none", "few-shot"}) == 1});
          }};
}

}  // namespace cupel::models
