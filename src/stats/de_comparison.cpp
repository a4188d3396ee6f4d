#include "stats/de_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cupel/error.hpp"
#include "cupel/nan.hpp"
#include "parallel/parallel.hpp"
#include "stats/auc_score.hpp"

namespace cupel {
namespace {

constexpr double kRawPurity = 0.9;
constexpr double kLeastHeadroom = 0.05;

// One value per target, targets in parallel.
template <typename Value, typename Compute>
std::vector<Value> per_target(std::int64_t n_targets, const Compute& compute) {
  std::vector<Value> values(static_cast<std::size_t>(n_targets));
  for_each_chunk(n_targets, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t target = begin; target < end; ++target) {
      values[static_cast<std::size_t>(target)] = compute(target);
    }
  });
  return values;
}

std::vector<std::int32_t> rank_of_names(const std::vector<std::string>& names) {
  std::vector<std::int32_t> order(names.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, {}, [&](std::int32_t i) -> const std::string& {
    return names[static_cast<std::size_t>(i)];
  });
  std::vector<std::int32_t> rank(names.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    rank[static_cast<std::size_t>(order[place])] = static_cast<std::int32_t>(place);
  }
  return rank;
}

// Both lists ascending.
std::int64_t count_common(std::span<const std::int32_t> a, std::span<const std::int32_t> b) {
  std::int64_t common = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) ++common;
    const bool advance_a = a[i] <= b[j];
    const bool advance_b = b[j] <= a[i];
    i += advance_a ? 1 : 0;
    j += advance_b ? 1 : 0;
  }
  return common;
}

}  // namespace

DeComparison::DeComparison(const DeTable& real, const DeTable& pred,
                           std::span<const std::int32_t> own_gene, const Conventions::De& de)
    : real_(&real),
      pred_(&pred),
      own_gene_(own_gene.begin(), own_gene.end()),
      de_(de),
      policy_(de) {
  if (real.targets != pred.targets || real.features != pred.features ||
      own_gene.size() != real.targets.size()) {
    throw Error(ErrorKind::kInternal,
                fmt::format("tables of differential expression that do not line up: {} × {} and "
                            "{} × {}, {} own genes",
                            real.targets.size(), real.features.size(), pred.targets.size(),
                            pred.features.size(), own_gene.size()));
  }
  if (!de.exclude_target_gene) std::ranges::fill(own_gene_, -1);
  const auto n_targets = std::ssize(real.targets);
  calls_ = per_target<Calls>(n_targets, [&](std::int64_t target) { return call(target); });
  direction_ = per_target<DirectionCounts>(
      n_targets, [&](std::int64_t target) { return compare_directions(target); });
}

std::vector<std::int32_t> DeComparison::called_features(const DeTable& table,
                                                        std::int64_t target) const {
  std::vector<std::int32_t> called;
  const double* raw = table.p_adj.view().row(target);
  for (std::int64_t feature = 0; feature < n_features(); ++feature) {
    // The policies only ever raise p_adj to 1, so the cheap test may come first.
    if (!policy_.called(policy_.read(raw[feature]))) continue;
    if (has_row(table, target, feature) && policy_.called(p_adj(table, target, feature))) {
      called.push_back(static_cast<std::int32_t>(feature));
    }
  }
  return called;
}

Calls DeComparison::call(std::int64_t target) const {
  Calls calls;
  calls.real = called_features(*real_, target);
  calls.pred = called_features(*pred_, target);
  calls.counts = {std::ssize(calls.real), std::ssize(calls.pred),
                  count_common(calls.real, calls.pred)};
  const std::int32_t own = own_gene(target);
  const bool in_real_calls = std::ranges::binary_search(calls.real, own);
  const bool in_pred_calls = std::ranges::binary_search(calls.pred, own);
  calls.counts_without_own = {calls.counts.real - (in_real_calls ? 1 : 0),
                              calls.counts.pred - (in_pred_calls ? 1 : 0),
                              calls.counts.both - (in_real_calls && in_pred_calls ? 1 : 0)};
  for (std::int64_t feature = 0; feature < n_features(); ++feature) {
    calls.tested += in_real(target, feature) || in_pred(target, feature) ? 1 : 0;
  }
  return calls;
}

