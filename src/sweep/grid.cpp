#include "sweep/grid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cupel/error.hpp"
#include "models/model.hpp"

namespace cupel::sweep {
namespace {

// Settings that one fit serves for all their values.
std::set<std::string> shared_by_a_fit(const std::string& model) {
  if (model == "ridge" || model == "kernel_ridge") return {"lambda", "lambda-unit"};
  if (model == "bilinear_scores" || model == "bilinear_loadings") {
    return {"k", "lambda-genes", "lambda-perturbations"};
  }
  return {};
}

}  // namespace

std::vector<Chosen> settings_of(const SweepGrid& grid) {
  const auto& entry = models::find_model(grid.model);
  std::vector<Chosen> all{{}};
  std::set<std::string> seen;
  for (const auto& axis : grid.axes) {
    if (axis.values.empty() || !seen.insert(axis.name).second) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("model '{}': {} {}", grid.model, axis.name,
                              axis.values.empty() ? "has no values" : "is given twice"));
    }
    std::vector<Chosen> longer;
    for (const auto& chosen : all) {
      for (const auto& value : axis.values) {
        longer.push_back(chosen);
        longer.back().emplace(axis.name, value);
      }
    }
    all = std::move(longer);
  }
  for (const auto& chosen : all) {
    static_cast<void>(models::Settings(entry.name, entry.settings, chosen));
  }
  return all;
}

std::vector<std::vector<Chosen>> families_of(const SweepGrid& grid) {
  const auto shared = shared_by_a_fit(grid.model);
  std::vector<std::vector<Chosen>> families;
  std::map<Chosen, std::size_t> number;
  for (auto& chosen : settings_of(grid)) {
    Chosen rest;
    for (const auto& [name, value] : chosen) {
      if (!shared.contains(name)) rest.emplace(name, value);
    }
    const auto [at, is_new] = number.emplace(std::move(rest), families.size());
    if (is_new) families.emplace_back();
    families[at->second].push_back(std::move(chosen));
  }
  return families;
}

std::string settings_text(const Chosen& settings) {
  std::string text;
  for (const auto& [name, value] : settings) {
    text.append(fmt::format("{}{}={}", text.empty() ? "" : " ", name, value));
  }
  return text;
}

}  // namespace cupel::sweep
