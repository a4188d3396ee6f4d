#pragma once
#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "fitting/training_data.hpp"
#include "support/memory_screen.hpp"

namespace cupel::fitting {

// A screen of cells with a label, a context and a batch; "ctrl" is the control.
inline OpenScreens labelled_screens(const test::DenseCells& values,
                                    const std::vector<std::array<std::string, 3>>& cells,
                                    bool batches) {
  std::map<std::string, std::vector<std::string>> obs;
  for (const auto& [label, context, batch] : cells) {
    obs["target"].push_back(label);
    obs["line"].push_back(context);
    obs["batch"].push_back(batch);
  }
  OpenScreens screens;
  screens.files.push_back(std::make_unique<test::MemoryScreen>(values, obs));
  screens.named.push_back({screens.files.back().get(), ""});
  screens.conditions = list_conditions(screens.named, {.perturbation = "target",
                                                       .context = "line",
                                                       .dose = {},
                                                       .batch = batches ? "batch" : "",
                                                       .dataset = {},
                                                       .names = {.controls = {"ctrl"}}});
  return screens;
}

}  // namespace cupel::fitting
