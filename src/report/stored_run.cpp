#include "report/stored_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "report/json_value.hpp"
#include "stats/aggregate.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse_stored(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::kInput, fmt::format("{}: {}", file.string(), why));
}

std::string stored_text(const fs::path& file) {
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) {
    refuse_stored(file, "no such file; give folders that `cupel score -o` wrote");
  }
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  if (!stream) refuse_stored(file, "cannot be read");
  return text.str();
}

// Takes one line's fields off the front of `text`; false at its end.
bool take_line(std::string_view& text, std::vector<std::string>& fields) {
  if (text.empty()) return false;
  fields.assign(1, {});
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '"' && at + 1 < text.size() && text[at + 1] == '"') {
      fields.back() += c;
      ++at;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && c == ',') {
      fields.emplace_back();
    } else if (!quoted && c == '\n') {
      break;
    } else {
      fields.back() += c;
    }
  }
  text.remove_prefix(std::min(at + 1, text.size()));
  return true;
}

double number_of(const fs::path& file, const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') refuse_stored(file, fmt::format("'{}' is not a number", text));
  return value;
}

// Places of a context's rows in its lists, which come in the file's order.
class ContextReader {
 public:
  ContextReader(const std::string& name, const std::vector<const Metric*>& metrics) {
    result.context = name;
    for (const auto* metric : metrics) {
      result.metrics.emplace_back();
      result.metrics.back().metric = metric;
    }
  }
  void add(const std::string& perturbation, std::size_t metric, Score score) {
    if (result.perturbations.empty() || result.perturbations.back() != perturbation) {
      result.perturbations.push_back(perturbation);
    }
    result.metrics[metric].scores.push_back(score);
  }
  ContextResult result;
};

std::vector<ContextResult> read_results(const fs::path& file,
                                        const std::vector<const Metric*>& metrics,
                                        const Conventions::Aggregation& rules,
                                        std::set<std::string>& reasons) {
  const std::string content = stored_text(file);
  std::string_view text = content;
  std::vector<std::string> row;
  const std::vector<std::string> header{"perturbation", "context", "metric", "value", "reason"};
  if (!take_line(text, row) || row != header) refuse_stored(file, "not as `cupel score` writes it");
  std::vector<ContextReader> contexts;
  while (take_line(text, row)) {
    if (row.size() != header.size()) refuse_stored(file, "a line has not five fields");
    const auto* metric = &find_metric(row[2]);
    const auto place = std::ranges::find(metrics, metric);
    if (place == metrics.end())
      refuse_stored(file, fmt::format("'{}' is not in the profile", row[2]));
    auto context = std::ranges::find_if(
        contexts, [&](const ContextReader& c) { return c.result.context == row[1]; });
    if (context == contexts.end()) context = contexts.insert(context, {row[1], metrics});
    Score score;
    score.undefined_because = *reasons.insert(row[4]).first;
    score.absent = row[3].empty();
    if (!score.absent) score.value = number_of(file, row[3]);
    context->add(row[0], static_cast<std::size_t>(place - metrics.begin()), score);
  }
  if (contexts.empty()) refuse_stored(file, "holds no score");
  std::vector<ContextResult> results;
  for (auto& [context] : contexts) {
    for (auto& metric : context.metrics) {
      if (metric.metric->compute == nullptr) continue;
      if (metric.scores.size() != context.perturbations.size()) {
        refuse_stored(file,
                      fmt::format("'{}' has {} scores for {} perturbations", metric.metric->name,
                                  metric.scores.size(), context.perturbations.size()));
      }
      metric.aggregate = aggregate(metric.scores, rules.nan_in_mean);
    }
    results.push_back(std::move(context));
  }
  return results;
}

// Means of metrics that have no scores of perturbations.
void read_derived_means(const fs::path& file, std::vector<ContextResult>& contexts) {
  const std::string content = stored_text(file);
  std::string_view text = content;
  std::vector<std::string> header;
  std::vector<std::string> row;
  if (!take_line(text, header)) refuse_stored(file, "is empty");
  const bool several = header.size() > 1 && header[1] == "context";
  while (take_line(text, row)) {
    if (row.size() != header.size()) refuse_stored(file, "a line is shorter than the first");
    if (row[0] != "mean") continue;
    for (auto& context : contexts) {
      if (several && row[1] != context.context) continue;
      for (std::size_t column = several ? 2 : 1; column < header.size(); ++column) {
        const auto* metric = &find_metric(header[column]);
        for (auto& result : context.metrics) {
          if (result.metric != metric || metric->compute != nullptr) continue;
          result.aggregate.mean = number_of(file, row[column]);
        }
      }
    }
  }
}

}  // namespace

StoredRun read_run(const std::string& folder) {
  const fs::path place(folder);
  const auto file = place / "run.json";
  const auto json = Json::parse(stored_text(file), nullptr, false);
  StoredRun run;
  run.folder = place.has_filename() ? place.string() : place.parent_path().string();
  std::vector<const Metric*> metrics;
  std::vector<std::string> names;
  try {
    const auto& program = json.at("cupel");
    run.program = fmt::format("{} ({})", program.at("version").get<std::string>(),
                              program.at("commit").get<std::string>());
    run.real = json.at("real").at("path").get<std::string>();
    run.target_gene_map = json.at("target_gene_map").get<std::string>();
    run.terms.emplace_back("measured screen (fingerprint)",
                           json.at("real").at("fingerprint").dump());
    for (const auto& [name, value] : json.at("columns").items()) {
      run.terms.emplace_back(fmt::format("column or label ({})", name), value.dump());
    }
    run.terms.emplace_back("metrics", json.at("profile").at("metrics").dump());
    Profile profile;
    for (const auto& [name, value] : json.at("profile").at("settings").items()) {
      run.terms.emplace_back(name, value.dump());
      if (!name.starts_with("aggregation.")) continue;
      apply_setting(
          profile,
          fmt::format("{}={}", name, value.is_string() ? value.get<std::string>() : value.dump()));
    }
    run.rules = profile.conventions.aggregation;
    for (const auto& name : json.at("profile").at("metrics")) {
      metrics.push_back(&find_metric(name.get<std::string>()));
    }
    for (const auto& prediction : json.at("predictions")) {
      names.push_back(prediction.at("name").get<std::string>());
    }
  } catch (const nlohmann::json::exception&) {
    refuse_stored(file, "not as `cupel score` writes it");
  }
  for (const auto& name : names) {
    PredictionResult result;
    result.name = name;
    result.contexts = read_results(place / name / "results.csv", metrics, run.rules, run.reasons);
    read_derived_means(place / name / "agg_results.csv", result.contexts);
    run.predictions.push_back(std::move(result));
  }
  return run;
}

}  // namespace cupel
