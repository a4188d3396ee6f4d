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

// The rows of cell-eval2's aggregate, or of what cell-eval's describe() gives; a derived metric has
// nothing but a mean.
std::vector<StatisticRow> statistic_rows(AggregateRows rows) {
  const auto of_scores = [](auto value) {
    return [value](const MetricResult& m) {
      return m.metric->compute == nullptr ? csv_number(std::nan("")) : value(m.aggregate);
    };
  };
  if (rows == AggregateRows::kDescribe) {
    return {
        {"count", of_scores([](const Aggregate& a) { return std::to_string(a.count); })},
        {"null_count", of_scores([](const Aggregate& a) { return std::to_string(a.missing); })},
        {"mean", [](const MetricResult& m) { return csv_number(m.aggregate.mean); }},
        {"std", of_scores([](const Aggregate& a) { return csv_number(a.standard_deviation); })},
        {"min", of_scores([](const Aggregate& a) { return csv_number(a.least); })},
        {"25%", of_scores([](const Aggregate& a) { return csv_number(a.quarter); })},
        {"50%", of_scores([](const Aggregate& a) { return csv_number(a.half); })},
        {"75%", of_scores([](const Aggregate& a) { return csv_number(a.three_quarters); })},
        {"max", of_scores([](const Aggregate& a) { return csv_number(a.greatest); })},
    };
  }
  // Every perturbation with a row is counted; the reference leaves the others out of null_count
  // too.
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

// cell-eval2 sorts its columns by name, cell-eval leaves them in the profile's order.
std::vector<std::size_t> column_order(const ContextResult& context, AggregateRows rows) {
  std::vector<std::size_t> order(context.metrics.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (rows == AggregateRows::kDescribe) return order;
  std::ranges::sort(order, {}, [&](std::size_t i) { return context.metrics[i].name(); });
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

std::string csv_number_or_nothing(double value) {
  return std::isnan(value) ? std::string{} : csv_number(value);
}

std::string results_csv(const PredictionResult& result) {
  std::string csv = "perturbation,context,metric,value,reason\n";
  for (const auto& context : result.contexts) {
    for (std::size_t i = 0; i < context.perturbations.size(); ++i) {
      for (const auto& metric : context.metrics) {
        if (metric.scores.empty()) continue;
        const auto& score = metric.scores[i];
        csv += fmt::format("{},{},{},{},{}\n", csv_text(context.perturbations[i]),
                           csv_text(context.context), metric.name(),
                           score.absent ? "" : csv_number(score.value),
                           csv_text(score.undefined_because));
      }
    }
  }
  return csv;
}

std::string agg_results_csv(const PredictionResult& result, AggregateRows rows) {
  const bool several = result.contexts.size() > 1;
  const auto order = column_order(result.contexts.front(), rows);
  std::string csv = several ? "statistic,context" : "statistic";
  for (const auto i : order) {
    csv += fmt::format(",{}", result.contexts.front().metrics[i].name());
  }
  csv += '\n';
  for (const auto& context : result.contexts) {
    for (const auto& row : statistic_rows(rows)) {
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
  const bool all_alike = report.failed.empty() &&
                         std::ranges::none_of(report.predictions, &PredictionResult::pseudobulk);
  std::string csv = "rank,prediction,mean_rank";
  for (const auto& tag : tags) csv += fmt::format(",{}", csv_text(tag));
  const auto& profile = report.profile;
  for (const auto& name : profile.written_as.empty() ? profile.metrics : profile.written_as) {
    csv += fmt::format(",{}", name);
  }
  const bool scaled = !report.baselines.empty();
  if (scaled) csv += ",score_from_baseline,score_from_replicate,score_fixed_scale";
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
    if (scaled) {
      for (const auto scale :
           {&ScaledScore::from_baseline, &ScaledScore::from_replicate, &ScaledScore::fixed}) {
        csv += fmt::format(",{}", csv_number(macro_score(result, scale)));
      }
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
    csv.append(report.profile.metrics.size() + (scaled ? 3 : 0), ',');
    csv += fmt::format(",failed,{}\n", csv_text(failed.reason));
  }
  return csv;
}

void write_prediction(const std::string& folder, const PredictionResult& result,
                      AggregateRows rows) {
  const auto own = std::filesystem::path(folder) / result.name;
  const io::OutputFolder made(own);
  io::OutputFile results(own / "results.csv");
  results.write(results_csv(result));
  results.commit();
  io::OutputFile aggregate(own / "agg_results.csv");
  aggregate.write(agg_results_csv(result, rows));
  aggregate.commit();
}

void write_report(const std::string& folder, const Report& report) {
  const auto write = [&](const std::string& name, const std::string& text) {
    io::OutputFile file(std::filesystem::path(folder) / name);
    file.write(text);
    file.commit();
  };
  if (!report.baselines.empty() || !report.replicate.empty() || !report.ceiling.empty()) {
    write("ends.csv", ends_csv(report));
    for (const auto& result : report.predictions) {
      write(result.name + "/scored.csv", scored_csv(result));
    }
  } else {  // nor may those of an earlier run stand beside this one's numbers
    const auto remove = [&](const std::string& name) {
      std::error_code ignored;
      std::filesystem::remove(std::filesystem::path(folder) / name, ignored);
    };
    remove("ends.csv");
    for (const auto& result : report.predictions) remove(result.name + "/scored.csv");
  }
  write("leaderboard.csv", leaderboard_csv(report));
  write("run.json", run_json(report));
}

}  // namespace cupel