DirectionCounts DeComparison::compare_directions(std::int64_t target) const {
  const std::int32_t own = own_gene(target);
  DirectionCounts counts;
  counts.n_conf = calls(target).counts_without_own.real;
  std::int64_t up = 0;
  std::int64_t down = 0;
  for (const std::int32_t feature : calls(target).real) {
    if (feature == own) continue;
    const double real = real_log2_fold_change(target, feature);
    up += real > 0.0 ? 1 : 0;
    down += real < 0.0 ? 1 : 0;
  }
  counts.majority = up + down == 0
                        ? std::numeric_limits<double>::quiet_NaN()
                        : static_cast<double>(std::max(up, down)) / static_cast<double>(up + down);
  counts.headroom = std::max(1.0 - counts.majority, kLeastHeadroom);
  for (const std::int32_t feature : calls(target).pred) {
    if (feature == own || !in_real(target, feature)) continue;
    const double real = real_log2_fold_change(target, feature);
    if (!has_direction(real)) continue;
    ++counts.n_pred;
    counts.matches += directions_match(real, pred_log2_fold_change(target, feature)) ? 1 : 0;
  }
  return counts;
}

// Place of each feature in the list sorted as the conventions say. Ties keep the table's order; NaN
// is the largest value.
std::vector<std::int32_t> DeComparison::ranks(const DeTable& table, std::int64_t target,
                                              std::span<const std::int32_t> features) const {
  const bool largest_first =
      de_.sort_by == SortBy::kAbsLog2FoldChange || de_.sort_by == SortBy::kLog2FoldChange;
  std::vector<double> key;
  key.reserve(features.size());
  for (const std::int32_t feature : features) {
    switch (de_.sort_by) {
      case SortBy::kAbsLog2FoldChange:
        key.push_back(std::abs(policy_.read(table.log2_fold_change.view()(target, feature))));
        break;
      case SortBy::kLog2FoldChange:
        key.push_back(policy_.read(table.log2_fold_change.view()(target, feature)));
        break;
      case SortBy::kPValue:
        key.push_back(policy_.read(table.p_value.view()(target, feature)));
        break;
      case SortBy::kPAdj:
        key.push_back(p_adj(table, target, feature));
        break;
    }
  }
  std::vector<std::int32_t> order(features.size());
  std::iota(order.begin(), order.end(), 0);
  const auto less = [&](double a, double b) {
    if (std::isnan(a)) return false;
    return std::isnan(b) || a < b;
  };
  std::ranges::sort(order, [&](std::int32_t i, std::int32_t j) {
    const double a = key[static_cast<std::size_t>(largest_first ? j : i)];
    const double b = key[static_cast<std::size_t>(largest_first ? i : j)];
    if (less(a, b)) return true;
    if (less(b, a)) return false;
    return i < j;
  });
  std::vector<std::int32_t> rank(features.size());
  for (std::size_t place = 0; place < order.size(); ++place) {
    rank[static_cast<std::size_t>(order[place])] = static_cast<std::int32_t>(place);
  }
  return rank;
}

std::vector<SharedCall> DeComparison::rank_shared_calls(std::int64_t target) const {
  const Calls& called = calls(target);
  const auto real_rank = ranks(*real_, target, called.real);
  const auto pred_rank = ranks(*pred_, target, called.pred);
  std::vector<SharedCall> shared;
  for (std::size_t i = 0, j = 0; i < called.real.size() && j < called.pred.size();) {
    if (called.real[i] < called.pred[j]) {
      ++i;
    } else if (called.real[i] > called.pred[j]) {
      ++j;
    } else {
      shared.push_back({real_rank[i++], pred_rank[j++]});
    }
  }
  return shared;
}

