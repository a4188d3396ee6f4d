#include "report/end_cache.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cupel/error.hpp"
#include "data/fnv1a.hpp"
#include "io/output_file.hpp"
#include "report/json_value.hpp"
#include "stats/aggregate.hpp"
#include "text.hpp"
#include "version.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;

std::string users_folder() {
  const auto* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return (fs::path(cache) / "cupel").string();
  const auto* home = std::getenv("HOME");
  if (home != nullptr && *home != '\0') return (fs::path(home) / ".cache" / "cupel").string();
  return {};
}

// JSON has no NaN and no infinity.
Json cached_number(double value) {
  return std::isfinite(value) ? Json(value) : Json(number_text(value));
}
double cached_number(const Json& json) {
  return json.is_number() ? json.get<double>()
                          : std::strtod(json.get_ref<const std::string&>().c_str(), nullptr);
}

Json cached_numbers(std::span<const double> values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(cached_number(value));
  return json;
}

// Null when there is no such file, or it is of something else.
Json load(const std::string& path, const std::string& key) {
  std::ifstream file(path);
  if (!file) return nullptr;
  Json json = Json::parse(file, nullptr, false);
  if (!json.is_object() || !json.contains("key") || json["key"] != key) return nullptr;
  return json;
}

void save(const std::string& path, const Json& json) {
  if (path.empty()) return;
  std::error_code ignored;
  fs::create_directories(fs::path(path).parent_path(), ignored);
  try {
    io::OutputFile file(path);
    file.write(json.dump());
    file.commit();
  } catch (const Error&) {  // the next run scores it again
  }
}

}  // namespace

EndCache::EndCache(const std::string& folder, std::string key)
    : folder_(folder == "none" ? ""
              : folder.empty() ? users_folder()
                               : folder),
      key_(fmt::format("cupel {} {}\n{}", version(), commit(), key)) {}

std::string EndCache::path_of(const std::string& what) const {
  if (folder_.empty()) return {};
  return (fs::path(folder_) / fmt::format("end-{:016x}.json", fnv1a(key_ + what))).string();
}

std::optional<ContextResult> EndCache::baseline(const std::string& what,
                                                std::span<const Metric* const> metrics,
                                                NanInMean nan_in_mean) const {
  const Json json = load(path_of(what), key_ + what);
  if (json.is_null()) return std::nullopt;
  try {
    ContextResult result;
    result.perturbations = json.at("perturbations");
    for (const auto* metric : metrics) {
      const Json& from = json.at("metrics").at(std::string(metric->name));
      MetricResult& to = result.metrics.emplace_back();
      to.metric = metric;
      to.undefined_because = from.at("undefined_because");
      for (const auto& score : from.at("scores")) {
        to.scores.push_back({cached_number(score.at(0)), kept(score.at(1)), score.at(2)});
      }
      if (metric->compute != nullptr) {
        to.aggregate = aggregate(to.scores, nan_in_mean);
      } else {
        to.aggregate.mean = cached_number(from.at("mean"));
      }
    }
    return result;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

void EndCache::keep(const std::string& what, const ContextResult& result) const {
  Json json = {{"key", key_ + what}, {"perturbations", result.perturbations}};
  for (const auto& metric : result.metrics) {
    Json& to = json["metrics"][std::string(metric.metric->name)];
    to["undefined_because"] = metric.undefined_because;
    to["mean"] = cached_number(metric.aggregate.mean);
    to["scores"] = Json::array();
    for (const auto& score : metric.scores) {
      to["scores"].push_back(
          Json::array({cached_number(score.value), score.undefined_because, score.absent}));
    }
  }
  save(path_of(what), json);
}

std::optional<ReplicateResult> EndCache::replicate(const std::string& what,
                                                   std::span<const Metric* const> metrics) const {
  const Json json = load(path_of(what), key_ + what);
  if (json.is_null()) return std::nullopt;
  try {
    ReplicateResult result;
    for (const auto* metric : metrics) {
      const Json& from = json.at("metrics").at(std::string(metric->name));
      ReplicateMetric& to = result.metrics.emplace_back();
      to.metric = metric;
      for (const auto& split : from.at("splits")) to.splits.push_back(cached_number(split));
      to.defined = from.at("defined").get<std::vector<std::int64_t>>();
      to.mean = cached_number(from.at("mean"));
      to.standard_deviation = cached_number(from.at("standard_deviation"));
      to.undefined_because = from.at("undefined_because");
    }
    return result;
  } catch (const Json::exception&) {
    return std::nullopt;
  }
}

void EndCache::keep(const std::string& what, const ReplicateResult& result) const {
  Json json = {{"key", key_ + what}};
  for (const auto& metric : result.metrics) {
    json["metrics"][std::string(metric.metric->name)] = {
        {"splits", cached_numbers(metric.splits)},
        {"defined", metric.defined},
        {"mean", cached_number(metric.mean)},
        {"standard_deviation", cached_number(metric.standard_deviation)},
        {"undefined_because", metric.undefined_because}};
  }
  save(path_of(what), json);
}

}  // namespace cupel
