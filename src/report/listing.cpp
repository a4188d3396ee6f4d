#include "report/listing.hpp"

#include <fmt/format.h>

#include <cmath>

#include "config/profile.hpp"
#include "cupel/metric.hpp"
#include "models/model.hpp"
#include "report/json_value.hpp"
#include "splits/generator.hpp"

namespace cupel {
namespace {

std::string_view better_text(Better better) {
  return better == Better::kHigher ? "higher" : better == Better::kLower ? "lower" : "neither";
}

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

std::string metrics_text() {
  std::string text;
  for (const auto& metric : all_metrics()) {
    text +=
        fmt::format("{:<44} {:<8} {}\n", metric.name, better_text(metric.better), metric.summary);
  }
  return text;
}

std::string metrics_json() {
  Json list = Json::array();
  for (const auto& metric : all_metrics()) {
    list.push_back({{"name", metric.name},
                    {"v1_name", metric.v1_name},
                    {"summary", metric.summary},
                    {"better", better_text(metric.better)},
                    {"low", finite_or_null(metric.low)},
                    {"high", finite_or_null(metric.high)},
                    {"perfect", finite_or_null(metric.perfect)},
                    {"worst", finite_or_null(metric.worst)}});
  }
  return list.dump(2) + "\n";
}

std::string profiles_text() {
  std::string text;
  for (const auto& name : builtin_profile_names()) {
    const auto profile = load_profile(name);
    text +=
        fmt::format("{:<10} {:>2} metrics  {}\n", name, profile.metrics.size(), profile.summary);
  }
  return text;
}

std::string profiles_json() {
  Json list = Json::array();
  for (const auto& name : builtin_profile_names()) {
    const auto profile = load_profile(name);
    Json settings;
    for (const auto& [path, value] : resolved_settings(profile.conventions)) {
      settings[path] = Json::parse(value, nullptr, false);
    }
    list.push_back({{"name", name},
                    {"summary", profile.summary},
                    {"metrics", profile.metrics},
                    {"settings", settings}});
  }
  return list.dump(2) + "\n";
}

std::string baselines_text() {
  std::string text;
  for (const auto& model : models::all_models()) {
    text += fmt::format("{:<20} {}\n", model.name, model.summary);
    for (const auto& setting : model.settings) {
      text += fmt::format("    {:<22} {:<18} {}\n", setting.name,
                          setting.value.empty() ? "-" : setting.value, setting.meaning);
    }
  }
  return text;
}

std::string splits_text() {
  std::string text;
  for (const auto& generator : splits::all_generators()) {
    text += fmt::format("{:<16} {}\n", generator.name, generator.summary);
  }
  return text;
}

std::string baselines_json() {
  Json list = Json::array();
  for (const auto& model : models::all_models()) {
    Json chain = Json::array();
    for (const auto rung : model.chain) chain.push_back(models::rung_text(rung));
    Json settings = Json::array();
    for (const auto& setting : model.settings) {
      settings.push_back(
          {{"name", setting.name}, {"default", setting.value}, {"meaning", setting.meaning}});
    }
    list.push_back({{"name", model.name},
                    {"summary", model.summary},
                    {"sees_held_out_cells", model.sees != models::Sees::kTraining},
                    {"rules", chain},
                    {"settings", settings}});
  }
  return list.dump(2) + "\n";
}

std::string splits_json() {
  Json list = Json::array();
  for (const auto& generator : splits::all_generators()) {
    list.push_back({{"name", generator.name},
                    {"version", generator.version},
                    {"summary", generator.summary},
                    {"claim", generator.claim},
                    {"options", generator.options},
                    {"modes", generator.modes}});
  }
  return list.dump(2) + "\n";
}

}  // namespace cupel
