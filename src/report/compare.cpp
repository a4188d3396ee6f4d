#include "report/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "cupel/error.hpp"
#include "report/report.hpp"
#include "report/shown.hpp"

namespace cupel {
namespace {

constexpr std::size_t kMostPairs = 400;
constexpr std::string_view kOtherPerturbations = "the two have not the same perturbations";

bool same_contexts(const PredictionResult& a, const PredictionResult& b) {
  return std::ranges::equal(a.contexts, b.contexts, {}, &ContextResult::context,
                            &ContextResult::context);
}

bool same_perturbations(const PredictionResult& a, const PredictionResult& b) {
  return same_contexts(a, b) &&
         std::ranges::equal(a.contexts, b.contexts, {}, &ContextResult::perturbations,
                            &ContextResult::perturbations);
}

// Differences of means, without a test.
std::vector<Comparison> differences_alone(const RunComparison& compared) {
  std::vector<Comparison> all;
  const auto& like = *compared.results.front();
  for (std::size_t m = 0; m < like.contexts.front().metrics.size(); ++m) {
    for (std::size_t c = 0; c <= like.contexts.size(); ++c) {
      const bool macro = c == like.contexts.size();
      if (macro && like.contexts.size() == 1) continue;
      for (const auto& [a, b, unused] : compared.pairs) {
        Comparison one{.context = macro ? kAllContexts : c, .metric = m, .first = a, .second = b};
        one.difference = mean_of(*compared.results[a], one.context, m) -
                         mean_of(*compared.results[b], one.context, m);
        one.reason = kOtherPerturbations;
        all.push_back(one);
      }
    }
  }
  return all;
}

std::string shown(double value) {
  return std::isnan(value) ? "undefined" : fmt::format("{:.4f}", value);
}

const MetricResult& metric_of(const RunComparison& compared, std::size_t metric) {
  return compared.results.front()->contexts.front().metrics[metric];
}

}  // namespace

std::vector<std::string> check_same_terms(const StoredRun& first, const StoredRun& second) {
  const auto refuse = [&](const std::string& what, const std::string& one,
                          const std::string& other) {
    throw Error(ErrorKind::kInput,
                fmt::format("{} and {} cannot be compared: not the same {}: {} and {}",
                            first.folder, second.folder, what, one, other));
  };
  for (const auto& [name, value] : first.terms) {
    const auto other = std::ranges::find_if(
        second.terms, [&, &wanted = name](const auto& term) { return term.first == wanted; });
    if (other == second.terms.end()) refuse(name, value, "not said");
    if (other->second != value) refuse(name, value, other->second);
  }
  for (const auto& [name, value] : second.terms) {
    const bool known =
        std::ranges::any_of(first.terms, [&](const auto& term) { return term.first == name; });
    if (!known) refuse(name, "not said", value);
  }
  if (first.target_gene_map.empty() != second.target_gene_map.empty()) {
    refuse("map of target genes", first.target_gene_map.empty() ? "none" : first.target_gene_map,
           second.target_gene_map.empty() ? "none" : second.target_gene_map);
  }
  std::vector<std::string> warnings;
  if (first.target_gene_map != second.target_gene_map) {
    warnings.push_back(fmt::format("maps of target genes: {} and {}; their content is not compared",
                                   first.target_gene_map, second.target_gene_map));
  }
  if (first.program != second.program) {
    warnings.push_back(fmt::format("{} was made by cupel {}, {} by {}", first.folder, first.program,
                                   second.folder, second.program));
  }
  return warnings;
}

RunComparison compare_runs(const StoredRun& first, const StoredRun& second,
                           const JudgementOptions& options) {
  RunComparison compared;
  for (const auto* run : {&first, &second}) {
    for (const auto& result : run->predictions) {
      compared.results.push_back(&result);
      compared.names.push_back(fmt::format("{}/{}", run->folder, result.name));
    }
  }
  const auto n = first.predictions.size();
  const auto add = [&](bool by_name) {
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = n; b < compared.results.size(); ++b) {
        if (by_name && compared.results[a]->name != compared.results[b]->name) continue;
        compared.pairs.push_back({a, b});
      }
    }
  };
  add(true);
  if (compared.pairs.empty()) add(false);
  if (compared.pairs.empty()) {
    throw Error(ErrorKind::kInput,
                fmt::format("{} or {} holds no prediction", first.folder, second.folder));
  }
  if (compared.pairs.size() > kMostPairs) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} and {} have {} pairs of predictions to compare, more than {}; give "
                            "runs of fewer predictions",
                            first.folder, second.folder, compared.pairs.size(), kMostPairs));
  }
  const auto& like = *compared.results.front();
  for (const auto* result : compared.results) {
    if (!same_contexts(like, *result)) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{} and {} have not the same contexts", first.folder, second.folder));
    }
  }
  const bool paired = std::ranges::all_of(compared.results, [&](const PredictionResult* result) {
    return same_perturbations(like, *result);
  });
  compared.comparisons =
      paired && options.draws > 0
          ? compare_results(compared.results, compared.pairs, first.rules, options)
          : differences_alone(compared);
  if (paired && options.draws == 0) {
    for (auto& one : compared.comparisons) one.reason = "no draws were asked for";
  }
  return compared;
}

