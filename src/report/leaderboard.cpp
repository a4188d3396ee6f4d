#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <span>

#include "report/report.hpp"
#include "report/shown.hpp"
#include "text.hpp"

namespace cupel {
namespace {

constexpr double kNoRank = std::numeric_limits<double>::quiet_NaN();

// Mean rank of each value, best first; undefined values share the last place. Those that take no
// part have no rank and stand in nobody's way.
std::vector<double> ranks_of(const std::vector<double>& values, const std::vector<bool>& takes_part,
                             Better better) {
  const auto badness = [&](double value) {
    if (std::isnan(value)) return std::numeric_limits<double>::infinity();
    return better == Better::kHigher ? -value : value;
  };
  std::vector<double> ranks(values.size(), kNoRank);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!takes_part[i]) continue;
    double before = 0.0;
    double same = 0.0;
    for (std::size_t k = 0; k < values.size(); ++k) {
      if (!takes_part[k]) continue;
      before += badness(values[k]) < badness(values[i]) ? 1.0 : 0.0;
      same += badness(values[k]) == badness(values[i]) ? 1.0 : 0.0;
    }
    ranks[i] = before + (same + 1.0) / 2.0;
  }
  return ranks;
}

// Each prediction's rank by one metric, among those that have what it looks at.
std::vector<double> ranks_by(const Report& report, std::size_t metric) {
  const auto& of = *metrics_of(report)[metric].metric;
  std::vector<double> means;
  std::vector<bool> takes_part;
  for (const auto& result : report.predictions) {
    means.push_back(result.macro_mean(metric));
    takes_part.push_back(!result.lacks(of));
  }
  return ranks_of(means, takes_part, of.better);
}

// Whether each prediction has the best of the defined values, where not all are as good.
std::vector<bool> best_by(const Report& report, std::size_t metric) {
  const auto n = report.predictions.size();
  std::vector<bool> best(n, false);
  if (n < 2 || metrics_of(report)[metric].metric->better == Better::kNeither) return best;
  const auto ranks = ranks_by(report, metric);
  double least = std::numeric_limits<double>::infinity();
  double ranked = 0.0;
  for (const double rank : ranks) {
    if (std::isnan(rank)) continue;
    least = std::min(least, rank);
    ranked += 1.0;
  }
  for (std::size_t i = 0; i < n; ++i) {
    best[i] = ranks[i] == least && ranks[i] < (ranked + 1.0) / 2.0;
  }
  return best;
}

// Display width: continuation bytes of UTF-8 take no column.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t columns, bool right) {
  const std::string space(columns - std::min(columns, width(text)), ' ');
  return right ? space + text : text + space;
}

using Grid = std::vector<std::vector<std::string>>;

std::string drawn(const Grid& grid) {
  std::vector<std::size_t> widths(grid.front().size(), 0);
  for (const auto& row : grid) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string text;
  for (const auto& row : grid) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += (i == 0 ? "" : "  ") + padded(row[i], widths[i], i > 0);
    }
    text += '\n';
  }
  return text;
}

std::string value_text(double value) {
  return std::isnan(value) ? "undefined" : fmt::format("{:.4f}", value);
}

std::string cell(double value, bool best) { return value_text(value) + (best ? " *" : "  "); }

// The mean of the simple baseline that does best on a metric; NaN where better means nothing.
double best_baseline(const Report& report, std::size_t metric, Better better) {
  double best = std::numeric_limits<double>::quiet_NaN();
  if (better == Better::kNeither) return best;
  for (const auto& end : report.baselines) {
    const double mean = end.macro_mean(metric);
    const bool wins = better == Better::kHigher ? mean > best : mean < best;
    if (std::isnan(best) || wins) best = mean;
  }
  return best;
}

