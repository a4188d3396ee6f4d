#include <fmt/format.h>

#include <ctime>

#include "config/profile.hpp"
#include "report/json_value.hpp"
#include "report/report.hpp"
#include "report/truth_report.hpp"
#include "version.hpp"

namespace cupel {
namespace {

Json input_json(const InputRecord& input) {
  return {{"path", input.path},       {"cells", input.cells},
          {"genes", input.genes},     {"matrix", input.matrix},
          {"read_as", input.read_as}, {"fingerprint", fmt::format("{:016x}", input.fingerprint)}};
}

Json device_json(const DeviceReport& device) {
  Json json = {{"name", device.name}};
  if (device.description.empty()) return json;  // the CPU
  json["description"] = device.description;
  json["driver"] = device.driver;
  json["runtime"] = device.runtime;
  json["memory_limit"] = device.memory_limit;
  json["memory_peak"] = device.memory_peak;
  return json;
}

void add_tags(const Tags& tags, Json& json) {
  for (const auto& [name, value] : tags) json["tags"][name] = value;
}

// How intervals and comparisons were made, so that they can be made again.
Json uncertainty_json(const RunConfig& config) {
  if (config.draws == 0) return nullptr;
  return {{"confidence", config.confidence},
          {"draws", config.draws},
          {"seed", config.seed},
          {"resampled", "perturbations, within each context"},
          {"interval", "BCa bootstrap, widened as Student's t; of the mean rank: percentile"},
          {"test", "paired sign flips; of the mean rank: share of draws on the other side"},
          {"family", "comparisons of one metric in one context; those with a baseline apart"},
          {"correction", "Holm"}};
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

}  // namespace

std::string run_json(const Report& report) {
  Json json;
  json["cupel"] = {{"version", version()}, {"commit", commit()}};
  json["time"] = now();
  json["device"] = report.device;
  json["devices"] = Json::array();
  for (const auto& device : report.devices) {
    json["devices"].push_back(device_json(device));
    if (device.name != "cpu") json["kernels"] = kernels_hash();
  }
  json["threads"] = report.threads;
  Json profile = {{"name", report.profile.name}, {"metrics", report.profile.metrics}};
  if (!report.profile.written_as.empty()) profile["written_as"] = report.profile.written_as;
  for (const auto& [path, value] : resolved_settings(report.profile.conventions)) {
    profile["settings"][path] = Json::parse(value, nullptr, false);
    if (profile["settings"][path].is_discarded()) profile["settings"][path] = value;
  }
  json["profile"] = profile;
  json["columns"] = {{"perturbation", report.config.pert_col},
                     {"control", report.config.control},
                     {"context", report.config.context_col}};
  json["target_gene_map"] = report.config.target_gene_map;
  json["uncertainty"] = uncertainty_json(report.config);
  json["real"] = input_json(report.real);
  if (!report.truth.contexts.empty()) json["truth"] = Json::parse(truth_summary(report.truth));
  json["predictions"] = Json::array();
  for (const auto& result : report.predictions) {
    Json entry = {{"name", result.name}};
    entry.update(input_json(result.input));
    if (result.pseudobulk) entry["kind"] = "pseudobulk";
    add_tags(result.tags, entry);
    entry["seconds"] = result.seconds;
    json["predictions"].push_back(entry);
  }
  if (!report.failed.empty()) json["failed"] = Json::array();
  for (const auto& failed : report.failed) {
    Json entry = {{"name", failed.name}, {"path", failed.path}, {"reason", failed.reason}};
    add_tags(failed.tags, entry);
    json["failed"].push_back(entry);
  }
  if (report.config.ends != "none") {
    json["ends"] = {
        {"asked_for", report.config.ends},
        {"baselines", Json::array()},
        {"seed", report.config.ends_seed},
        {"replicate_splits", report.replicate.empty() ? 0 : report.config.replicate_splits},
        {"split_order", report.config.split_order}};
    for (const auto& end : report.baselines) json["ends"]["baselines"].push_back(end.name);
  }
  for (const auto& [part, seconds] : report.seconds) json["seconds"][part] = seconds;
  for (const auto& [stage, seconds] : report.stages) json["stages"][stage] = seconds;
  json["warnings"] = report.warnings;
  // Messages quote names, and those of files need not be UTF-8.
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cupel
