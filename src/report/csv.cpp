#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <numeric>

#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "report/report.hpp"
#include "text.hpp"

namespace cupel {
namespace {

struct StatisticRow {
  std::string_view name;
  std::function<std::string(const MetricResult&)> cell;
};

// The rows of cell-eval2's aggregate; a derived metric has nothing but a mean.
std::vector<StatisticRow> statistic_rows() {
  const auto of_scores = [](auto value) {
    return [value](const MetricResult& m) {
      return m.metric->compute == nullptr ? csv_number(std::nan("")) : value(m.aggregate);
    };
  };
  // Every perturbation with a row is counted; the reference leaves the others out of null_count too.
  return {
      {"count", of_scores([](const Aggregate& a) { return std::to_string(a.count); })},
      {"null_count", of_scores([](const Aggregate&) { return std::string("0"); })},
      {"mean", [](const MetricResult& m) { return csv_number(m.aggregate.mean); }},
      {"std", of_scores([](const Aggregate& a) { return csv_number(a.standard_deviation); })},
      {"min", of_scores([](const Aggregate& a) { return csv_number(a.least); })},
      {"max", of_scores([](const Aggregate& a) { return csv_number(a.greatest); })},
      {"median", of_scores([](const Aggregate& a) { return csv_number(a.median); })},
  };
}

std::vector<std::size_t> columns_by_name(const ContextResult& context) {
  std::vector<std::size_t> order(context.metrics.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return context.metrics[i].metric->name; });
  return order;
}

// Columns that manifests gave, in the order in which they first come.
std::vector<std::string> tag_names(const Report& report) {
  std::vector<std::string> names;
  const auto add = [&](const Tags& tags) {
    for (const auto& [name, value] : tags) {
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
  };
  for (const auto& file : report.config.predictions) add(file.tags);
  for (const auto& result : report.predictions) add(result.tags);
  for (const auto& failed : report.failed) add(failed.tags);
  return names;
}

}  // namespace

std::string csv_text(std::string_view text) {
  if (text.find_first_of(",\"\n\r") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

std::string csv_number(double value) { return std::isnan(value) ? "NaN" : number_text(value); }

std::string results_csv(const PredictionResult& result) {
  std::string csv = "perturbation,context,metric,value,reason\n";
  for (const auto& context : result.contexts) {
    for (std::size_t i = 0; i < context.perturbations.size(); ++i) {
      for (const auto& metric : context.metrics) {
        if (metric.scores.empty()) continue;
        const auto& score = metric.scores[i];
        csv += fmt::format("{},{},{},{},{}\n", csv_text(context.perturbations[i]),
                           csv_text(context.context), metric.metric->name,
                           score.absent ? "" : csv_number(score.value),
                           csv_text(score.undefined_because));
      }
    }
  }
  return csv;
}

std::string agg_results_csv(const PredictionResult& result) {
  const bool several = result.contexts.size() > 1;
  const auto order = columns_by_name(result.contexts.front());
  std::string csv = several ? "statistic,context" : "statistic";
  for (const auto i : order) {
    csv += fmt::format(",{}", result.contexts.front().metrics[i].metric->name);
  }
  csv += '\n';
  for (const auto& context : result.contexts) {
    for (const auto& row : statistic_rows()) {
      csv += row.name;
      if (several) csv += fmt::format(",{}", csv_text(context.context));
      for (const auto i : order) csv += fmt::format(",{}", row.cell(context.metrics[i]));
      csv += '\n';
    }
  }
  if (several) {
    csv += "mean,(macro mean)";
    for (const auto i : order) csv += fmt::format(",{}", csv_number(result.macro_mean(i)));
    csv += '\n';
  }
  return csv;
}

std::string leaderboard_csv(const Report& report) {
  std::vector<double> mean_rank;
  const auto order = leaderboard_order(report, mean_rank);
  const auto tags = tag_names(report);
  const bool all_alike =
      report.failed.empty() &&
      std::ranges::none_of(report.predictions, &PredictionResult::pseudobulk);
  std::string csv = "rank,prediction,mean_rank";
  for (const auto& tag : tags) csv += fmt::format(",{}", csv_text(tag));
  for (const auto& name : report.profile.metrics) csv += fmt::format(",{}", name);
  csv += all_alike ? "\n" : ",status,reason\n";
  const auto add_tags = [&](const Tags& own) {
    for (const auto& tag : tags) {
      const auto found = std::ranges::find(own, tag, &Tags::value_type::first);
      csv += fmt::format(",{}", found == own.end() ? "" : csv_text(found->second));
    }
  };
  for (std::size_t place = 0; place < order.size(); ++place) {
    const auto& result = report.predictions[order[place]];
    csv += fmt::format("{},{},{}", place + 1, csv_text(result.name),
                       csv_number(mean_rank[order[place]]));
    add_tags(result.tags);
    for (std::size_t m = 0; m < report.profile.metrics.size(); ++m) {
      csv += fmt::format(",{}", csv_number(result.macro_mean(m)));
    }
    if (!all_alike) {
      csv += result.pseudobulk ? ",pseudobulk,metrics that need cells are left out of its mean rank"
                               : ",scored,";
    }
    csv += '\n';
  }
  for (const auto& failed : report.failed) {
    csv += fmt::format(",{},", csv_text(failed.name));
    add_tags(failed.tags);
    csv.append(report.profile.metrics.size(), ',');
    csv += fmt::format(",failed,{}\n", csv_text(failed.reason));
  }
  return csv;
}

void write_prediction(const std::string& folder, const PredictionResult& result) {
  const auto own = std::filesystem::path(folder) / result.name;
  const io::OutputFolder made(own);
  io::OutputFile results(own / "results.csv");
  results.write(results_csv(result));
  results.commit();
  io::OutputFile aggregate(own / "agg_results.csv");
  aggregate.write(agg_results_csv(result));
  aggregate.commit();
}

void write_report(const std::string& folder, const Report& report) {
  io::OutputFile board(std::filesystem::path(folder) / "leaderboard.csv");
  board.write(leaderboard_csv(report));
  board.commit();
  io::OutputFile run(std::filesystem::path(folder) / "run.json");
  run.write(run_json(report));
  run.commit();
}

}  // namespace cupel
