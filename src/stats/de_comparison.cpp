#include "stats/de_comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "cupel/error.hpp"
#include "cupel/math/bitmap.hpp"
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

// A set of features for each target; fill(target, words) adds to an empty one.
template <typename Fill>
Matrix<std::uint64_t> make_sets(std::int64_t n_targets, std::int64_t n_features, const Fill& fill) {
  constexpr std::int64_t kTargetsAtATime = 8;
  auto sets = make_host_matrix<std::uint64_t>(n_targets, math::words_for(n_features));
  for_each_chunk(n_targets, kTargetsAtATime, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t target = begin; target < end; ++target) {
      std::uint64_t* words = sets.view().row(target);
      std::fill_n(words, sets.cols(), std::uint64_t{0});
      fill(target, words);
    }
  });
  return sets;
}

void add_to_set(std::uint64_t* words, std::int64_t feature) {
  words[feature / math::kBitsOfWord] |= math::bit_of(feature);
}

void add_all_to_set(std::uint64_t* words, std::int64_t n_features) {
  for (std::int64_t begin = 0; begin < n_features; begin += math::kBitsOfWord) {
    const std::int64_t columns = std::min(n_features - begin, math::kBitsOfWord);
    words[begin / math::kBitsOfWord] = ~std::uint64_t{0} >> (math::kBitsOfWord - columns);
  }
}

// Another column of a table, value(target, feature).
template <typename Value>
Matrix<double> make_table_column(std::int64_t n_targets, std::int64_t n_features,
                                 const Value& value) {
  auto column = make_host_matrix<double>(n_targets, n_features);
  for_each_chunk(n_targets, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t target = begin; target < end; ++target) {
      for (std::int64_t feature = 0; feature < n_features; ++feature) {
        column.view()(target, feature) = value(target, feature);
      }
    }
  });
  return column;
}

// Rows [begin, end).
template <typename T>
MatrixView<const T> target_rows(MatrixView<const T> matrix, std::int64_t begin, std::int64_t end) {
  return {matrix.row(begin), end - begin, matrix.cols, matrix.space};
}

template <typename T>
std::vector<T> downloaded(Backend& backend, const Matrix<T>& matrix) {
  std::vector<T> values(static_cast<std::size_t>(matrix.rows() * matrix.cols()));
  backend.download(matrix.view(), values);
  return values;
}

bool has_trend(double log2_fold_change, Trend trend) {
  switch (trend) {
    case Trend::kUp:
      // A NaN that the conventions keep counts as positive: the largest value in every ranking.
      return log2_fold_change > 0.0 || std::isnan(log2_fold_change);
    case Trend::kDown:
      return log2_fold_change < 0.0;
    case Trend::kAny:
      break;
  }
  return true;
}

}  // namespace

DeComparison::DeComparison(const DeTable& real, const DeTable& pred,
                           std::span<const std::int32_t> own_gene, const Conventions::De& de,
                           Backend& backend)
    : real_(&real),
      pred_(&pred),
      own_gene_(own_gene.begin(), own_gene.end()),
      de_(de),
      policy_(de),
      backend_(&backend) {
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
  const auto as_sets = [&](std::vector<std::int32_t> Calls::*list) {
    return place(make_sets(n_targets, n_features(),
                           [&](std::int64_t target, std::uint64_t* words) {
                             for (const std::int32_t feature : calls(target).*list) {
                               add_to_set(words, feature);
                             }
                           }),
                 backend);
  };
  real_calls_ = as_sets(&Calls::real);
  pred_calls_ = as_sets(&Calls::pred);
  count_calls();
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
  for (std::int64_t feature = 0; feature < n_features(); ++feature) {
    calls.tested += in_real(target, feature) || in_pred(target, feature) ? 1 : 0;
  }
  return calls;
}