std::string run_comparison_csv(const RunComparison& compared) {
  std::string csv =
      "context,metric,a,b,mean_a,mean_b,difference,low,high,p,p_holm,n,verdict,reason\n";
  for (const auto& one : compared.comparisons) {
    const auto context = one.context == kAllContexts
                             ? std::string("(macro mean)")
                             : compared.results.front()->contexts[one.context].context;
    const auto reason = one.reason.empty() ? one.interval.undefined_because : one.reason;
    csv += fmt::format(
        "{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_text(context),
        metric_of(compared, one.metric).metric->name, csv_text(compared.names[one.first]),
        csv_text(compared.names[one.second]),
        csv_number(mean_of(*compared.results[one.first], one.context, one.metric)),
        csv_number(mean_of(*compared.results[one.second], one.context, one.metric)),
        csv_number_or_nothing(one.difference), csv_number_or_nothing(one.interval.low),
        csv_number_or_nothing(one.interval.high), csv_number_or_nothing(one.p),
        csv_number_or_nothing(one.p_holm), one.n, verdict_text(one.verdict), csv_text(reason));
  }
  return csv;
}

std::string run_comparison_text(const RunComparison& compared, const JudgementOptions& options) {
  std::string text;
  const auto contexts = compared.results.front()->contexts.size();
  const std::size_t whole = contexts > 1 ? kAllContexts : 0;
  for (const auto& [a, b, unused] : compared.pairs) {
    text += fmt::format("{}a: {}\nb: {}\n", text.empty() ? "" : "\n", compared.names[a],
                        compared.names[b]);
    text += fmt::format("{:<44} {:>10} {:>10} {:>10}   {:<20} {:>8}  {}\n", "metric", "a", "b",
                        "a - b", "interval", "p (Holm)", "verdict");
    for (const auto& one : compared.comparisons) {
      if (one.first != a || one.second != b || one.context != whole) continue;
      const auto& metric = *metric_of(compared, one.metric).metric;
      const auto interval =
          one.interval.defined() && !std::isnan(one.interval.low)
              ? fmt::format("{:.4f} to {:.4f}", one.interval.low, one.interval.high)
              : std::string("-");
      const auto arrow = metric.better == Better::kHigher  ? "↑"
                         : metric.better == Better::kLower ? "↓"
                                                           : " ";
      text += fmt::format(
          "{} {:<42} {:>10} {:>10} {:>10}   {:<20} {:>8}  {}\n", arrow, metric.name,
          shown(mean_of(*compared.results[a], whole, one.metric)),
          shown(mean_of(*compared.results[b], whole, one.metric)), shown(one.difference), interval,
          std::isnan(one.p_holm) ? "-" : fmt::format("{:.4f}", one.p_holm),
          one.verdict == Verdict::kUndefined ? one.reason : verdict_text(one.verdict));
    }
  }
  text += fmt::format(
      "↑ higher is better, ↓ lower is better; {:.4g} % confidence, paired tests over "
      "perturbations\n",
      100.0 * options.confidence);
  if (contexts > 1) text += fmt::format("values are means over {} contexts\n", contexts);
  return text;
}

}  // namespace cupel
