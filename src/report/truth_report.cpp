#include "report/truth_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>

#include "cupel/error.hpp"
#include "io/output_file.hpp"
#include "quality/strata.hpp"
#include "report/json_value.hpp"
#include "report/report.hpp"
#include "text.hpp"

namespace cupel {
namespace {

std::string_view stratum_name(std::size_t stratum) {
  return quality::stratum_name(static_cast<quality::Stratum>(stratum));
}

Json number(double value) {
  if (std::isfinite(value)) return value;
  if (std::isnan(value)) return nullptr;
  return value > 0.0 ? "inf" : "-inf";
}

double to_number(const Json& json) {
  if (json.is_null()) return std::nan("");
  if (!json.is_string()) return json.get<double>();
  return json.get<std::string>() == "inf" ? std::numeric_limits<double>::infinity()
                                          : -std::numeric_limits<double>::infinity();
}

Json numbers(const std::vector<double>& values) {
  Json list = Json::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

std::vector<double> to_numbers(const Json& json) {
  std::vector<double> values;
  for (const auto& entry : json) values.push_back(to_number(entry));
  return values;
}

// Every column of numbers, once for both directions.
struct NamedColumn {
  const char* name;
  std::vector<double> ContextTruth::*column;
};
constexpr NamedColumn kTruthColumns[] = {
    {"n_de", &ContextTruth::n_de},
    {"squared_effect", &ContextTruth::squared_effect},
    {"noise", &ContextTruth::noise},
    {"e_p", &ContextTruth::e_p},
    {"e_p_adj", &ContextTruth::e_p_adj},
    {"r_half", &ContextTruth::r_half},
    {"reliability", &ContextTruth::reliability},
    {"ceiling", &ContextTruth::ceiling},
    {"control_a", &ContextTruth::control_a},
    {"control_b", &ContextTruth::control_b},
};

struct NamedNumber {
  const char* name;
  double MetricQuality::*number;
};
constexpr NamedNumber kQualities[] = {
    {"drf", &MetricQuality::drf},
    {"drf_low", &MetricQuality::drf_low},
    {"drf_high", &MetricQuality::drf_high},
    {"bds", &MetricQuality::bds},
    {"no_change_score", &MetricQuality::no_change_score},
};

Json context_json(const ContextTruth& truth) {
  Json json = {
      {"context", truth.context}, {"perturbations", truth.perturbations},
      {"n_cells", truth.n_cells}, {"stratum", truth.stratum},
      {"decile", truth.decile},   {"systematic_variation", number(truth.systematic_variation)}};
  for (const auto& [name, column] : kTruthColumns) json[name] = numbers(truth.*column);
  json["metrics"] = Json::array();
  for (const auto& metric : truth.metrics) {
    Json entry = {{"metric", metric.metric},
                  {"n", metric.n},
                  {"verdict", metric.verdict},
                  {"reason", metric.reason}};
    for (const auto& [name, value] : kQualities) entry[name] = number(metric.*value);
    json["metrics"].push_back(entry);
  }
  return json;
}

ContextTruth to_context(const Json& json) {
  ContextTruth truth;
  truth.context = json.at("context").get<std::string>();
  truth.perturbations = json.at("perturbations").get<std::vector<std::string>>();
  truth.n_cells = json.at("n_cells").get<std::vector<std::int64_t>>();
  truth.stratum = json.at("stratum").get<std::vector<std::int32_t>>();
  truth.decile = json.at("decile").get<std::vector<std::int32_t>>();
  truth.systematic_variation = to_number(json.at("systematic_variation"));
  for (const auto& [name, column] : kTruthColumns) truth.*column = to_numbers(json.at(name));
  for (const auto& entry : json.at("metrics")) {
    MetricQuality metric;
    metric.metric = entry.at("metric").get<std::string>();
    metric.n = entry.at("n").get<std::int64_t>();
    metric.verdict = entry.at("verdict").get<std::string>();
    metric.reason = entry.at("reason").get<std::string>();
    for (const auto& [name, value] : kQualities) metric.*value = to_number(entry.at(name));
    truth.metrics.push_back(std::move(metric));
  }
  return truth;
}

std::array<std::int64_t, 5> count_strata(const ContextTruth& truth) {
  std::array<std::int64_t, 5> counts{};
  for (const auto stratum : truth.stratum) ++counts[static_cast<std::size_t>(stratum)];
  return counts;
}

double signed_root(double squared) {
  return squared < 0.0 ? -std::sqrt(-squared) : std::sqrt(squared);
}

void write(const std::filesystem::path& path, const std::string& text) {
  io::OutputFile file(path);
  file.write(text);
  file.commit();
}

// "expr_mse 0.0123" of one prediction in one stratum, mean over contexts that have it.
std::string score_text(const PredictionResult& result, std::string_view stratum,
                       std::string_view metric) {
  double sum = 0.0;
  double n = 0.0;
  for (const auto& context : result.contexts) {
    for (const auto& row : context.strata) {
      if (row.stratum != stratum || row.metric != metric || std::isnan(row.mean)) continue;
      sum += row.mean;
      n += 1.0;
    }
  }
  return n > 0.0 ? fmt::format("{:.4f}", sum / n) : "";
}

std::string_view short_name(std::string_view metric) {
  constexpr std::string_view kPrefix = "de_wilcoxon_";
  return metric.starts_with(kPrefix) ? metric.substr(kPrefix.size()) : metric;
}

}  // namespace

std::string truth_json(const Truth& truth) {
  Json json = {{"seed", truth.seed},
               {"permutations", truth.permutations},
               {"dimensions", truth.dimensions},
               {"contexts", Json::array()}};
  for (const auto& context : truth.contexts) json["contexts"].push_back(context_json(context));
  return json.dump() + "\n";
}

Truth parse_truth(const std::string& text) {
  try {
    const auto json = Json::parse(text);
    Truth truth;
    truth.seed = json.at("seed").get<std::uint64_t>();
    truth.permutations = json.at("permutations").get<std::int32_t>();
    truth.dimensions = json.at("dimensions").get<std::int32_t>();
    for (const auto& context : json.at("contexts")) truth.contexts.push_back(to_context(context));
    return truth;
  } catch (const nlohmann::json::exception& error) {
    throw Error(ErrorKind::kInput, fmt::format("stored truth cannot be read: {}", error.what()));
  }
}

std::string truth_summary(const Truth& truth) {
  Json json = {{"seed", truth.seed},
               {"permutations", truth.permutations},
               {"dimensions", truth.dimensions},
               {"contexts", Json::array()}};
  for (const auto& context : truth.contexts) {
    Json entry = {{"context", context.context},
                  {"systematic_variation", number(context.systematic_variation)}};
    const auto counts = count_strata(context);
    for (std::size_t s = 0; s < counts.size(); ++s) {
      entry["perturbations"][std::string(stratum_name(s))] = counts[s];
    }
    json["contexts"].push_back(entry);
  }
  return json.dump();
}

std::string truth_csv(const Truth& truth) {
  std::string csv =
      "perturbation,context,n_cells,n_de,effect,noise_corrected_effect,e_p,e_p_adj,reliability,"
      "ceiling,stratum,decile\n";
  for (const auto& context : truth.contexts) {
    for (std::size_t p = 0; p < context.perturbations.size(); ++p) {
      csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n",
                         csv_text(context.perturbations[p]), csv_text(context.context),
                         context.n_cells[p], csv_number_or_nothing(context.n_de[p]),
                         csv_number(std::sqrt(context.squared_effect[p])),
                         csv_number(signed_root(context.corrected_effect(p))),
                         csv_number(context.e_p[p]), csv_number(context.e_p_adj[p]),
                         csv_number(context.reliability[p]), csv_number(context.ceiling[p]),
                         stratum_name(static_cast<std::size_t>(context.stratum[p])),
                         context.decile[p] < 0 ? "" : std::to_string(context.decile[p] + 1));
    }
  }
  return csv;
}

std::string strata_csv(const PredictionResult& result) {
  std::string csv =
      "context,stratum,metric,mean,low,high,n,effective_n,fraction_of_ceiling,reason\n";
  for (const auto& context : result.contexts) {
    for (const auto& row : context.strata) {
      csv +=
          fmt::format("{},{},{},{},{},{},{},{},{},{}\n", csv_text(context.context), row.stratum,
                      row.metric, csv_number_or_nothing(row.mean), csv_number_or_nothing(row.low),
                      csv_number_or_nothing(row.high), row.n, csv_number(row.effective_n),
                      csv_number_or_nothing(row.fraction_of_ceiling), csv_text(row.reason));
    }
  }
  return csv;
}

std::string metric_quality_csv(const Truth& truth) {
  std::string csv = "metric,context,drf,drf_low,drf_high,bds,no_change_score,n,verdict,reason\n";
  for (const auto& context : truth.contexts) {
    for (const auto& metric : context.metrics) {
      csv +=
          fmt::format("{},{},{},{},{},{},{},{},{},{}\n", metric.metric, csv_text(context.context),
                      csv_number_or_nothing(metric.drf), csv_number_or_nothing(metric.drf_low),
                      csv_number_or_nothing(metric.drf_high), csv_number_or_nothing(metric.bds),
                      csv_number_or_nothing(metric.no_change_score), metric.n, metric.verdict,
                      csv_text(metric.reason));
    }
  }
  return csv;
}

std::string truth_text(const Report& report) {
  if (report.truth.contexts.empty()) return {};
  std::array<std::int64_t, 5> counts{};
  double systematic = 0.0;
  for (const auto& context : report.truth.contexts) {
    const auto own = count_strata(context);
    for (std::size_t s = 0; s < counts.size(); ++s) counts[s] += own[s];
    systematic += context.systematic_variation;
  }
  std::vector<double> mean_rank;
  const auto& leader = report.predictions[leaderboard_order(report, mean_rank).front()];
  const auto& columns = report.predictions.front().contexts.front().metrics;
  std::vector<std::string_view> shown;
  for (const auto& metric : columns) {
    if (shown.size() < 3 && !metric.scores.empty() &&
        metric.metric->scoring != ScoringClass::kDiagnostic) {
      shown.push_back(metric.metric->name);
    }
  }
  std::string text =
      fmt::format("\nperturbations by strength of effect, and what {} scores there\n", leader.name);
  text +=
      fmt::format("{:<11}{:>6}  {:>15}  {:>12}", "stratum", "n", "claimed effect", "false calls");
  for (const auto name : shown) text += fmt::format("  {}", short_name(name));
  text += '\n';
  for (std::size_t s = 0; s < counts.size(); ++s) {
    if (counts[s] == 0) continue;
    const auto name = stratum_name(s);
    text += fmt::format("{:<11}{:>6}  {:>15}  {:>12}", name, counts[s],
                        score_text(leader, name, "claimed_effect"),
                        score_text(leader, name, "false_calls"));
    for (const auto metric : shown) {
      text += fmt::format("  {:>{}}", score_text(leader, name, metric), short_name(metric).size());
    }
    text += '\n';
  }
  text += fmt::format(
      "systematic variation {:.2f}: the nearer to 1, the more a correlation with the control's "
      "shift is owed to what all perturbations share\n",
      systematic / static_cast<double>(report.truth.contexts.size()));
  std::vector<std::string> dominated;
  for (const auto& context : report.truth.contexts) {
    for (const auto& metric : context.metrics) {
      if (metric.verdict == "identity-dominated" &&
          std::ranges::find(dominated, metric.metric) == dominated.end()) {
        dominated.push_back(metric.metric);
      }
    }
  }
  if (!dominated.empty()) {
    text += fmt::format("identity-dominated here (predicting no change scores high): {}\n",
                        listed(dominated));
  }
  return text;
}

void write_strata(const std::string& folder, const PredictionResult& result) {
  const auto path = std::filesystem::path(folder) / result.name / "strata.csv";
  if (result.contexts.empty() || result.contexts.front().strata.empty()) {
    std::error_code ignored;  // nor may an earlier run's stand beside this one's numbers
    std::filesystem::remove(path, ignored);
    return;
  }
  write(path, strata_csv(result));
}

void write_truth(const std::string& folder, const Report& report) {
  if (report.truth.contexts.empty()) {
    std::error_code ignored;
    for (const auto* name : {"truth.csv", "metric_quality.csv"}) {
      std::filesystem::remove(std::filesystem::path(folder) / name, ignored);
    }
    return;
  }
  write(std::filesystem::path(folder) / "truth.csv", truth_csv(report.truth));
  write(std::filesystem::path(folder) / "metric_quality.csv", metric_quality_csv(report.truth));
}

}  // namespace cupel
