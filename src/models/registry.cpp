#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "cupel/error.hpp"
#include "models/entries.hpp"
#include "text.hpp"

namespace cupel::models {
namespace {

// What is held out reaches those alone that say so.
void check_second_halves(const ModelEntry& entry, const Training& training) {
  const auto& halves = training.second_halves;
  if (entry.sees == Sees::kTraining) {
    if (halves) {
      throw std::logic_error(fmt::format("'{}' was given cells that are held out", entry.name));
    }
    return;
  }
  const bool tests = entry.sees == Sees::kTestedHalves;
  if (!halves || (tests && halves->p_adj.rows() != halves->delta.rows())) {
    throw Error(ErrorKind::kUsage,
                fmt::format("'{}' is no prediction but a ceiling, made of cells that are held out: "
                            "`cupel fit` alone makes it",
                            entry.name));
  }
}

}  // namespace

std::span<const ModelEntry> all_models() {
  static const std::vector<ModelEntry> entries{
      no_change_entry(),
      perturbed_mean_entry(),
      context_mean_entry(),
      perturbation_mean_entry(),
      matching_mean_entry(),
      additive_entry(),
      fitted_additive_entry(),
      scaled_additive_entry(),
      latent_additive_entry(),
      bilinear_scores_entry(),
      bilinear_loadings_entry(),
      ridge_entry(),
      kernel_ridge_entry(),
      nearest_neighbours_entry(),
      elastic_net_entry(),
      random_forest_entry(),
      gradient_boosting_entry(),
      technical_duplicate_entry(),
      interpolated_duplicate_entry(),
  };
  return entries;
}

const ModelEntry& find_model(std::string_view name) {
  std::vector<std::string> known;
  for (const ModelEntry& entry : all_models()) {
    if (entry.name == name) return entry;
    known.emplace_back(entry.name);
  }
  const auto near = nearest(name, known);
  throw Error(ErrorKind::kUsage,
              fmt::format("no model named '{}'{}; known: {}", name,
                          near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                          listed(known, known.size())));
}

std::unique_ptr<Model> fit_model(std::string_view name, const Training& training,
                                 const std::map<std::string, std::string>& chosen) {
  const ModelEntry& entry = find_model(name);
  const Settings settings(entry.name, entry.settings, chosen);
  check_training(training);
  check_second_halves(entry, training);
  return entry.fit(training, settings);
}

std::string model_table_markdown() {
  std::string table = "| baseline | what it predicts | rests on, in this order |\n|---|---|---|\n";
  for (const ModelEntry& entry : all_models()) {
    std::vector<std::string_view> chain;
    for (const Rung rung : entry.chain) chain.push_back(rung_text(rung));
    table.append(
        fmt::format("| `{}` | {} | {} |\n", entry.name, entry.summary, fmt::join(chain, ", ")));
  }
  return table;
}

}  // namespace cupel::models
