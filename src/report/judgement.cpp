#include "report/judgement.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "cupel/nan.hpp"
#include "parallel/parallel.hpp"
#include "report/shown.hpp"
#include "report/strata.hpp"
#include "stats/aggregate.hpp"
#include "uncertainty/kendall.hpp"
#include "uncertainty/multiple_tests.hpp"
#include "uncertainty/paired.hpp"

namespace cupel {
namespace {

constexpr std::string_view kOneNumber = "one number for the whole prediction, not a mean of scores";
constexpr std::string_view kNoParts = "the metrics it is a ratio of are not in the profile";
constexpr std::string_view kNoScores = "no perturbation has a score";
constexpr std::string_view kNoValue = "no perturbation has a value";
constexpr std::string_view kPropagated =
    "a score is undefined, and the profile keeps that in means";
constexpr std::string_view kInfinite = "a score is infinite";
constexpr std::string_view kDenominators =
    "the two ratios are not over the same perturbations' sums";
constexpr std::string_view kFewPerturbations = "too few perturbations differ to tell at this level";

using Results = std::span<const PredictionResult* const>;

// Contexts whose results are averaged: each by itself, then all of them where there are several.
struct Scope {
  std::size_t context;
  std::vector<std::size_t> contexts;
};

std::vector<Scope> scopes_of(std::size_t contexts) {
  std::vector<Scope> scopes;
  for (std::size_t c = 0; c < contexts; ++c) scopes.push_back({c, {c}});
  if (contexts > 1) {
    std::vector<std::size_t> all(contexts);
    std::iota(all.begin(), all.end(), std::size_t{0});
    scopes.push_back({kAllContexts, all});
  }
  return scopes;
}

// What all metrics and predictions share, so that their differences are paired.
struct SharedDraws {
  std::vector<Scope> scopes;
  std::vector<Resamples> resamples;  // by context
  std::vector<SignFlips> flips;      // by scope
};

SharedDraws shared_draws(const PredictionResult& like, const JudgementOptions& options) {
  SharedDraws shared{scopes_of(like.contexts.size()), {}, {}};
  std::uint32_t series = 0;
  for (const auto& context : like.contexts) {
    shared.resamples.emplace_back(std::ssize(context.perturbations), options.draws, options.seed,
                                  series++);
  }
  series = 0;
  for (const auto& scope : shared.scopes) {
    std::int64_t pairs = 0;
    for (const auto c : scope.contexts) pairs += std::ssize(like.contexts[c].perturbations);
    shared.flips.emplace_back(
        pairs, SignFlipOptions{.draws = options.draws, .seed = options.seed, .series = series++});
  }
  return shared;
}

const std::vector<Score>* scores_named(const ContextResult& context, std::string_view name) {
  const auto found = std::ranges::find_if(
      context.metrics, [&](const MetricResult& m) { return m.metric->name == name; });
  const bool known =
      found != context.metrics.end() && found->scores.size() == context.perturbations.size();
  return known ? &found->scores : nullptr;
}

// A metric's scores as columns of results, and why one has no distribution of means.
struct MetricScores {
  std::vector<Columns> contexts;
  std::vector<std::vector<std::string_view>> problems;  // by context and result

