#include "evaluation/metric_quality.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "quality/calibration.hpp"
#include "quality/identity.hpp"
#include "quality/rows.hpp"
#include "scale/score_policy.hpp"
#include "stats/side_summary.hpp"

namespace cupel {
namespace {

using quality::Row;
constexpr std::int32_t kDraws = 2'000;

// Why a metric is not judged, or nothing.
std::string_view not_judged(const Metric& metric) {
  if (metric.better == Better::kNeither) return "the metric has no better direction";
  if (metric.compute == nullptr) return "it exists for the whole screen only, not per perturbation";
  if ((metric.needs & kNeedsDe) != 0) return "it would take tests of genes in halves of the cells";
  if ((metric.needs & kNeedsCorrections) != 0) {
    return "it would take sampling corrections of halves of the cells";
  }
  return {};
}

// A prediction of the halves: profiles, and what its effects are measured from is control_b.
struct Made {
  Matrix<double> bulk;
  Matrix<double> delta;
};

class Judge {
 public:
  Judge(std::span<const std::string> perturbations, std::span<const std::int32_t> own_gene,
        const Conventions& conventions, const TruthHalves& halves, Backend& backend)
      : halves_(halves), conventions_(conventions), backend_(backend) {
    for (const auto p : halves.chosen) {
      perturbations_.push_back(perturbations[static_cast<std::size_t>(p)]);
      own_gene_.push_back(own_gene[static_cast<std::size_t>(p)]);
    }
    control_a_ = uploaded(1, [&](std::int64_t) { return halves.control_a; });
    real_ = backend.upload(halves.a.view());
    real_delta_ = backend.subtract_row(real_.view(), control_a_.view());
  }

  [[nodiscard]] Matrix<double> uploaded(
      std::int64_t rows, const std::function<std::vector<double>(std::int64_t)>& row) const {
    auto host = make_host_matrix<double>(rows, halves_.a.cols());
    for (std::int64_t r = 0; r < rows; ++r) std::ranges::copy(row(r), host.view().row(r));
    return backend_.upload(std::as_const(host).view());
  }
  [[nodiscard]] Made from_profiles(MatrixView<const double> host) const {
    const auto control = uploaded(1, [&](std::int64_t) { return halves_.control_b; });
    auto bulk = backend_.upload(host);
    auto delta = backend_.subtract_row(bulk.view(), control.view());
    return {std::move(bulk), std::move(delta)};
  }
  [[nodiscard]] Made same_for_all(const std::vector<double>& profile) const {
    auto host = make_host_matrix<double>(halves_.a.rows(), halves_.a.cols());
    for (std::int64_t r = 0; r < host.rows(); ++r) std::ranges::copy(profile, host.view().row(r));
    return from_profiles(std::as_const(host).view());
  }
  // Every gene at the mean over genes, of the profile and of the effect.
  [[nodiscard]] Made flat() const {
    const auto level = [&](std::int64_t row, double offset) {
      double sum = 0.0;
      for (std::int64_t g = 0; g < halves_.a.cols(); ++g) {
        sum += halves_.a.view()(row, g) - offset * halves_.control_a[static_cast<std::size_t>(g)];
      }
      const auto n = static_cast<std::size_t>(halves_.a.cols());
      return std::vector<double>(n, sum / static_cast<double>(n));
    };
    return {uploaded(halves_.a.rows(), [&](std::int64_t r) { return level(r, 0.0); }),
            uploaded(halves_.a.rows(), [&](std::int64_t r) { return level(r, 1.0); })};
  }

  [[nodiscard]] std::vector<Score> scores(const Metric& metric, const Made& made) const {
    Case input;
    input.perturbations = perturbations_;
    input.conventions = &conventions_;
    input.real_bulk = real_.view();
    input.pred_bulk = made.bulk.view();
    input.real_delta = real_delta_.view();
    input.pred_delta = made.delta.view();
    input.control_bulk = control_a_.view();
    input.own_gene = own_gene_;
    input.bulk_total = bulk_total(conventions_);
    input.weights = halves_.weights.view();
    return metric.compute(input, metric, backend_);
  }

