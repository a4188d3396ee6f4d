#include "report/markdown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "io/output_file.hpp"
#include "quality/strata.hpp"
#include "report/report.hpp"
#include "report/shown.hpp"

namespace cupel {
namespace {

// A cell of a table must not end it.
std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    if (c == '|' || c == '\\') safe += '\\';
    safe += c == '\n' || c == '\r' ? ' ' : c;
  }
  return safe;
}

std::string short_text(double value) {
  return std::isnan(value) ? "undefined" : fmt::format("{:.3f}", value);
}

std::string with_ends(double value, double low, double high) {
  if (std::isnan(value)) return "undefined";
  if (std::isnan(low) || std::isnan(high)) return short_text(value);
  return fmt::format("{:.3f} ({:.3f} to {:.3f})", value, low, high);
}

std::string metric_head(const MetricResult& metric) {
  const auto better = metric.metric->better;
  return better == Better::kNeither ? fmt::format("`{}`", metric.name())
                                    : fmt::format("{} `{}`", arrow(better), metric.name());
}

std::vector<std::size_t> metrics_shown(const Report& report) {
  const auto& metrics = metrics_of(report);
  std::vector<std::size_t> shown;
  for (std::size_t m = 0; m < metrics.size() && shown.size() < kMetricsAcross; ++m) {
    if (metrics[m].metric->scoring != ScoringClass::kDiagnostic) shown.push_back(m);
  }
  return shown;
}

std::string row_of(const std::vector<std::string>& cells) {
  std::string row = "|";
  for (const auto& cell : cells) row += fmt::format(" {} |", cell);
  return row + '\n';
}

std::string head_of(const std::vector<std::string>& cells) {
  std::string rule = "|";
  for (std::size_t i = 0; i < cells.size(); ++i) rule += "---|";
  return row_of(cells) + rule + '\n';
}

// `which` counts predictions, then baselines, as judgements do.
std::string mean_text(const Report& report, const Judgement& judgement, std::size_t which,
                      std::size_t metric) {
  const auto n = report.predictions.size();
  const auto& result = which < n ? report.predictions[which] : report.baselines[which - n];
  const bool several = result.contexts.size() > 1;
  const auto found = std::ranges::find_if(judgement.standings, [&](const Standing& standing) {
    return standing.prediction == which && standing.metric == metric &&
           standing.context == (several ? kAllContexts : 0);
  });
  const double mean = result.macro_mean(metric);
  if (found == judgement.standings.end() || !found->interval.defined()) return short_text(mean);
  return with_ends(mean, found->interval.low, found->interval.high);
}

std::string score_cell(const PredictionResult& result, Score ScaledScore::*scale) {
  const double score = macro_score(result, scale);
  return std::isnan(score) ? "" : short_text(score);
}

std::string scores(const Report& report, const Judgement& judgement,
                   const std::vector<std::size_t>& order, const std::vector<std::size_t>& shown) {
  std::vector<std::pair<const char*, Score ScaledScore::*>> scales;
  for (const auto& [name, scale] :
       {std::pair{"score from baseline", &ScaledScore::from_baseline},
        std::pair{"score to replicate", &ScaledScore::from_replicate}}) {
    if (std::ranges::any_of(report.predictions, [&](const PredictionResult& result) {
          return !std::isnan(macro_score(result, scale));
        })) {
      scales.emplace_back(name, scale);
    }
  }
  std::vector<std::string> head{"prediction"};
  for (const auto m : shown) {
    const auto& metric = metrics_of(report)[m];
    head.push_back(metric_head(metric));
  }
  for (const auto& [name, scale] : scales) head.emplace_back(name);
  std::string text = head_of(head);
  const auto add = [&](std::string who, std::size_t which, const PredictionResult& result) {
    std::vector<std::string> cells{std::move(who)};
    for (const auto m : shown) cells.push_back(mean_text(report, judgement, which, m));
    for (const auto& [name, scale] : scales) cells.push_back(score_cell(result, scale));
    text += row_of(cells);
  };
  for (const auto i : std::span(order).first(std::min(order.size(), kPredictionsDown))) {
    add(fmt::format("**{}**", escaped(report.predictions[i].name)), i, report.predictions[i]);
  }
  for (std::size_t i = 0; i < report.baselines.size(); ++i) {
    add(fmt::format("{} (baseline)", report.baselines[i].name), order.size() + i,
        report.baselines[i]);
  }
  for (const auto& [name, contexts] :
       {std::pair{"replicate (the measured screen again)", &report.replicate},
        std::pair{"ceiling (of a perfect model)", &report.ceiling}}) {
    if (contexts->empty()) continue;
    std::vector<std::string> cells{name};
    for (const auto m : shown) cells.push_back(short_text(mean_over_contexts(*contexts, m)));
    cells.insert(cells.end(), scales.size(), "");
    text += row_of(cells);
  }
  if (order.size() > kPredictionsDown) {
    text += fmt::format("\nand {} more in `leaderboard.csv`\n", order.size() - kPredictionsDown);
  }
  return text;
}