// The scales with both ends there, with what a table calls a score on it.
std::vector<std::pair<std::string, Score ScaledScore::*>> scales_of(const Report& report) {
  std::vector<std::pair<std::string, Score ScaledScore::*>> scales;
  if (report.baselines.empty()) return scales;
  const auto defined = [&](Score ScaledScore::*scale) {
    return std::ranges::any_of(report.predictions, [&](const PredictionResult& result) {
      return !std::isnan(macro_score(result, scale));
    });
  };
  if (defined(&ScaledScore::from_baseline)) {
    scales.emplace_back("score, baseline 0 to perfect 1", &ScaledScore::from_baseline);
  }
  if (defined(&ScaledScore::from_replicate)) {
    scales.emplace_back("score, baseline 0 to replicate 1", &ScaledScore::from_replicate);
  }
  return scales;
}

constexpr std::size_t kNamesShown = 4;

// Why a mean is undefined: its own reason, or the most frequent one among its scores.
std::string reason_of(const MetricResult& metric) {
  if (!metric.undefined_because.empty()) return metric.undefined_because;
  std::map<std::string_view, int> times;
  for (const auto& score : metric.scores) {
    if (!score.undefined_because.empty()) ++times[score.undefined_because];
  }
  const auto most =
      std::ranges::max_element(times, {}, [](const auto& reason) { return reason.second; });
  return most == times.end() ? "no perturbation has a score" : std::string(most->first);
}

// One line per metric and reason, with who it befell.
std::string undefined_text(const Report& report) {
  std::string text;
  const auto& metrics = metrics_of(report);
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    std::map<std::string, std::vector<std::string>> whom;  // by reason
    for (const auto& result : report.predictions) {
      for (const auto& context : result.contexts) {
        const auto& metric = context.metrics[m];
        if (result.lacks(*metric.metric)) continue;  // said once for all of them
        if (!std::isnan(metric.aggregate.mean)) continue;
        whom[reason_of(metric)].push_back(
            context.context.empty() ? result.name
                                    : fmt::format("{} in {}", result.name, context.context));
      }
    }
    for (const auto& [reason, names] : whom) {
      text += fmt::format("{} is undefined for {}: {}\n", metrics[m].name(),
                          listed(names, kNamesShown), reason);
    }
  }
  return text;
}

// Who is ranked without what, and who not at all.
std::string set_aside_text(const Report& report) {
  std::string text;
  std::vector<std::string> without_cells;
  std::vector<std::string> failed;
  for (const auto& result : report.predictions) {
    if (result.pseudobulk) without_cells.push_back(result.name);
  }
  for (const auto& one : report.failed) failed.push_back(one.name);
  if (!without_cells.empty()) {
    const auto& metrics = metrics_of(report);
    const auto lacking = std::ranges::count_if(
        metrics, [](const MetricResult& m) { return needs_cells(*m.metric); });
    text += fmt::format(
        "{} of {} metrics need cells and are left out of the mean rank of what has none: {}\n",
        lacking, metrics.size(), listed(without_cells, kNamesShown));
  }
  if (!failed.empty()) {
    text += fmt::format("{} of {} predictions failed: {}\n", failed.size(),
                        failed.size() + report.predictions.size(), listed(failed, kNamesShown));
  }
  return text;
}

constexpr std::size_t kPredictionsAcross = 6;

}  // namespace

std::vector<std::size_t> leaderboard_order(const Report& report, std::vector<double>& mean_rank) {
  const auto n = report.predictions.size();
  mean_rank.assign(n, 0.0);
  std::vector<double> counted(n, 0.0);
  const auto& metrics = metrics_of(report);
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    if (metrics[m].metric->scoring == ScoringClass::kDiagnostic) continue;
    const auto ranks = ranks_by(report, m);
    for (std::size_t i = 0; i < n; ++i) {
      if (std::isnan(ranks[i])) continue;
      mean_rank[i] += ranks[i];
      counted[i] += 1.0;
    }
  }
  const bool any = std::ranges::any_of(counted, [](double times) { return times > 0.0; });
  for (std::size_t i = 0; i < n; ++i) {
    if (any) mean_rank[i] = counted[i] > 0.0 ? mean_rank[i] / counted[i] : kNoRank;
  }
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const auto place = [&](std::size_t i) {
      return std::isnan(mean_rank[i]) ? std::numeric_limits<double>::infinity() : mean_rank[i];
    };
    if (place(a) != place(b)) return place(a) < place(b);
    return report.predictions[a].name < report.predictions[b].name;
  });
  return order;
}