  [[nodiscard]] std::string_view problem(const Scope& scope, std::size_t result) const {
    for (const auto c : scope.contexts) {
      if (!problems[c][result].empty()) return problems[c][result];
    }
    return {};
  }
};

// Fills one column; returns the problem.
std::string_view fill_means(const std::vector<Score>& scores, NanInMean rule,
                            MatrixView<double> values, std::int64_t column) {
  if (std::ssize(scores) != values.rows) return kNoScores;
  bool any = false;
  for (const Score& score : scores) {
    if (std::isinf(score.value)) return kInfinite;
    const bool undefined = std::isnan(score.value);
    if (undefined && !score.absent && rule == NanInMean::kPropagate) return kPropagated;
    any = any || !undefined;
  }
  if (!any) return kNoValue;
  for (std::int64_t row = 0; row < values.rows; ++row) {
    values(row, column) = scores[static_cast<std::size_t>(row)].value;
  }
  return {};
}

std::string_view fill_ratio(const ContextResult& context, const Metric& metric,
                            MatrixView<double> above, MatrixView<double> below,
                            std::int64_t column) {
  const auto* numerator = scores_named(context, metric.numerator);
  const auto* denominator = scores_named(context, metric.denominator);
  if (numerator == nullptr || denominator == nullptr) return kNoParts;
  const Score ratio = ratio_of_sums(*numerator, *denominator);
  if (!ratio.defined()) return ratio.undefined_because;
  for (std::int64_t row = 0; row < above.rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    const double top = (*numerator)[at].value;
    const double bottom = (*denominator)[at].value;
    const bool both = std::isfinite(top) && std::isfinite(bottom);  // as ratio_of_sums has it
    above(row, column) = both ? top : kNaN;
    below(row, column) = both ? bottom : kNaN;
  }
  return {};
}

Columns undefined_columns(std::int64_t rows, std::int64_t columns, bool ratio) {
  Columns made{make_host_matrix<double>(rows, columns),
               make_host_matrix<double>(ratio ? rows : 0, ratio ? columns : 0)};
  std::fill_n(made.above.view().data, made.above.view().size(), kNaN);
  std::fill_n(made.below.view().data, made.below.view().size(), kNaN);
  return made;
}

MetricScores scores_of(Results results, std::size_t m, const Conventions::Aggregation& rules) {
  MetricScores all;
  const auto& like = *results.front();
  for (std::size_t c = 0; c < like.contexts.size(); ++c) {
    const Metric& metric = *like.contexts[c].metrics[m].metric;
    const bool ratio = metric.compute == nullptr;
    all.contexts.push_back(
        undefined_columns(std::ssize(like.contexts[c].perturbations), std::ssize(results), ratio));
    all.problems.emplace_back();
    auto& columns = all.contexts.back();
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto& context = results[i]->contexts[c];
      const auto column = static_cast<std::int64_t>(i);
      all.problems.back().push_back(
          results[i]->lacks(metric) ? kLacksCells
          : metric.one_number       ? kOneNumber
          : ratio ? fill_ratio(context, metric, columns.above.view(), columns.below.view(), column)
                  : fill_means(context.metrics[m].scores, rules.nan_in_mean, columns.above.view(),
                               column));
    }
  }
  return all;
}

// First less second, pair by pair.
struct Differences {
  std::vector<Columns> contexts;
  std::vector<std::vector<std::string_view>> problems;  // by context and pair
};

Differences differences_of(const MetricScores& scores, const Strata& strata,
                           std::span<const ComparedPair> pairs) {
  Differences all;
  for (std::size_t c = 0; c < scores.problems.size(); ++c) {
    const auto above = strata.context(c).above.view();
    const auto below = strata.context(c).below.view();
    const bool ratio = below.rows > 0;
    all.contexts.push_back(undefined_columns(above.rows, std::ssize(pairs), ratio));
    const auto difference = all.contexts.back().above.view();
    const auto weight = all.contexts.back().below.view();
    all.problems.emplace_back();
    for (std::size_t k = 0; k < pairs.size(); ++k) {
      const auto column = static_cast<std::int64_t>(k);
      const auto a = static_cast<std::int64_t>(pairs[k].first);
      const auto b = static_cast<std::int64_t>(pairs[k].second);
      const auto& first = scores.problems[c][pairs[k].first];
      auto problem = first.empty() ? scores.problems[c][pairs[k].second] : first;
      for (std::int64_t row = 0; row < above.rows && problem.empty() && ratio; ++row) {
        const bool same = below(row, a) == below(row, b) ||
                          (std::isnan(below(row, a)) && std::isnan(below(row, b)));
        if (!same) problem = kDenominators;
      }
      all.problems.back().push_back(problem);
      if (!problem.empty()) continue;
      for (std::int64_t row = 0; row < above.rows; ++row) {
        difference(row, column) = above(row, a) - above(row, b);
        if (ratio) weight(row, column) = below(row, a);
      }
    }
  }
  return all;
}

Verdict verdict_of(const Comparison& compared, Better better, double level, bool at_the_floor) {
  if (std::isnan(compared.p)) return Verdict::kUndefined;
  if (!(compared.p_holm < 1.0 - level)) {
    return at_the_floor ? Verdict::kTooFewDraws : Verdict::kNotToldApart;
  }
  if (better == Better::kNeither) return Verdict::kDifferent;
  return (compared.difference > 0.0) == (better == Better::kHigher) ? Verdict::kFirstBetter
                                                                    : Verdict::kSecondBetter;
}

// Holm's correction within each family, then the verdicts. `at_the_floor` says which p-values are
// the smallest that so many draws can give.
void finish(std::span<Comparison> compared, const std::vector<bool>& at_the_floor, Better better,
            double level) {
  for (const bool with_baseline : {false, true}) {
    std::vector<std::size_t> family;
    std::vector<double> p;
    for (std::size_t k = 0; k < compared.size(); ++k) {
      if (compared[k].with_baseline != with_baseline) continue;
      family.push_back(k);
      p.push_back(compared[k].p);
    }
    const auto corrected = holm(p);
    for (std::size_t i = 0; i < family.size(); ++i) compared[family[i]].p_holm = corrected[i];
  }
  for (std::size_t k = 0; k < compared.size(); ++k) {
    if (compared[k].verdict == Verdict::kIdentical) continue;
    compared[k].verdict = verdict_of(compared[k], better, level, at_the_floor[k]);
  }
}

void compare_under(std::size_t m, const Metric& metric, const MetricScores& scores,
                   const Strata& strata, std::span<const ComparedPair> pairs,
                   const SharedDraws& shared, const JudgementOptions& options,
                   std::vector<Comparison>& out) {
  if (pairs.empty()) return;
  auto [contexts, problems] = differences_of(scores, strata, pairs);
  const Strata differences(std::move(contexts), shared.resamples);
  for (std::size_t s = 0; s < shared.scopes.size(); ++s) {
    const Scope& scope = shared.scopes[s];
    const auto draws = differences.draws(scope.contexts);
    std::vector<Comparison> compared(pairs.size());
    std::vector<std::uint8_t> floor(pairs.size(), 0);
    for_each_chunk(std::ssize(pairs), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t column = begin; column < end; ++column) {
        const auto k = static_cast<std::size_t>(column);
        auto& one = compared[k];
        one = {.context = scope.context,
               .metric = m,
               .first = pairs[k].first,
               .second = pairs[k].second,
               .with_baseline = pairs[k].with_baseline};
        for (const auto c : scope.contexts) {
          if (one.reason.empty()) one.reason = problems[c][k];
        }
        if (!one.reason.empty()) {
          one.interval = Interval::undefined(one.reason);
          continue;
        }
        const auto estimate = differences.estimate(scope.contexts, column, draws.view(),
                                                   {.level = options.confidence});
        one.difference = estimate.value;
        one.interval = estimate.interval;
        one.n = estimate.n;
        one.reason = estimate.undefined_because;
        if (!one.reason.empty()) continue;
        const auto test =
            sign_flip_test(differences.parts(scope.contexts, column), shared.flips[s]);
        one.p = test.p_value;
        one.reason = test.undefined_because;
        if (test.nonzero == 0) one.verdict = Verdict::kIdentical;
        if (test.exact &&
            std::ldexp(2.0, -static_cast<int>(test.nonzero)) >= 1.0 - options.confidence &&
            test.nonzero > 0) {
          one.reason = kFewPerturbations;
        }
        floor[k] = !test.exact && test.p_value * static_cast<double>(test.draws + 1) < 1.5 ? 1 : 0;
      }
    });
    finish(compared, {floor.begin(), floor.end()}, metric.better, options.confidence);
    out.insert(out.end(), compared.begin(), compared.end());
  }
}

