#include "sweeping/plan.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <set>

#include "cupel/error.hpp"
#include "io/output_file.hpp"
#include "log.hpp"
#include "report/split_manifest.hpp"
#include "splits/claim.hpp"
#include "splits/generator.hpp"

namespace cupel::sweeping {
namespace {

// A generator's option from a sweep file.
void set_option(splits::SplitOptions& options, const std::string& split, const std::string& name,
                const std::string& value) {
  const auto number = [&](auto& to) {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), to);
    if (error != std::errc() || end != value.data() + value.size()) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("split '{}': {} takes a number, not '{}'", split, name, value));
    }
  };
  if (name == "seed") {
    number(options.seed);
  } else if (name == "test") {
    number(options.test);
  } else if (name == "val") {
    number(options.val);
  } else if (name == "folds") {
    number(options.folds);
  } else if (name == "repeats") {
    number(options.repeats);
  } else if (name == "test-combinations") {
    number(options.test_combinations);
  } else if (name == "hold-out") {
    options.hold_out.push_back(value);
  } else if (name == "validate") {
    options.validate.push_back(value);
  } else if (name == "mode") {
    options.mode = value;
  } else if (name == "unit") {
    options.unit = value;
  } else if (name == "loose") {
    options.loose = value == "yes";
  } else {
    throw Error(ErrorKind::kUsage,
                fmt::format("split '{}': a sweep's splits take no '{}'; make it with `cupel split` "
                            "and give file = ...",
                            split, name));
  }
}

[[noreturn]] void refuse_split(const std::string& name, const std::string& why) {
  throw Error(ErrorKind::kInput, fmt::format("split '{}': {}", name, why));
}

splits::Manifest manifest_of(const SweepSplit& split, const fitting::OpenScreens& screens,
                             const ConditionColumns& columns) {
  if (!split.file.empty()) {
    auto manifest = read_split(split.file);
    const auto& other = manifest.columns;
    if (other.perturbation != columns.perturbation || other.context != columns.context ||
        other.dataset != columns.dataset || other.dose != columns.dose ||
        other.names.separator != columns.names.separator) {
      refuse_split(split.name, fmt::format("{} names other columns than the sweep", split.file));
    }
    return manifest;
  }
  splits::SplitOptions options;
  std::set<std::string> given;
  for (const auto& [name, value] : split.options) {
    set_option(options, split.name, name, value);
    if (name != "seed") given.insert(name);
  }
  const splits::Material material{
      .conditions = screens.conditions,
      .columns = columns,
      .cell_names = [&](const ConditionCells& entry) { return screens.cell_names(entry); },
      .context_profiles = {}};
  return splits::make_split(splits::find_generator(split.generator), material, options, given);
}

Condition without_batch(Condition condition) {
  condition.batch.clear();
  return condition;
}

// The rows of the training data by condition.
using RowOf = std::map<Condition, std::int64_t>;

// A fold's conditions as rows. Train and val both train: choices are made inside them.
sweep::OuterFold outer_fold(const SweepSplit& split, const splits::Manifest& manifest,
                            const splits::Fold& fold, const RowOf& row_of) {
  std::map<std::int64_t, splits::Part> part_of;
  std::map<std::int64_t, std::string> task_of;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto part = fold.part[i];
    if (is_control(manifest.conditions[i])) {
      if (part == splits::Part::kTest) {
        refuse_split(split.name, "hides the controls of what it tests; a sweep shares controls");
      }
      continue;
    }
    if (part == splits::Part::kByCell) {
      refuse_split(split.name, "divides the cells of a condition; a sweep divides conditions");
    }
    const auto row = row_of.find(without_batch(manifest.conditions[i]));
    if (row == row_of.end()) continue;
    const bool trains = part == splits::Part::kTrain || part == splits::Part::kVal;
    if (!trains && part != splits::Part::kTest) continue;
    const auto [at, is_new] =
        part_of.emplace(row->second, trains ? splits::Part::kTrain : splits::Part::kTest);
    if (!is_new && at->second != (trains ? splits::Part::kTrain : splits::Part::kTest)) {
      refuse_split(split.name, "parts batches of one condition; a sweep puts them together");
    }
    if (!trains) task_of[row->second] = fold.task[i];
  }
  sweep::OuterFold result;
  result.name = fold.name;
  for (const auto& [row, part] : part_of) {
    (part == splits::Part::kTrain ? result.train : result.test).push_back(row);
    if (part == splits::Part::kTest) result.task.push_back(task_of.at(row));
  }
  if (result.train.empty() || result.test.empty()) {
    refuse_split(split.name, fmt::format("fold '{}' has nothing to {} in this screen", fold.name,
                                         result.train.empty() ? "train on" : "test"));
  }
  return result;
}

