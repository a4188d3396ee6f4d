#include "report/judgement_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "io/output_file.hpp"
#include "report/report.hpp"
#include "report/shown.hpp"
#include "text.hpp"

namespace cupel {
namespace {

constexpr std::size_t kPredictionsNamed = 6;
constexpr std::size_t kMetricsShown = 6;

std::string metric_name(const Report& report, std::size_t metric) {
  return metric == kMeanRank ? "mean_rank" : std::string(metrics_of(report)[metric].metric->name);
}

std::string context_name(const Report& report, std::size_t context) {
  return context == kAllContexts ? "(macro mean)"
                                 : report.predictions.front().contexts[context].context;
}

const std::string& prediction_name(const Report& report, std::size_t prediction) {
  const auto n = report.predictions.size();
  return prediction < n ? report.predictions[prediction].name
                        : report.baselines[prediction - n].name;
}

std::vector<std::string> names_of(const Report& report, const std::vector<std::size_t>& which) {
  std::vector<std::string> names;
  for (const auto i : which) names.push_back(prediction_name(report, i));
  return names;
}

bool is_scored(const Report& report, std::size_t metric) {
  return metrics_of(report)[metric].metric->scoring != ScoringClass::kDiagnostic;
}

// Lines for some metrics, and how many more there would be.
class ShortList {
 public:
  void add(std::string line) {
    ++lines_;
    if (lines_ <= kMetricsShown) text_ += std::move(line);
  }
  [[nodiscard]] std::string text() const {
    if (lines_ <= kMetricsShown) return text_;
    return text_ +
           fmt::format("  and under {} more metrics: comparisons.csv\n", lines_ - kMetricsShown);
  }
  [[nodiscard]] bool empty() const { return lines_ == 0; }

 private:
  std::string text_;
  std::size_t lines_ = 0;
};

// "replicate is best; not told apart from it: noisy".
std::string best_text(const Report& report, const Leaders& found) {
  const auto best = listed(names_of(report, found.best), kPredictionsNamed);
  const bool one = found.best.size() == 1;
  auto text = fmt::format("{} {} best", best, one ? "is" : "are");
  if (!found.not_told_apart.empty()) {
    text += fmt::format("; not told apart from {}: {}", one ? "it" : "them",
                        listed(names_of(report, found.not_told_apart), kPredictionsNamed));
  }
  return text;
}

std::string leaders_text(const Report& report, const Judgement& judgement) {
  if (report.predictions.size() < 2) return {};
  std::string text;
  const auto overall = leaders(judgement, kMeanRank);
  if (!overall.best.empty()) {
    text += fmt::format("by mean rank {}{}\n", best_text(report, overall),
                        overall.not_told_apart.empty() && overall.best.size() == 1
                            ? ", told apart from every other"
                            : "");
  }
  ShortList lines;
  std::size_t scored = 0;
  std::size_t clear = 0;
  for (std::size_t m = 0; m < metrics_of(report).size(); ++m) {
    if (!is_scored(report, m)) continue;
    ++scored;
    const auto found = leaders(judgement, m);
    const bool one = found.best.size() == 1;
    if (one && found.not_told_apart.empty() && found.not_compared.empty()) ++clear;
    if (found.best.empty() || (one && found.not_told_apart.empty())) continue;
    lines.add(fmt::format("  {}: {}\n", metric_name(report, m), best_text(report, found)));
  }
  if (clear > 0) {
    text += fmt::format(
        "one prediction is told apart from every other under {} of {} scored "
        "metrics{}\n",
        clear, scored, lines.empty() ? "" : "; else");
  } else if (!lines.empty()) {
    text += "under no scored metric is one prediction told apart from every other:\n";
  }
  return text + lines.text();
}

std::string baselines_text(const Report& report, const Judgement& judgement) {
  if (report.baselines.empty() || judgement.standings.empty()) return {};
  const bool several = report.predictions.front().contexts.size() > 1;
  const std::size_t whole = several ? kAllContexts : 0;
  ShortList lines;
  for (std::size_t m = 0; m < metrics_of(report).size(); ++m) {
    if (!is_scored(report, m)) continue;
    std::vector<std::size_t> behind;
    std::string baseline;
    for (const auto& one : judgement.comparisons) {
      if (one.metric != m || one.context != whole || !one.with_baseline) continue;
      if (one.verdict == Verdict::kFirstBetter || one.verdict == Verdict::kUndefined) continue;
      behind.push_back(one.first);
      baseline = prediction_name(report, one.second);
    }
    if (behind.empty()) continue;
    lines.add(fmt::format("  {} ({}): {}\n", metric_name(report, m), baseline,
                          listed(names_of(report, behind), kPredictionsNamed)));
  }
  return lines.empty() ? ""
                       : "not shown to be better than the best simple baseline:\n" + lines.text();
}

// Of the scored metrics over all contexts, the pair of the lowest tau.
std::string disagreement_text(const Report& report, const Judgement& judgement) {
  const Agreement* lowest = nullptr;
  for (const auto& one : judgement.agreements) {
    const bool several = report.predictions.front().contexts.size() > 1;
    const auto wanted = several ? Agreement::Over::kWithinContexts : Agreement::Over::kOneContext;
    if (one.over != wanted || !one.tau.defined()) continue;
    if (!is_scored(report, one.first) || !is_scored(report, one.second)) continue;
    if (lowest == nullptr || one.tau.value < lowest->tau.value) lowest = &one;
  }
  if (lowest == nullptr || report.predictions.size() < 3) return {};
  if (lowest->tau.value > 1.0 - 1e-12) return "all scored metrics agree about the order\n";
  const auto interval = lowest->interval.defined()
                            ? fmt::format(", {:.4g} % interval {:.2f} to {:.2f}",
                                          100.0 * judgement.options.confidence,
                                          lowest->interval.low, lowest->interval.high)
                            : "";
  return fmt::format("{} and {} disagree most about the order (Kendall's tau {:.2f}{})\n",
                     metric_name(report, lowest->first), metric_name(report, lowest->second),
                     lowest->tau.value, interval);
}

void write_file(const std::string& folder, const char* name, const std::string& text) {
  io::OutputFile file(std::filesystem::path(folder) / name);
  file.write(text);
  file.commit();
}

}  // namespace

Judgement judge_report(const Report& report) {
  return make_judgement(report.predictions, report.baselines,
                        report.profile.conventions.aggregation, judgement_options(report.config));
}

std::string intervals_csv(const Report& report, const Judgement& judgement) {
  std::string csv = "prediction,context,metric,mean,low,high,n,rank,rank_low,rank_high,reason\n";
  const auto all = report.predictions.size() + report.baselines.size();
  std::vector<std::vector<const Standing*>> of(all);
  for (const auto& one : judgement.standings) of[one.prediction].push_back(&one);
  for (const auto& standings : of) {
    for (const auto* one : standings) {
      csv += fmt::format(
          "{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(prediction_name(report, one->prediction)),
          csv_text(context_name(report, one->context)), metric_name(report, one->metric),
          csv_number(one->mean), csv_number_or_nothing(one->interval.low),
          csv_number_or_nothing(one->interval.high),
          one->metric == kMeanRank ? "" : std::to_string(one->n),
          csv_number_or_nothing(one->rank.rank), csv_number_or_nothing(one->rank.low),
          csv_number_or_nothing(one->rank.high), csv_text(one->interval.undefined_because));
    }
  }
  return csv;
}

std::string comparisons_csv(const Report& report, const Judgement& judgement) {
  std::string csv = "context,metric,a,b,difference,low,high,p,p_holm,n,verdict,reason\n";
  for (const auto& one : judgement.comparisons) {
    const auto reason = one.reason.empty() ? one.interval.undefined_because : one.reason;
    csv += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(context_name(report, one.context)),
        metric_name(report, one.metric), csv_text(prediction_name(report, one.first)),
        csv_text(prediction_name(report, one.second)), csv_number_or_nothing(one.difference),
        csv_number_or_nothing(one.interval.low), csv_number_or_nothing(one.interval.high),
        csv_number_or_nothing(one.p), csv_number_or_nothing(one.p_holm),
        one.metric == kMeanRank ? "" : std::to_string(one.n), verdict_text(one.verdict),
        csv_text(reason));
  }
  return csv;
}

