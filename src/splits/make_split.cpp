#include <fmt/format.h>

#include <algorithm>

#include "cupel/error.hpp"
#include "splits/balance.hpp"
#include "splits/controls.hpp"
#include "splits/fold_sides.hpp"
#include "splits/generator.hpp"
#include "text.hpp"

namespace cupel::splits {
namespace {

void check_options(const Generator& generator, const std::set<std::string>& given) {
  for (const auto& name : given) {
    if (std::ranges::find(generator.options, name) != generator.options.end()) continue;
    std::string known;
    for (const auto option : generator.options) {
      known.append(known.empty() ? "--" : ", --").append(option);
    }
    throw Error(ErrorKind::kUsage,
                fmt::format("{} takes no --{}; it takes {}", generator.name, name, known));
  }
}

void check_share(const char* flag, double share) {
  if (share >= 0.0 && share < 1.0) return;
  throw Error(ErrorKind::kUsage,
              fmt::format("--{} {} is not a share from 0 to below 1", flag, share));
}

// The option as its flag takes it.
std::string parameter_text(std::string_view name, const SplitOptions& options) {
  if (name == "test") return number_text(options.test);
  if (name == "val") return number_text(options.val);
  if (name == "hold-out") return fmt::format("{}", fmt::join(options.hold_out, ","));
  if (name == "validate") return fmt::format("{}", fmt::join(options.validate, ","));
  if (name == "hold-out-perturbation") {
    return fmt::format("{}", fmt::join(options.hold_out_perturbations, ","));
  }
  if (name == "loose") return options.loose ? "true" : "false";
  if (name == "mode") return options.mode;
  if (name == "unit") return options.unit;
  if (name == "folds") return fmt::format("{}", options.folds);
  if (name == "repeats") return fmt::format("{}", options.repeats);
  if (name == "budget") return fmt::format("{}", fmt::join(options.budgets, ","));
  if (name == "test-combinations") return number_text(options.test_combinations);
  if (name == "clusters") return fmt::format("{}", options.clusters);
  if (name == "linkage") return options.linkage;
  if (name == "stratify") return options.stratified_by;
  return {};
}

// How even strata are, beside what the same seed draws without them. Two decimals, which no machine
// rounds in its own way.
std::string balance_text(const Generator& generator, const Material& material, SplitOptions options,
                         const Manifest& manifest) {
  const auto with = balance_of(manifest);
  options.stratified_by.clear();
  Manifest other;
  other.conditions = manifest.conditions;
  other.stratum = manifest.stratum;
  other.folds = generator.draft(material, options).folds;
  return fmt::format("chi-square {:.2f} with {} degrees of freedom; without strata {:.2f}",
                     with.chi_square, with.degrees, balance_of(other).chi_square);
}

// The way asked for, or the generator's first.
std::string mode_of(const Generator& generator, const std::string& asked) {
  if (generator.modes.empty()) return {};
  if (asked.empty()) return std::string(generator.modes.front());
  if (std::ranges::find(generator.modes, asked) == generator.modes.end()) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: no --mode '{}'; known: {}", generator.name,
                                               asked, fmt::join(generator.modes, ", ")));
  }
  return asked;
}

std::vector<Promise> promises_of(const Manifest& manifest, const Draft& draft) {
  std::vector<Promise> promises;
  for (const auto& [task, keys] : draft.tasks) {
    promises.push_back({.task = task, .disjoint_by = keys, .claim = {}});
  }
  std::vector<bool> begun(promises.size(), false);
  for (const auto& fold : manifest.folds) {
    const auto sides = sides_of(manifest, fold);
    const auto trained = trained_set(manifest, sides);
    for (std::size_t p = 0; p < promises.size(); ++p) {
      std::vector<const Condition*> tests;
      for (const auto id : sides.test) {
        const auto at = static_cast<std::size_t>(id);
        if (fold.task[at] == promises[p].task) tests.push_back(&manifest.conditions[at]);
      }
      if (tests.empty()) continue;
      const auto claim = claim_of(trained, tests);
      promises[p].claim = begun[p] ? weaker_of(promises[p].claim, claim) : claim;
      begun[p] = true;
    }
  }
  std::vector<Promise> kept;  // of tasks that some fold tests
  for (std::size_t p = 0; p < promises.size(); ++p) {
    if (begun[p]) kept.push_back(std::move(promises[p]));
  }
  return kept;
}

}  // namespace

Fold empty_fold(std::string name, const Material& material) {
  Fold fold;
  fold.name = std::move(name);
  fold.part.assign(material.conditions.size(), Part::kUnused);
  fold.task.resize(material.conditions.size());
  return fold;
}

void refuse_split(std::string_view generator, std::string_view what) {
  throw Error(ErrorKind::kInput, fmt::format("{}: {}", generator, what));
}

Manifest make_split(const Generator& generator, const Material& material, const SplitOptions& asked,
                    const std::set<std::string>& given) {
  check_options(generator, given);
  auto options = asked;
  options.mode = mode_of(generator, asked.mode);
  check_share("test", options.test);
  check_share("val", options.val);
  check_share("test-combinations", options.test_combinations);
  if (std::ranges::all_of(material.conditions,
                          [](const auto& entry) { return is_control(entry.condition); })) {
    refuse_split(generator.name, "every cell is a control; there is nothing to split");
  }
  auto draft = generator.draft(material, options);
  for (auto& fold : draft.folds) place_controls(material, options, fold);

  Manifest manifest;
  manifest.generator = generator.name;
  manifest.generator_version = generator.version;
  manifest.seed = options.seed;
  manifest.random = draft.random;
  for (const auto name : generator.options) {
    auto value = parameter_text(name, options);
    if (!value.empty()) manifest.parameters.emplace_back(name, std::move(value));
  }
  for (auto& parameter : draft.parameters) manifest.parameters.push_back(std::move(parameter));
  if (options.hide_controls) manifest.parameters.emplace_back("hide-controls", "true");
  manifest.columns = material.columns;
  manifest.controls = options.controls;
  manifest.stratified_by = options.stratified_by;
  manifest.groups = options.groups;
  for (const auto& entry : material.conditions) {
    manifest.conditions.push_back(entry.condition);
    manifest.n_cells.push_back(std::ssize(entry.rows));
    if (options.stratified_by.empty()) continue;
    const auto found = options.stratum_of.find(canonical_name(entry.condition.members));
    manifest.stratum.push_back(is_control(entry.condition)         ? ""
                               : found == options.stratum_of.end() ? "other"
                                                                   : found->second);
  }
  manifest.folds = std::move(draft.folds);
  if (!options.stratified_by.empty()) {
    manifest.parameters.emplace_back("balance",
                                     balance_text(generator, material, options, manifest));
  }
  manifest.promises = promises_of(manifest, draft);
  check_manifest(manifest);
  return manifest;
}

}  // namespace cupel::splits