// Draws of some predictions; where one has no distribution, its mean stands in every draw.
Matrix<double> prediction_draws(MatrixView<const double> draws, std::span<const double> means,
                                const std::vector<std::string_view>& problems,
                                std::span<const std::size_t> which) {
  auto own = make_host_matrix<double>(draws.rows, std::ssize(which));
  const auto out = own.view();
  for (std::int64_t draw = 0; draw < draws.rows; ++draw) {
    for (std::size_t k = 0; k < which.size(); ++k) {
      const auto i = which[k];
      out(draw, static_cast<std::int64_t>(k)) =
          problems[i].empty() ? draws(draw, static_cast<std::int64_t>(i)) : means[i];
    }
  }
  return own;
}

// The mean rank over the scored metrics, and the same in every draw. A prediction has no part in
// metrics that look at what it lacks.
struct MeanRank {
  std::vector<double> sum;
  Matrix<double> draws;  // sums, until they are divided
  std::vector<double> metrics;
};

// `ranks` and `draws` are those of `which`, of `predictions` in all.
void add_ranks(MeanRank& total, std::size_t predictions, std::span<const std::size_t> which,
               std::span<const double> ranks, MatrixView<const double> draws) {
  if (total.metrics.empty()) {
    total.sum.assign(predictions, 0.0);
    total.metrics.assign(predictions, 0.0);
    total.draws = make_host_matrix<double>(draws.rows, static_cast<std::int64_t>(predictions));
    std::fill_n(total.draws.view().data, total.draws.view().size(), 0.0);
  }
  for (std::size_t k = 0; k < which.size(); ++k) {
    total.sum[which[k]] += ranks[k];
    total.metrics[which[k]] += 1.0;
    for (std::int64_t draw = 0; draw < draws.rows; ++draw) {
      total.draws.view()(draw, static_cast<std::int64_t>(which[k])) +=
          draws(draw, static_cast<std::int64_t>(k));
    }
  }
}