std::string leaderboard_text(const Report& report) {
  std::vector<double> mean_rank;
  const auto order = leaderboard_order(report, mean_rank);
  const auto& metrics = metrics_of(report);
  const bool several = order.size() > 1;

  std::vector<std::vector<bool>> is_best;  // by metric and prediction
  for (std::size_t m = 0; m < metrics.size(); ++m) is_best.push_back(best_by(report, m));

  Grid grid;
  if (order.size() <= kPredictionsAcross) {
    grid.push_back({"metric"});
    for (const auto i : order) grid.back().push_back(report.predictions[i].name + "  ");
    if (!report.baselines.empty()) grid.back().emplace_back("best baseline");
    if (!report.replicate.empty()) grid.back().emplace_back("replicate");
    for (std::size_t m = 0; m < metrics.size(); ++m) {
      grid.push_back({fmt::format("{} {}", arrow(metrics[m].metric->better), metrics[m].name())});
      for (const auto i : order) {
        grid.back().push_back(cell(report.predictions[i].macro_mean(m), is_best[m][i]));
      }
      if (!report.baselines.empty()) {
        const auto better = metrics[m].metric->better;
        grid.back().push_back(
            better == Better::kNeither ? "" : value_text(best_baseline(report, m, better)));
      }
      if (!report.replicate.empty())
        grid.back().push_back(value_text(mean_over_contexts(report.replicate, m)));
    }
    for (const auto& [label, scale] : scales_of(report)) {
      grid.push_back({"  " + label});
      for (const auto i : order) {
        grid.back().push_back(value_text(macro_score(report.predictions[i], scale)) + "  ");
      }
    }
    if (several) {
      grid.push_back({"  mean rank over scored metrics"});
      for (const auto i : order) grid.back().push_back(fmt::format("{:.2f}  ", mean_rank[i]));
    }
  } else {
    std::vector<std::size_t> shown;
    for (std::size_t m = 0; m < metrics.size() && shown.size() < kMetricsAcross; ++m) {
      if (metrics[m].metric->scoring != ScoringClass::kDiagnostic) shown.push_back(m);
    }
    grid.push_back({"prediction", "mean rank  "});
    const auto scales = scales_of(report);
    for (const auto& [label, scale] : scales) grid.back().push_back(label + "  ");
    for (const auto m : shown) {
      std::string name(metrics[m].name());
      if (name.starts_with("de_wilcoxon_")) name = name.substr(12);
      grid.back().push_back(fmt::format("{} {}  ", arrow(metrics[m].metric->better), name));
    }
    for (const auto i : std::span(order).first(std::min(order.size(), kPredictionsDown))) {
      grid.push_back({report.predictions[i].name, fmt::format("{:.2f}  ", mean_rank[i])});
      for (const auto& [label, scale] : scales) {
        grid.back().push_back(value_text(macro_score(report.predictions[i], scale)) + "  ");
      }
      for (const auto m : shown) {
        grid.back().push_back(cell(report.predictions[i].macro_mean(m), is_best[m][i]));
      }
    }
  }
  std::string text = drawn(grid);
  if (order.size() > kPredictionsDown) {
    text += fmt::format("and {} more in leaderboard.csv\n", order.size() - kPredictionsDown);
  }
  if (several) text += "↑ higher is better, ↓ lower is better, * best of these predictions\n";
  if (report.predictions.front().contexts.size() > 1) {
    text += fmt::format("values are means over {} contexts\n",
                        report.predictions.front().contexts.size());
  }
  if (!report.baselines.empty()) {
    text += "best baseline: the best of the simple predictions made from the measured screen";
    text += report.replicate.empty()
                ? "\n"
                : "; replicate: one half of its cells scored against the other\n";
  }
  const bool pds = std::ranges::any_of(
      metrics, [](const MetricResult& m) { return m.metric->name.starts_with("pds_"); });
  if (pds) {
    text +=
        "pds: 0.5 is chance. A prediction there cannot tell one perturbation from another, "
        "however close its profiles are.\n";
  }
  return text + undefined_text(report) + set_aside_text(report);
}

}  // namespace cupel
