#include "report/sweep_record.hpp"

#include "report/device_record.hpp"
#include "version.hpp"

namespace cupel {

std::string sweep_record_json(const SweepConfig& config, const SweepSummary& summary,
                              const SweepReport& report) {
  Json json;
  json["cupel"] = {{"version", version()}, {"commit", commit()}};
  json["device"] = report.device.name;
  add_devices({&report.device, 1}, json);
  json["threads"] = report.threads;
  json["screen"] = config.run.real;
  json["columns"] = {{"perturbation", config.run.pert_col},
                     {"control", config.run.control},
                     {"separator", config.separator},
                     {"context", config.run.context_col},
                     {"dose", config.dose_col},
                     {"dataset", config.dataset_col}};
  json["profile"] = config.run.profile;
  json["select"] = sweep::score_name(config.select);
  json["models"] = Json::array();
  for (const auto& grid : config.grids) {
    Json axes = Json::object();
    for (const auto& axis : grid.axes) axes[axis.name] = axis.values;
    json["models"].push_back({{"name", grid.model}, {"settings", axes}});
  }
  json["tables"] = config.tables;
  json["claims"] = Json::array();
  for (const auto& [of, claim] : summary.claims) {
    json["claims"].push_back({{"split", of.first}, {"task", of.second}, {"claim", claim}});
  }
  json["settings"] = report.settings;
  json["seconds"] = report.seconds;
  for (const auto& [stage, seconds] : report.stages) json["stages"][stage] = seconds;
  json["warnings"] = report.warnings;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace cupel