std::vector<CurveGene> DeComparison::purity_curve(CurvePool pool, std::int64_t target) const {
  if (name_rank_.empty()) name_rank_ = rank_of_names(real_->features);
  const auto or_last = [](double value, double last) { return std::isnan(value) ? last : value; };
  const bool has_p_value = pred_->p_value.rows() > 0;
  std::vector<CurveGene> genes;
  const auto add = [&](std::int32_t feature) {
    if (!in_real(target, feature) || !in_pred(target, feature)) return;
    const double real = real_log2_fold_change(target, feature);
    if (!has_direction(real)) return;
    const double pred = pred_log2_fold_change(target, feature);
    const double p = has_p_value ? policy_.read(pred_->p_value.view()(target, feature)) : kInfinity;
    genes.push_back({or_last(p_adj(*pred_, target, feature), kInfinity), or_last(p, kInfinity),
                     or_last(std::abs(pred), -kInfinity), name_rank_[at(feature)], feature,
                     directions_match(real, pred)});
  };
  if (pool == CurvePool::kRealCalls) {
    for (const std::int32_t feature : calls(target).real) add(feature);
  } else {
    for (std::int32_t feature = 0; feature < n_features(); ++feature) add(feature);
  }
  sort_by_confidence(genes);
  return genes;
}

CurveDepths DeComparison::walk_curve(CurvePool pool, std::int64_t target) const {
  if (calls(target).counts.real == 0) return {};  // every reading divides by a count of true calls
  const double alpha = de_.p_adj_threshold;
  const double majority = direction(target).majority;
  DeepestPrefix own_kept(1.0 - alpha / 2.0);
  DeepestPrefix corrected(majority + (1.0 - alpha) * (1.0 - majority));
  DeepestPrefix raw(kRawPurity);
  for (const CurveGene& gene : purity_curve(pool, target)) {
    own_kept.add(gene.match);
    if (gene.feature == own_gene(target)) continue;
    corrected.add(gene.match);
    raw.add(gene.match);
  }
  return {own_kept.deepest(), corrected.deepest(), raw.deepest()};
}

// What the areas rank by: a missing row or a NaN says nothing, and reads 1.
double DeComparison::pred_p_adj_or_one(std::int64_t target, std::int64_t feature) const {
  const double q = in_pred(target, feature) ? p_adj(*pred_, target, feature) : 1.0;
  return std::isnan(q) ? 1.0 : q;
}

double DeComparison::smallest_positive_p_adj() const {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  const auto smallest = per_target<double>(n_targets(), [&](std::int64_t target) {
    double least = kNone;
    for (std::int64_t feature = 0; feature < n_features(); ++feature) {
      if (!in_real(target, feature)) continue;
      const double q = pred_p_adj_or_one(target, feature);
      if (q > 0.0) least = std::min(least, q);
    }
    return least;
  });
  const double least = smallest.empty() ? kNone : *std::ranges::min_element(smallest);
  return least == kNone ? 0.0 : least;
}

RankingAreas DeComparison::rank_real_calls(std::int64_t target, double smallest_positive) const {
  std::vector<double> score;
  std::vector<std::uint8_t> called;
  score.reserve(at(n_features()));
  called.reserve(at(n_features()));
  for (std::int64_t feature = 0; feature < n_features(); ++feature) {
    if (!in_real(target, feature)) continue;
    score.push_back(auc_score(pred_p_adj_or_one(target, feature), de_, smallest_positive));
    called.push_back(policy_.called(p_adj(*real_, target, feature)) ? 1 : 0);
  }
  return cupel::ranking_areas(score, called);
}

const std::vector<std::vector<SharedCall>>& DeComparison::shared_calls() const {
  if (!shared_calls_) {
    shared_calls_ = per_target<std::vector<SharedCall>>(
        n_targets(), [&](std::int64_t target) { return rank_shared_calls(target); });
  }
  return *shared_calls_;
}

const std::vector<CurveDepths>& DeComparison::curve_depths(CurvePool pool) const {
  auto& depths = curve_depths_[static_cast<std::size_t>(pool)];
  if (!depths) {
    if (name_rank_.empty()) name_rank_ = rank_of_names(real_->features);
    depths = per_target<CurveDepths>(n_targets(),
                                     [&](std::int64_t target) { return walk_curve(pool, target); });
  }
  return *depths;
}

const std::vector<RankingAreas>& DeComparison::ranking_areas() const {
  if (!ranking_areas_) {
    const double smallest =
        de_.auc_floor == AucFloor::kMinNonzero ? smallest_positive_p_adj() : 0.0;
    ranking_areas_ = per_target<RankingAreas>(
        n_targets(), [&](std::int64_t target) { return rank_real_calls(target, smallest); });
  }
  return *ranking_areas_;
}

}  // namespace cupel