class Judging {
 public:
  Judging(std::span<const PredictionResult> predictions,
          std::span<const PredictionResult> baselines, const Conventions::Aggregation& rules,
          const JudgementOptions& options)
      : rules_(rules), predictions_(predictions.size()) {
    judgement_.options = options;
    for (const auto& result : predictions) results_.push_back(&result);
    for (const auto& result : baselines) results_.push_back(&result);
    shared_ = shared_draws(*results_.front(), options);
  }

  Judgement run() {
    const auto& metrics = results_.front()->contexts.front().metrics;
    set_order(metrics);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const Metric& metric = *metrics[m].metric;
      auto scores = scores_of(results_, m, rules_);
      const Strata strata(std::move(scores.contexts), shared_.resamples);
      for (const auto& scope : shared_.scopes) stand(m, metric, scores, strata, scope);
      compare_under(m, metric, scores, strata, pairs_under(m, metric), shared_, judgement_.options,
                    judgement_.comparisons);
    }
    judge_mean_rank();
    agree(metrics);
    return std::move(judgement_);
  }

 private:
  using Metrics = std::vector<MetricResult>;

  [[nodiscard]] std::size_t whole() const { return shared_.scopes.back().context; }

  std::vector<double> means(std::size_t context, std::size_t metric) const {
    std::vector<double> all;
    for (const auto* result : results_) all.push_back(mean_of(*result, context, metric));
    return all;
  }

  // As the board has them: by mean rank, then by name.
  void set_order(const Metrics& metrics) {
    std::vector<double> rank(predictions_, 0.0);
    std::vector<double> times(predictions_, 0.0);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      const Metric& metric = *metrics[m].metric;
      if (metric.scoring == ScoringClass::kDiagnostic) continue;
      const auto which = ranked_by(metric);
      const auto ranks = mean_ranks(of(means(whole(), m), which), metric.better);
      for (std::size_t k = 0; k < which.size(); ++k) {
        rank[which[k]] += ranks[k];
        times[which[k]] += 1.0;
      }
    }
    if (std::ranges::any_of(times, [](double n) { return n > 0.0; })) {
      for (std::size_t i = 0; i < predictions_; ++i) {
        rank[i] = times[i] > 0.0 ? rank[i] / times[i] : std::numeric_limits<double>::infinity();
      }
    }
    order_.resize(predictions_);
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::sort(order_, [&](std::size_t a, std::size_t b) {
      if (rank[a] != rank[b]) return rank[a] < rank[b];
      return results_[a]->name < results_[b]->name;
    });
  }

  // The predictions that have what the metric looks at.
  [[nodiscard]] std::vector<std::size_t> ranked_by(const Metric& metric) const {
    std::vector<std::size_t> which;
    for (std::size_t i = 0; i < predictions_; ++i) {
      if (!results_[i]->lacks(metric)) which.push_back(i);
    }
    return which;
  }

  [[nodiscard]] static std::vector<double> of(std::span<const double> values,
                                              std::span<const std::size_t> which) {
    std::vector<double> some;
    for (const auto i : which) some.push_back(values[i]);
    return some;
  }

  void stand(std::size_t m, const Metric& metric, const MetricScores& scores, const Strata& strata,
             const Scope& scope) {
    const auto& options = judgement_.options;
    const auto draws = strata.draws(scope.contexts);
    const auto reported = means(scope.context, m);
    std::vector<Standing> standings(results_.size());
    std::vector<std::string_view> problems;
    for (std::size_t i = 0; i < results_.size(); ++i) problems.push_back(scores.problem(scope, i));
    for_each_chunk(std::ssize(results_), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t column = begin; column < end; ++column) {
        const auto i = static_cast<std::size_t>(column);
        auto& one = standings[i];
        one = {.prediction = i, .context = scope.context, .metric = m, .mean = reported[i]};
        if (!problems[i].empty()) {
          one.interval = Interval::undefined(problems[i]);
          continue;
        }
        const auto estimate =
            strata.estimate(scope.contexts, column, draws.view(), {.level = options.confidence});
        one.interval = estimate.interval;
        one.n = estimate.n;
      }
    });
    const auto which = ranked_by(metric);
    if (metric.better != Better::kNeither && !which.empty()) {
      const auto own = of(reported, which);
      const auto mine = prediction_draws(draws.view(), reported, problems, which);
      const auto ranks = draw_ranks(mine.view(), metric.better);
      const auto places =
          rank_predictions(own, mine.view(), ranks.view(), metric.better, options.confidence);
      for (std::size_t k = 0; k < which.size(); ++k) {
        auto& one = standings[which[k]];
        one.rank = places[k];
        if (!problems[which[k]].empty()) one.rank.low = one.rank.high = kNaN;
      }
      if (scope.context == whole() && metric.scoring != ScoringClass::kDiagnostic) {
        add_ranks(mean_rank_, predictions_, which, mean_ranks(own, metric.better), ranks.view());
      }
    }
    judgement_.standings.insert(judgement_.standings.end(), standings.begin(), standings.end());
  }

  // The first of the best among `candidates` over all contexts.
  [[nodiscard]] std::size_t best_of(std::span<const std::size_t> candidates, std::size_t m,
                                    Better better) const {
    std::vector<double> values;
    for (const auto i : candidates) values.push_back(mean_of(*results_[i], whole(), m));
    const auto ranks = mean_ranks(values, better);
    return candidates[static_cast<std::size_t>(std::ranges::min_element(ranks) - ranks.begin())];
  }

  [[nodiscard]] std::vector<ComparedPair> pairs_among(std::size_t leader) const {
    std::vector<ComparedPair> pairs;
    if (predictions_ > kMostComparedInPairs) {
      for (const auto i : order_) {
        if (i != leader) pairs.push_back({leader, i});
      }
      return pairs;
    }
    for (std::size_t i = 0; i < order_.size(); ++i) {
      for (std::size_t j = i + 1; j < order_.size(); ++j) pairs.push_back({order_[i], order_[j]});
    }
    return pairs;
  }

  [[nodiscard]] std::vector<ComparedPair> pairs_under(std::size_t m, const Metric& metric) const {
    const bool ordered = metric.better != Better::kNeither;
    auto pairs = pairs_among(ordered ? best_of(order_, m, metric.better) : order_.front());
    if (ordered && results_.size() > predictions_) {
      std::vector<std::size_t> baselines(results_.size() - predictions_);
      std::iota(baselines.begin(), baselines.end(), predictions_);
      const auto best = best_of(baselines, m, metric.better);
      for (const auto i : order_) pairs.push_back({i, best, true});
    }
    return pairs;
  }

  void judge_mean_rank() {
    if (mean_rank_.metrics.empty()) return;
    const double level = judgement_.options.confidence;
    const auto draws = mean_rank_.draws.view();
    std::vector<double> values;
    for (std::size_t i = 0; i < predictions_; ++i) {  // 0 / 0: no rank
      values.push_back(mean_rank_.sum[i] / mean_rank_.metrics[i]);
      for (std::int64_t draw = 0; draw < draws.rows; ++draw) {
        draws(draw, static_cast<std::int64_t>(i)) /= mean_rank_.metrics[i];
      }
    }
    const auto ranks = draw_ranks(draws, Better::kLower);
    const auto places = rank_predictions(values, draws, ranks.view(), Better::kLower, level);
    const auto drawn = [&](std::size_t i) {
      std::vector<double> column;
      for (std::int64_t draw = 0; draw < draws.rows; ++draw) {
        column.push_back(draws(draw, static_cast<std::int64_t>(i)));
      }
      return column;
    };
    const auto has_rank = [&](std::size_t i) { return mean_rank_.metrics[i] > 0.0; };
    for (std::size_t i = 0; i < predictions_; ++i) {
      judgement_.standings.push_back({.prediction = i,
                                      .context = whole(),
                                      .metric = kMeanRank,
                                      .mean = values[i],
                                      .interval = has_rank(i) ? percentile_interval(drawn(i), level)
                                                              : Interval::undefined(kLacksCells),
                                      .n = 0,
                                      .rank = has_rank(i) ? places[i] : RankEstimate{}});
    }
    std::vector<Comparison> compared;
    std::vector<bool> floor;
    for (const auto& [first, second, unused] : pairs_among(order_.front())) {
      if (!has_rank(first) || !has_rank(second)) {
        compared.push_back({.context = whole(),
                            .metric = kMeanRank,
                            .first = first,
                            .second = second,
                            .interval = Interval::undefined(kLacksCells),
                            .reason = kLacksCells});
        floor.push_back(false);
        continue;
      }
      auto differences = drawn(first);
      const auto other = drawn(second);
      double not_above = 1.0;
      double not_below = 1.0;
      bool identical = true;
      for (std::size_t k = 0; k < differences.size(); ++k) {
        differences[k] -= other[k];
        not_above += differences[k] <= 0.0 ? 1.0 : 0.0;
        not_below += differences[k] >= 0.0 ? 1.0 : 0.0;
        identical = identical && differences[k] == 0.0;
      }
      Comparison one{.context = whole(), .metric = kMeanRank, .first = first, .second = second};
      one.difference = values[first] - values[second];
      one.interval = percentile_interval(differences, level);
      const auto all = static_cast<double>(differences.size() + 1);
      one.p = std::min(1.0, 2.0 * std::min(not_above, not_below) / all);
      if (identical) one.verdict = Verdict::kIdentical;
      compared.push_back(one);
      floor.push_back(std::min(not_above, not_below) < 1.5);
    }
    finish(compared, floor, Better::kLower, level);
    judgement_.comparisons.insert(judgement_.comparisons.end(), compared.begin(), compared.end());
  }

  void agree(const Metrics& metrics) {
    if (predictions_ < 2) return;
    std::vector<ComparedPair> pairs;
    for (std::size_t a = 0; a < metrics.size(); ++a) {
      for (std::size_t b = a + 1; b < metrics.size(); ++b) {
        if (metrics[a].metric->better == Better::kNeither) continue;
        if (metrics[b].metric->better != Better::kNeither) pairs.push_back({a, b});
      }
    }
    const auto contexts = results_.front()->contexts.size();
    std::vector<std::vector<Agreement>> found(pairs.size());
    for_each_chunk(std::ssize(pairs), 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) {
        const auto at = static_cast<std::size_t>(k);
        found[at] = agreements_of(pairs[at].first, pairs[at].second, contexts, metrics);
      }
    });
    for (const auto& some : found) {
      judgement_.agreements.insert(judgement_.agreements.end(), some.begin(), some.end());
    }
  }

  [[nodiscard]] std::vector<Agreement> agreements_of(std::size_t a, std::size_t b,
                                                     std::size_t contexts,
                                                     const Metrics& metrics) const {
    const double level = judgement_.options.confidence;
    const auto n = static_cast<std::int32_t>(predictions_);
    std::vector<Agreement> found;
    const auto over = [&](std::size_t from, std::size_t to) {
      std::vector<double> x;
      std::vector<double> y;
      std::vector<std::int32_t> prediction;
      std::vector<std::int32_t> context;
      for (std::size_t c = from; c < to; ++c) {
        for (std::size_t i = 0; i < predictions_; ++i) {
          x.push_back(mean_of(*results_[i], c, a));
          y.push_back(mean_of(*results_[i], c, b));
          prediction.push_back(static_cast<std::int32_t>(i));
          context.push_back(static_cast<std::int32_t>(c - from));
        }
      }
      return metric_agreement(
          {x, y, metrics[a].metric->better, metrics[b].metric->better, prediction, context},
          static_cast<std::int32_t>(to - from), n, level);
    };
    for (std::size_t c = 0; c < contexts; ++c) {
      const auto one = over(c, c + 1);
      found.push_back(
          {a, b, Agreement::Over::kOneContext, c, one.pooled, one.pooled_interval, one.n});
    }
    if (contexts > 1) {
      const auto all = over(0, contexts);
      found.push_back(
          {a, b, Agreement::Over::kPooled, kAllContexts, all.pooled, all.pooled_interval, all.n});
      found.push_back({a, b, Agreement::Over::kWithinContexts, kAllContexts, all.within,
                       all.within_interval, all.n});
    }
    return found;
  }

  Conventions::Aggregation rules_;
  std::size_t predictions_;
  std::vector<const PredictionResult*> results_;  // predictions, then baselines
  SharedDraws shared_;
  std::vector<std::size_t> order_;
  MeanRank mean_rank_;
  Judgement judgement_;
};

}  // namespace

