#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "splits/generator.hpp"
#include "support/memory_screen.hpp"

namespace cupel::test {

// So many cells of one label; fields left empty have no column's worth of meaning.
struct MadeCells {
  std::string label;
  std::string context = "c";
  int cells = 3;
  std::string dose = {};
  std::string batch = {};
  std::string dataset = {};
};

// A screen in memory and what generators are given of it. Cells are named for what they are, so
// that the same cells in another order are the same screen.
class MadeMaterial {
 public:
  explicit MadeMaterial(const std::vector<MadeCells>& groups, std::uint64_t shuffle = 0,
                        NameRule names = {.controls = {"ctrl"}}) {
    std::vector<MadeCells> rows;
    for (const auto& group : groups) {
      for (int i = 0; i < group.cells; ++i) {
        rows.push_back(group);
        rows.back().cells = i;
      }
    }
    if (shuffle != 0) {
      std::mt19937_64 random(shuffle);
      std::ranges::shuffle(rows, random);
    }
    std::map<std::string, std::vector<std::string>> obs;
    bool any_dose = false;
    bool any_batch = false;
    bool any_dataset = false;
    for (const auto& row : rows) {
      obs["target"].push_back(row.label);
      obs["line"].push_back(row.context);
      obs["dose"].push_back(row.dose);
      obs["batch"].push_back(row.batch);
      obs["dataset"].push_back(row.dataset);
      any_dose = any_dose || !row.dose.empty();
      any_batch = any_batch || !row.batch.empty();
      any_dataset = any_dataset || !row.dataset.empty();
      names_.push_back(row.label + "/" + row.context + "/" + row.dose + "/" + row.batch + "/" +
                       row.dataset + "/" + std::to_string(row.cells));
    }
    const auto n = std::ssize(rows);
    screen_ = std::make_unique<MemoryScreen>(
        DenseCells{n, 1, std::vector<double>(static_cast<std::size_t>(n), 1.0)}, obs);
    columns_ = {.perturbation = "target",
                .context = "line",
                .dose = any_dose ? "dose" : "",
                .batch = any_batch ? "batch" : "",
                .dataset = any_dataset ? "dataset" : "",
                .names = std::move(names)};
    const std::vector<NamedScreen> screens{{screen_.get(), ""}};
    list_ = list_conditions(screens, columns_);
    material_ = {.conditions = list_,
                 .columns = columns_,
                 .cell_names =
                     [this](const ConditionCells& entry) {
                       std::vector<std::string> some;
                       for (const auto row : entry.rows) {
                         some.push_back(names_[static_cast<std::size_t>(row)]);
                       }
                       return some;
                     },
                 .context_profiles = [this] { return profiles; }};
    for (const auto& entry : list_) {
      const auto& context = entry.condition.context;
      if (std::ranges::find(profiles.contexts, context) != profiles.contexts.end()) continue;
      profiles.contexts.push_back(context);
      profiles.values.push_back({static_cast<double>(profiles.contexts.size())});
    }
  }
  MadeMaterial(const MadeMaterial&) = delete;
  MadeMaterial& operator=(const MadeMaterial&) = delete;

  operator const splits::Material&() const { return material_; }  // NOLINT: it is one
  [[nodiscard]] const std::vector<ConditionCells>& list() const { return list_; }

  splits::ContextProfiles profiles;  // of each context, its number

 private:
  std::vector<std::string> names_;
  std::unique_ptr<MemoryScreen> screen_;
  ConditionColumns columns_;
  std::vector<ConditionCells> list_;
  splits::Material material_;
};

// Which part the condition of this name and context is in; of several, that of the first.
inline splits::Part part_of(const splits::Manifest& manifest, const std::string& name,
                            const std::string& context = "c", std::size_t fold = 0) {
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& condition = manifest.conditions[i];
    if (condition.context == context && canonical_name(condition.members) == name) {
      return manifest.folds[fold].part[i];
    }
  }
  ADD_FAILURE() << "no condition " << name << " in " << context;
  return splits::Part::kUnused;
}

// The task of a tested condition.
inline std::string task_of(const splits::Manifest& manifest, const std::string& name,
                           const std::string& context = "c", std::size_t fold = 0) {
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& condition = manifest.conditions[i];
    if (condition.context == context && canonical_name(condition.members) == name) {
      return manifest.folds[fold].task[i];
    }
  }
  return "no such condition";
}

inline splits::Manifest split(const std::string& generator, const splits::Material& material,
                              const splits::SplitOptions& options = {}) {
  return splits::make_split(splits::find_generator(generator), material, options);
}

// Contexts c0 ..., each with controls and singles g00 ... of 3 cells.
inline std::vector<MadeCells> grid(int contexts, int perturbations) {
  std::vector<MadeCells> groups;
  for (int c = 0; c < contexts; ++c) {
    const auto context = "c" + std::to_string(c);
    groups.push_back({.label = "ctrl", .context = context, .cells = 8});
    for (int p = 0; p < perturbations; ++p) {
      const auto number = std::to_string(p);
      groups.push_back(
          {.label = std::string(number.size() < 2 ? "g0" : "g") + number, .context = context});
    }
  }
  return groups;
}

// One context with twelve singles and sixteen pairs, as vector S05 has them.
inline std::vector<MadeCells> pairs_screen() {
  std::vector<MadeCells> groups{{.label = "ctrl", .cells = 8}};
  for (const auto* label : {"A+ctrl", "B+ctrl", "C+ctrl", "D+ctrl", "E+ctrl", "F+ctrl", "G+ctrl",
                            "H+ctrl", "I+ctrl", "J+ctrl", "K+ctrl", "L+ctrl", "A+B",    "A+C",
                            "B+D",    "C+E",    "D+F",    "E+G",    "F+H",    "G+I",    "H+J",
                            "I+K",    "J+L",    "K+L",    "A+L",    "B+K",    "C+J",    "D+I"}) {
    groups.push_back({.label = label});
  }
  return groups;
}

}  // namespace cupel::test