std::string metric_agreement_csv(const Report& report, const Judgement& judgement) {
  std::string csv = "metric_a,metric_b,context,tau,low,high,n,reason\n";
  for (const auto& one : judgement.agreements) {
    const auto context = one.over == Agreement::Over::kPooled ? "(pooled)"
                         : one.over == Agreement::Over::kWithinContexts
                             ? "(within contexts)"
                             : context_name(report, one.context);
    csv += fmt::format(
        "{},{},{},{},{},{},{},{}\n", metric_name(report, one.first),
        metric_name(report, one.second), csv_text(context), csv_number_or_nothing(one.tau.value),
        csv_number_or_nothing(one.interval.low), csv_number_or_nothing(one.interval.high), one.n,
        csv_text(one.interval.undefined_because));
  }
  return csv;
}

std::string judgement_text(const Report& report, const Judgement& judgement) {
  if (!judgement.made()) return {};
  auto text = leaders_text(report, judgement) + baselines_text(report, judgement) +
              disagreement_text(report, judgement);
  if (text.empty()) return {};
  return fmt::format(
      "\nis the difference real? ({:.4g} % confidence, paired tests over "
      "perturbations, Holm's correction within each metric)\n{}",
      100.0 * judgement.options.confidence, text);
}

void write_judgement(const std::string& folder, const Report& report, const Judgement& judgement) {
  if (!judgement.made()) {  // nor may those of an earlier run stand beside this one's numbers
    std::error_code ignored;
    for (const auto* name : {"intervals.csv", "comparisons.csv", "metric_agreement.csv"}) {
      std::filesystem::remove(std::filesystem::path(folder) / name, ignored);
    }
    return;
  }
  write_file(folder, "intervals.csv", intervals_csv(report, judgement));
  write_file(folder, "comparisons.csv", comparisons_csv(report, judgement));
  write_file(folder, "metric_agreement.csv", metric_agreement_csv(report, judgement));
}

}  // namespace cupel