JudgementOptions judgement_options(const RunConfig& config) {
  return {.confidence = config.confidence, .draws = config.draws, .seed = config.seed};
}

std::string_view verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUndefined:
      return "undefined";
    case Verdict::kIdentical:
      return "identical";
    case Verdict::kFirstBetter:
      return "a is better";
    case Verdict::kSecondBetter:
      return "b is better";
    case Verdict::kDifferent:
      return "different";
    case Verdict::kNotToldApart:
      return "not told apart";
    case Verdict::kTooFewDraws:
      break;
  }
  return "too few draws to tell";
}

Judgement make_judgement(std::span<const PredictionResult> predictions,
                         std::span<const PredictionResult> baselines,
                         const Conventions::Aggregation& rules, const JudgementOptions& options) {
  if (predictions.empty() || options.draws <= 0) return {};
  return Judging(predictions, baselines, rules, options).run();
}

std::vector<Comparison> compare_results(Results results, std::span<const ComparedPair> pairs,
                                        const Conventions::Aggregation& rules,
                                        const JudgementOptions& options) {
  std::vector<Comparison> compared;
  const auto shared = shared_draws(*results.front(), options);
  const auto& metrics = results.front()->contexts.front().metrics;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    auto scores = scores_of(results, m, rules);
    const Strata strata(std::move(scores.contexts), shared.resamples);
    compare_under(m, *metrics[m].metric, scores, strata, pairs, shared, options, compared);
  }
  return compared;
}