// How choices are made inside a fold so that they meet what the fold tests.
InsideFolds inside_for(const splits::Claim& claim, const sweep::OuterFold& fold,
                       const models::Training& training) {
  std::set<std::string> contexts;
  std::int64_t combinations = 0;
  for (const auto row : fold.train) {
    const auto& condition = training.conditions[static_cast<std::size_t>(row)];
    contexts.insert(condition.context);
    combinations += condition.perturbations.size() > 1 ? 1 : 0;
  }
  constexpr std::int64_t kEnough = 2;
  if (claim.unseen_context && contexts.size() >= kEnough) {
    return {.unit = LeaveOut::kContext, .folds = 0};
  }
  if (claim.combinations && claim.perturbation == splits::Novelty::kMembersSeen &&
      combinations >= kEnough) {
    return {.unit = LeaveOut::kCombination, .folds = 0};
  }
  return {};
}

// The weakest claim of each task over the folds of a split of the whole screen.
std::map<std::string, splits::Claim> computed_claims(const sweep::OuterSplit& split,
                                                     const fitting::Division& division) {
  std::map<std::string, splits::Claim> claims;
  for (const auto& fold : split.folds) {
    splits::TrainedSet trained;
    for (const auto& one : division.control) trained.add(one.condition);
    for (const auto row : fold.train) {
      trained.add(division.train[static_cast<std::size_t>(row)].condition);
    }
    std::vector<const Condition*> tests;
    for (const auto row : fold.test) {
      tests.push_back(&division.train[static_cast<std::size_t>(row)].condition);
    }
    if (tests.empty()) continue;
    const auto claim = splits::claim_of(trained, tests);
    const auto [at, is_new] = claims.emplace("", claim);
    if (!is_new) at->second = splits::weaker_of(at->second, claim);
  }
  return claims;
}

}  // namespace

Plan make_plan(const SweepConfig& config, const fitting::OpenScreens& screens,
               const ConditionColumns& columns, const fitting::Division& division,
               const models::Training& training, const std::filesystem::path& folder,
               Console& console) {
  RowOf row_of;
  for (std::size_t i = 0; i < division.train.size(); ++i) {
    row_of.emplace(division.train[i].condition, static_cast<std::int64_t>(i));
  }
  Plan plan;
  for (const auto& split : config.splits) {
    sweep::OuterSplit outer{split.name, {}};
    std::map<std::string, splits::Claim> claims;
    if (split.file.empty() && split.generator.empty()) {
      const auto n = std::ssize(division.train);
      if (split.outside) {
        for (const auto& group : sweep::inside_groups(*split.outside, training.conditions)) {
          outer.folds.push_back({.name = std::to_string(outer.folds.size() + 1),
                                 .train = sweep::all_but(group, n),
                                 .test = group,
                                 .task = {},
                                 .inside = {}});
        }
        if (outer.folds.size() < 2) refuse_split(split.name, "makes fewer than two folds");
      } else {
        outer.folds.push_back(
            {.name = "all", .train = sweep::all_but({}, n), .test = {}, .task = {}, .inside = {}});
      }
      claims = computed_claims(outer, division);
    } else {
      const auto manifest = manifest_of(split, screens, columns);
      for (const auto& fold : manifest.folds) {
        outer.folds.push_back(outer_fold(split, manifest, fold, row_of));
      }
      for (const auto& promise : manifest.promises) claims[promise.task] = promise.claim;
      if (manifest.controls == splits::ControlPolicy::kDisjoint) {
        console.warn(
            fmt::format("split '{}' divides control cells; a sweep measures all effects "
                        "against all of them",
                        split.name));
      }
      if (split.file.empty()) {
        io::write_text(folder / fmt::format("{}.split.json", split.name), split_json(manifest));
      }
    }
    for (const auto& [task, claim] : claims) {
      plan.claims.emplace(std::pair{split.name, task}, splits::text_of(claim));
    }
    for (auto& fold : outer.folds) {
      std::optional<splits::Claim> weakest;
      for (const auto& task : fold.task.empty() ? std::vector<std::string>{""} : fold.task) {
        const auto found = claims.find(task);
        if (found == claims.end()) continue;
        weakest = weakest ? splits::weaker_of(*weakest, found->second) : found->second;
      }
      fold.inside = split.inside ? *split.inside
                    : weakest    ? inside_for(*weakest, fold, training)
                                 : InsideFolds{};
    }
    plan.splits.push_back(std::move(outer));
  }
  return plan;
}

}  // namespace cupel::sweeping