void DeComparison::count_calls() {
  const auto both = downloaded(*backend_, backend_->overlaps(std::as_const(real_calls_).view(),
                                                             std::as_const(pred_calls_).view()));
  for (std::int64_t target = 0; target < n_targets(); ++target) {
    Calls& calls = calls_[at(target)];
    calls.counts = {std::ssize(calls.real), std::ssize(calls.pred), both[at(target)]};
    const std::int32_t own = own_gene(target);
    const bool in_real_calls = std::ranges::binary_search(calls.real, own);
    const bool in_pred_calls = std::ranges::binary_search(calls.pred, own);
    calls.counts_without_own = {calls.counts.real - (in_real_calls ? 1 : 0),
                                calls.counts.pred - (in_pred_calls ? 1 : 0),
                                calls.counts.both - (in_real_calls && in_pred_calls ? 1 : 0)};
  }
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

MatrixView<const double> DeComparison::on_backend(const Matrix<double>& column) const {
  return placed_.try_emplace(&column, column.view(), *backend_).first->second.view();
}

const Matrix<double>& DeComparison::fold_changes(const DeTable& table) const {
  if (&table != pred_ || table.absent.empty()) return table.log2_fold_change;
  if (!pred_or_zero_) {
    pred_or_zero_ = make_table_column(
        n_targets(), n_features(), [&](std::int64_t target, std::int64_t feature) {
          return in_pred(target, feature) ? table.log2_fold_change.view()(target, feature) : 0.0;
        });
  }
  return *pred_or_zero_;
}

// Ties keep the table's order; NaN is the largest value.
ValueOrder DeComparison::list_order() const {
  return {.float32 = de_.float32_columns,
          .absolute = de_.sort_by == SortBy::kAbsLog2FoldChange,
          .largest_first =
              de_.sort_by == SortBy::kAbsLog2FoldChange || de_.sort_by == SortBy::kLog2FoldChange};
}

MatrixView<const double> DeComparison::list_keys(const DeTable& table) const {
  switch (de_.sort_by) {
    case SortBy::kAbsLog2FoldChange:
    case SortBy::kLog2FoldChange:
      return on_backend(fold_changes(table));
    case SortBy::kPValue:
      return on_backend(table.p_value);
    case SortBy::kPAdj:
      break;
  }
  auto& policed = policed_[&table == real_ ? 0 : 1];
  if (!policed) {
    policed = make_table_column(
        n_targets(), n_features(),
        [&](std::int64_t target, std::int64_t feature) { return p_adj(table, target, feature); });
  }
  return on_backend(*policed);
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

// Of the truth's rows; what is not one is in no ranking.
void DeComparison::score_predicted(std::int64_t target, double smallest_positive,
                                   double* scores) const {
  for (std::int64_t feature = 0; feature < n_features(); ++feature) {
    scores[feature] = in_real(target, feature)
                          ? auc_score(pred_p_adj_or_one(target, feature), de_, smallest_positive)
                          : 0.0;
  }
}

const std::vector<CommonCalls>& DeComparison::common_calls(std::int32_t k) const {
  if (const auto found = common_calls_.find(k); found != common_calls_.end()) return found->second;
  std::vector<std::int32_t> limits{k};
  for (const std::int32_t usual : kListDepths) {
    if (usual != k && !common_calls_.contains(usual)) limits.push_back(usual);
  }
  std::vector<std::int32_t> depth;
  for (const Calls& calls : calls_) {
    for (const std::int32_t limit : limits) {
      for (const std::int64_t listed : {calls.counts.real, calls.counts.pred}) {
        depth.push_back(
            static_cast<std::int32_t>(limit > 0 ? std::min<std::int64_t>(limit, listed) : listed));
      }
    }
  }
  // A part of the targets at a time, so that their lists take little memory.
  constexpr std::int64_t kWordsAtATime = std::int64_t{1} << 20;
  const std::int64_t lists = 2 * std::ssize(limits);
  const std::int64_t most = std::max(
      kWordsAtATime / (lists * std::max(real_calls_.cols(), std::int64_t{1})), std::int64_t{1});
  for (std::int64_t begin = 0; begin < n_targets(); begin += most) {
    const std::int64_t end = std::min(begin + most, n_targets());
    const auto depths = std::span(depth).subspan(at(begin * lists), at((end - begin) * lists));
    const auto first_of = [&](const DeTable& table, const Matrix<std::uint64_t>& calls) {
      return backend_->top_k(target_rows(list_keys(table), begin, end),
                             target_rows(calls.view(), begin, end), depths, list_order());
    };
    const Matrix<std::uint64_t> real = first_of(*real_, real_calls_);
    const Matrix<std::uint64_t> pred = first_of(*pred_, pred_calls_);
    const auto common = downloaded(*backend_, backend_->overlaps(real.view(), pred.view()));
    for (auto next = common.begin(); next != common.end();) {
      for (const std::int32_t limit : limits) {
        common_calls_[limit].push_back({next[0], next[1]});
        next += 2;
      }
    }
  }
  return common_calls_[k];
}

const std::vector<RankAgreement>& DeComparison::rank_agreement(Trend trend) const {
  auto& result = rank_agreement_[static_cast<std::size_t>(trend)];
  if (result) return *result;
  result.emplace(calls_.size());
  const Matrix<std::uint64_t> chosen =
      place(make_sets(n_targets(), n_features(),
                      [&](std::int64_t target, std::uint64_t* words) {
                        for (const std::int32_t feature : calls(target).real) {
                          if (!has_trend(real_log2_fold_change(target, feature), trend)) continue;
                          add_to_set(words, feature);
                          ++(*result)[at(target)].genes;
                        }
                      }),
            *backend_);
  const auto rho =
      downloaded(*backend_, backend_->rank_correlation(on_backend(fold_changes(*real_)),
                                                       on_backend(fold_changes(*pred_)),
                                                       chosen.view(), de_.float32_columns));
  for (std::size_t target = 0; target < rho.size(); ++target) (*result)[target].rho = rho[target];
  return *result;
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

// The scores are made here: which of them are equal rests on the C library's log10. A part of the
// targets at a time, so that they take little memory.
const std::vector<RankingAreas>& DeComparison::ranking_areas() const {
  if (ranking_areas_) return *ranking_areas_;
  constexpr std::int64_t kScoresAtATime = std::int64_t{2} << 20;
  const double smallest = de_.auc_floor == AucFloor::kMinNonzero ? smallest_positive_p_adj() : 0.0;
  const Matrix<std::uint64_t> rows =
      place(make_sets(n_targets(), n_features(),
                      [&](std::int64_t target, std::uint64_t* words) {
                        if (real_->absent.empty()) {
                          add_all_to_set(words, n_features());
                          return;
                        }
                        for (std::int64_t feature = 0; feature < n_features(); ++feature) {
                          if (in_real(target, feature)) add_to_set(words, feature);
                        }
                      }),
            *backend_);
  ranking_areas_.emplace();
  const std::int64_t most = std::clamp(kScoresAtATime / std::max(n_features(), std::int64_t{1}),
                                       std::int64_t{1}, std::max(n_targets(), std::int64_t{1}));
  auto scores = make_host_matrix<double>(most, n_features());
  for (std::int64_t begin = 0; begin < n_targets(); begin += most) {
    const std::int64_t end = std::min(begin + most, n_targets());
    for_each_chunk(end - begin, 1, [&](std::int64_t first, std::int64_t last) {
      for (std::int64_t i = first; i < last; ++i) {
        score_predicted(begin + i, smallest, scores.view().row(i));
      }
    });
    const Placed<double> placed(target_rows(std::as_const(scores).view(), 0, end - begin),
                                *backend_);
    const auto areas = downloaded(
        *backend_, backend_->ranking_areas(
                       placed.view(), target_rows(std::as_const(real_calls_).view(), begin, end),
                       target_rows(rows.view(), begin, end)));
    for (std::size_t i = 0; i < areas.size(); i += 2) {
      ranking_areas_->push_back(std::isnan(areas[i]) ? RankingAreas{}
                                                     : RankingAreas{areas[i], areas[i + 1], false});
    }
  }
  return *ranking_areas_;
}

}  // namespace cupel