const StratumScore* find(const ContextResult& context, std::string_view stratum,
                         std::string_view metric) {
  const auto found = std::ranges::find_if(context.strata, [&](const StratumScore& row) {
    return row.stratum == stratum && row.metric == metric;
  });
  return found == context.strata.end() ? nullptr : &*found;
}

std::string strata(const Report& report, const PredictionResult& leader,
                   const std::vector<std::size_t>& shown) {
  std::vector<std::string> head{"context", "stratum", "perturbations", "mean ceiling"};
  for (const auto m : shown) {
    const auto& metric = metrics_of(report)[m];
    head.push_back(metric_head(metric));
  }
  head.insert(head.end(), {"claimed effect", "false calls"});
  std::string text = head_of(head);
  for (std::size_t k = 0; k < report.truth.contexts.size(); ++k) {
    const auto& truth = report.truth.contexts[k];
    const auto& context = leader.contexts[k];
    for (std::int32_t s = 0; s < quality::kStrata; ++s) {
      double n = 0.0;
      double ceiling = 0.0;
      double ceilings = 0.0;
      for (std::size_t p = 0; p < truth.stratum.size(); ++p) {
        if (truth.stratum[p] != s) continue;
        n += 1.0;
        if (std::isnan(truth.ceiling[p])) continue;
        ceiling += truth.ceiling[p];
        ceilings += 1.0;
      }
      if (n == 0.0) continue;
      const auto stratum = quality::stratum_name(static_cast<quality::Stratum>(s));
      std::vector<std::string> cells{truth.context.empty() ? "all" : escaped(truth.context),
                                     std::string(stratum), fmt::format("{}", n),
                                     ceilings > 0.0 ? short_text(ceiling / ceilings) : ""};
      const auto add = [&](std::string_view metric) {
        const auto* row = find(context, stratum, metric);
        cells.push_back(row == nullptr || std::isnan(row->mean)
                            ? ""
                            : with_ends(row->mean, row->low, row->high));
      };
      for (const auto m : shown) add(metrics_of(report)[m].metric->name);
      add("claimed_effect");
      add("false_calls");
      text += row_of(cells);
    }
  }
  return text;
}

}  // namespace

std::string report_markdown(const Report& report, const Judgement& judgement) {
  std::vector<double> mean_rank;
  const auto order = leaderboard_order(report, mean_rank);
  const auto shown = metrics_shown(report);
  const auto& first = report.predictions.front();
  std::size_t perturbations = 0;
  for (const auto& context : first.contexts) perturbations += context.perturbations.size();
  std::string text =
      fmt::format("# {} under `{}`\n\n{} perturbations in {} context{}; cupel score, profile `{}`.",
                  escaped(std::filesystem::path(report.real.path).filename().string()),
                  report.profile.name, perturbations, first.contexts.size(),
                  first.contexts.size() == 1 ? "" : "s", report.profile.name);
  if (judgement.made()) {
    text += fmt::format(" In brackets: {:g} % intervals, perturbations resampled.",
                        100.0 * judgement.options.confidence);
  }
  if (first.contexts.size() > 1) text += " Values are means over contexts.";
  text += fmt::format("\n\n{}", scores(report, judgement, order, shown));
  if (report.truth.contexts.empty()) return text;

  const auto& leader = report.predictions[order.front()];
  text += fmt::format("\nBy strength of effect, of {}:\n\n{}", escaped(leader.name),
                      strata(report, leader, shown));
  for (const auto& context : report.truth.contexts) {
    text += fmt::format("\n{}systematic variation {:.2f}",
                        context.context.empty() ? "" : escaped(context.context) + ": ",
                        context.systematic_variation);
    std::string dominated;
    for (const auto& metric : context.metrics) {
      if (metric.verdict != "identity-dominated") continue;
      dominated += fmt::format("{}`{}`", dominated.empty() ? "" : ", ", metric.metric);
    }
    if (!dominated.empty()) text += fmt::format("; identity-dominated: {}", dominated);
    text += '\n';
  }
  return text;
}

void write_markdown(const std::string& folder, const Report& report, const Judgement& judgement) {
  io::OutputFile file(std::filesystem::path(folder) / "report.md");
  file.write(report_markdown(report, judgement));
  file.commit();
}

}  // namespace cupel
