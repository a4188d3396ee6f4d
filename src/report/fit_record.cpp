#include "report/fit_record.hpp"

#include <fmt/format.h>

#include "config/profile.hpp"
#include "report/json_value.hpp"
#include "report/report.hpp"
#include "text.hpp"
#include "version.hpp"

namespace cupel {
namespace {

std::string dumped(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::map<std::string, std::int64_t> count_rules(const FitReport& report) {
  std::map<std::string, std::int64_t> counts;
  for (const auto& one : report.predictions) ++counts[one.rule];
  return counts;
}

std::string fit_rules_csv(const FitReport& report) {
  std::string text = "perturbation,context,dataset,dose,task,rule,reason\n";
  for (const auto& one : report.predictions) {
    text.append(fmt::format("{},{},{},{},{},{},{}\n", csv_text(one.perturbation),
                            csv_text(one.context), csv_text(one.dataset), csv_text(one.dose),
                            csv_text(one.task), csv_text(one.rule), csv_text(one.reason)));
  }
  return text;
}

std::string fit_record_json(const FitReport& report) {
  const auto& config = report.config;
  Json json;
  json["cupel"] = {{"version", version()}, {"commit", commit()}};
  json["claim"] = report.claim;
  json["model"] = {{"name", config.model}, {"settings", Json::object()}};
  if (report.ceiling) {
    json["model"]["sees_held_out_cells"] = true;
    if (config.halves_col.empty()) {
      json["model"]["halves_seed"] = config.seed;
    } else {
      json["model"]["halves_column"] = config.halves_col;
    }
  }
  for (const auto& [name, value] : report.settings) json["model"]["settings"][name] = value;
  json["model"]["tables"] = config.tables;
  json["screens"] = Json::array({config.run.real});
  for (const auto& screen : config.more_screens) json["screens"].push_back(screen);
  json["columns"] = {{"perturbation", config.run.pert_col},
                     {"control", config.run.control},
                     {"more_controls", config.more_controls},
                     {"separator", config.separator},
                     {"context", config.run.context_col},
                     {"dose", config.dose_col},
                     {"batch", config.batch_col},
                     {"dataset", config.dataset_col}};
  json["input_type"] = report.input_type;
  json["control_reference"] = config.reference;
  Json profile = {{"name", report.profile.name}};
  for (const auto& [path, value] : resolved_settings(report.profile.conventions)) {
    profile["settings"][path] = Json::parse(value, nullptr, false);
    if (profile["settings"][path].is_discarded()) profile["settings"][path] = value;
  }
  json["profile"] = profile;
  if (!config.split.empty()) {
    json["split"] = {{"file", config.split},      {"generator", report.split_generator},
                     {"seed", report.split_seed}, {"sha256", report.split_sha256},
                     {"fold", report.fold},       {"val_trains", config.with_val}};
    if (report.ceiling) json["split"]["claim"] = report.split_claim;
  }
  if (!config.train.empty()) json["train"] = config.train;
  if (!config.held_out.empty()) json["held_out"] = config.held_out;
  json["trained_on"] = {{"conditions", report.trained_conditions},
                        {"cells", report.trained_cells},
                        {"control_cells", report.control_cells}};
  json["predictions"] = Json::object();
  for (const auto& [rule, n] : count_rules(report)) json["predictions"][rule] = n;
  json["rules"] = report.rules_file;
  json["output"] = {{"file", config.run.output}, {"silence_targets", config.silence_targets}};
  if (!config.truth.empty()) json["output"]["truth"] = config.truth;
  if (!report.mode.empty()) {
    json["output"]["cells"] = report.cells;
    json["output"]["mode"] = report.mode;
    json["output"]["seed"] = config.seed;
    for (const auto& [asked, donor] : report.donors) json["output"]["donors"][asked] = donor;
  }
  json["device"] = report.device;
  json["threads"] = report.threads;
  for (const auto& [stage, seconds] : report.stages) json["stages"][stage] = seconds;
  json["warnings"] = report.warnings;
  return dumped(json);
}

std::string fit_text(const FitReport& report) {
  std::string text = fmt::format("claim: {}\n", report.claim);
  text.append(fmt::format("{} trained on {} conditions ({} cells, {} control cells)\n",
                          report.config.model, report.trained_conditions,
                          grouped(report.trained_cells), grouped(report.control_cells)));
  for (const auto& [rule, n] : count_rules(report)) {
    text.append(fmt::format("{:>8} {}\n", n, rule == "none" ? "not predicted" : rule));
  }
  const auto& truth = report.config.truth;
  return text.append(fmt::format("written: {}, {}, {}{}{}\n", report.config.run.output,
                                 report.rules_file, report.record_file, truth.empty() ? "" : ", ",
                                 truth));
}

}  // namespace cupel