Leaders leaders(const Judgement& judgement, std::size_t metric) {
  Leaders found;
  std::size_t context = 0;
  for (const auto& standing : judgement.standings) {  // the whole scope comes last
    if (standing.metric == metric && std::isfinite(standing.rank.rank)) context = standing.context;
  }
  double first = std::numeric_limits<double>::infinity();
  for (const auto& standing : judgement.standings) {
    if (standing.metric != metric || standing.context != context || std::isnan(standing.mean) ||
        !std::isfinite(standing.rank.rank)) {
      continue;
    }
    if (standing.rank.rank < first) found.best.clear();
    if (standing.rank.rank <= first) found.best.push_back(standing.prediction);
    first = std::min(first, standing.rank.rank);
  }
  if (found.best.empty()) return found;
  const auto among = [](const std::vector<std::size_t>& some, std::size_t i) {
    return std::ranges::find(some, i) != some.end();
  };
  for (const auto& compared : judgement.comparisons) {
    if (compared.metric != metric || compared.context != context || compared.with_baseline ||
        compared.reason == kLacksCells) {
      continue;
    }
    if (among(found.best, compared.first) == among(found.best, compared.second)) continue;
    const auto other = among(found.best, compared.first) ? compared.second : compared.first;
    const bool told =
        compared.verdict == Verdict::kFirstBetter || compared.verdict == Verdict::kSecondBetter;
    auto& list =
        compared.verdict == Verdict::kUndefined ? found.not_compared : found.not_told_apart;
    if (!told && !among(list, other)) list.push_back(other);
  }
  return found;
}

}  // namespace cupel