 private:
  const TruthHalves& halves_;
  const Conventions& conventions_;
  Backend& backend_;
  std::vector<std::string> perturbations_;
  std::vector<std::int32_t> own_gene_;
  Matrix<double> control_a_;
  Matrix<double> real_;
  Matrix<double> real_delta_;
};

// What a prediction that knows nothing scores: the middle of a bounded range, 0 for a share of
// variance, else what a flat profile gets.
double chance_of(const Metric& metric, const Score& flat) {
  if (std::isfinite(metric.low) && std::isfinite(metric.high))
    return (metric.low + metric.high) / 2;
  return metric.better == Better::kHigher ? 0.0 : flat.value;
}

void judge(const Metric& metric, const std::vector<std::vector<Score>>& made,
           const Resamples& resamples, MetricQuality& result) {
  const auto& [duplicate, interpolated, mean, no_change, flat] =
      std::tie(made[0], made[1], made[2], made[3], made[4]);
  std::vector<Score> fractions;
  std::vector<Score> identity;
  std::vector<double> negative;
  for (std::size_t p = 0; p < duplicate.size(); ++p) {
    const auto& below = mean[p].defined() ? mean[p] : no_change[p];
    negative.push_back(below.value);
    fractions.push_back(quality::dynamic_range_fraction(interpolated[p].value, below.value,
                                                        metric.perfect, metric.better));
    identity.push_back(
        quality::identity_share(no_change[p].value, chance_of(metric, flat[p]), metric.perfect));
  }
  const auto range = quality::summarise_range(fractions, resamples);
  result.n = std::ssize(duplicate);
  result.drf = range.median.value;
  result.drf_low = range.median.interval.low;
  result.drf_high = range.median.interval.high;
  result.bds = quality::bound_discrimination(quality::values_of(duplicate), negative, metric.better)
                   .share.value;
  result.no_change_score = average_score(no_change);
  if (quality::check_identity(identity).dominated) {
    result.verdict = "identity-dominated";
    result.reason = "predicting no change covers nine tenths of the way from chance to perfect";
    return;
  }
  result.verdict = std::isnan(range.median.value) ? "not judged"
                   : range.usable                 ? "usable"
                                                  : "not usable";
  result.reason = range.median.undefined_because;
}

}  // namespace

std::vector<MetricQuality> judge_metrics(std::span<const Metric* const> metrics,
                                         std::span<const std::string> perturbations,
                                         std::span<const std::int32_t> own_gene,
                                         const Conventions& conventions, const TruthHalves& halves,
                                         std::uint64_t seed, Backend& backend) {
  std::vector<MetricQuality> results;
  std::vector<std::size_t> judged;
  for (const auto* metric : metrics) {
    MetricQuality result;
    result.metric = metric->name;
    result.verdict = "not judged";
    result.reason = not_judged(*metric);
    if (result.reason.empty() && halves.chosen.empty()) {
      result.reason = "no perturbation has cells enough for two halves";
    }
    if (result.reason.empty()) judged.push_back(results.size());
    results.push_back(std::move(result));
  }
  if (judged.empty()) return results;

  const Judge with(perturbations, own_gene, conventions, halves, backend);
  std::vector<std::vector<std::vector<Score>>> scores(judged.size());  // by metric, by prediction
  const auto score = [&](const Made& made) {
    for (std::size_t k = 0; k < judged.size(); ++k) {
      scores[k].push_back(with.scores(*metrics[judged[k]], made));
    }
  };
  score(with.from_profiles(halves.b.view()));
  score(with.from_profiles(halves.interpolated.view()));
  score(with.same_for_all(halves.mean));
  score(with.same_for_all(halves.control_b));
  score(with.flat());
  const Resamples resamples(std::ssize(halves.chosen), kDraws, seed);
  for (std::size_t k = 0; k < judged.size(); ++k) {
    judge(*metrics[judged[k]], scores[k], resamples, results[judged[k]]);
  }
  return results;
}

}  // namespace cupel
