#include "fitting/division.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "cupel/error.hpp"
#include "fitting/model_condition.hpp"
#include "text.hpp"

namespace cupel::fitting {
namespace {

using splits::Part;

Condition without_batch(Condition condition) {
  condition.batch.clear();
  return condition;
}

void add_labels(std::vector<std::string>& labels, const std::vector<std::string>& more) {
  labels.insert(labels.end(), more.begin(), more.end());
  std::ranges::sort(labels);
  labels.erase(std::ranges::unique(labels).begin(), labels.end());
}

std::int64_t count_cells(std::span<const ConditionCells> batches) {
  std::int64_t n = 0;
  for (const auto& batch : batches) n += std::ssize(batch.rows);
  return n;
}

// Gathers batches of one condition; conditions come out sorted.
class Gathering {
 public:
  void train(const ConditionCells& cells) {
    add(is_control(cells.condition) ? control_ : train_, cells);
  }
  void test_control(const ConditionCells& cells) { add(test_control_, cells); }
  void ask(const Condition& condition, const std::vector<std::string>& labels,
           const std::string& task) {
    auto& to = asked_[without_batch(condition)];
    to.condition = without_batch(condition);
    add_labels(to.labels, labels);
    if (to.task.empty()) to.task = task;
  }
  void ask(ConditionCells cells, const std::string& task) {
    ask(cells.condition, cells.labels, task);
    auto& to = asked_[without_batch(cells.condition)].cells;
    to.push_back(std::move(cells));
  }
  [[nodiscard]] Division finish() && {
    Division division;
    for (auto& [unused, one] : control_) division.control.push_back(std::move(one));
    for (auto& [unused, one] : train_) division.train.push_back(std::move(one));
    for (auto& [unused, one] : asked_) division.asked.push_back(std::move(one));
    for (auto& [unused, one] : test_control_) division.test_control.push_back(std::move(one));
    return division;
  }

 private:
  using Conditions = std::map<Condition, TrainedCondition>;
  static void add(Conditions& conditions, const ConditionCells& cells) {
    if (cells.rows.empty()) return;
    auto& to = conditions[without_batch(cells.condition)];
    to.condition = without_batch(cells.condition);
    add_labels(to.labels, cells.labels);
    to.batches.push_back(cells);
  }

  Conditions control_, train_, test_control_;
  std::map<Condition, AskedCondition> asked_;
};

// One line of a list of conditions.
struct Named {
  std::string context, label, dose;
  bool any_context = true;
  std::vector<std::string> members = {};
  std::vector<std::string> doses = {};

  [[nodiscard]] bool fits(const Condition& condition) const {
    return members == condition.members &&
           (any_context || context == condition.context || context == model_context(condition)) &&
           (doses.empty() || doses == condition.doses);
  }
};

Named parse_line(const std::string& line, const std::string& path, const NameRule& names) {
  Named one;
  const auto tab = line.find('\t');
  one.any_context = tab == std::string::npos;
  if (one.any_context) {
    one.label = line;
  } else {
    const auto second = line.find('\t', tab + 1);
    one.context = line.substr(0, tab);
    one.label = line.substr(tab + 1, second == std::string::npos ? second : second - tab - 1);
    if (second != std::string::npos) one.dose = line.substr(second + 1);
  }
  std::vector<Treatment> treatments;
  try {
    treatments = parse_label(one.label, one.dose, names);
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, fmt::format("{}: {}", path, error.what()));
  }
  bool any_dose = false;
  for (auto& treatment : treatments) {
    any_dose = any_dose || !treatment.dose.empty();
    one.members.push_back(std::move(treatment.name));
    one.doses.push_back(std::move(treatment.dose));
  }
  if (!any_dose) one.doses.clear();
  if (one.members.empty()) {
    throw Error(
        ErrorKind::kInput,
        fmt::format("{}: names the control '{}', which is always trained on", path, one.label));
  }
  return one;
}

// Asked, too, in every context that fits and has not got it.
void ask_elsewhere(const Named& one, std::span<const ConditionCells> screen, Gathering& gathering) {
  std::set<Condition> places;
  std::set<std::string> there;
  for (const auto& entry : screen) {
    if (!is_control(entry.condition)) {
      if (one.fits(entry.condition)) there.insert(model_context(entry.condition));
      continue;
    }
    Condition place = without_batch(entry.condition);
    place.members = one.members;
    place.doses = one.doses;
    if (one.fits(place)) places.insert(std::move(place));
  }
  for (const auto& place : places) {
    if (!there.contains(model_context(place))) gathering.ask(place, {one.label}, "");
  }
}

}  // namespace

std::int64_t TrainedCondition::n_cells() const { return count_cells(batches); }
std::int64_t AskedCondition::n_cells() const { return count_cells(cells); }

Division divide_by_fold(std::span<const ConditionCells> screen, const splits::Manifest& manifest,
                        const splits::Fold& fold, bool with_val, const CellNames& cell_names) {
  std::map<Condition, std::size_t> index;
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    index.emplace(manifest.conditions[i], i);
  }
  const auto trains = [&](Part part) {
    return part == Part::kTrain || part == Part::kEvery || (with_val && part == Part::kVal);
  };
  // Of divided conditions: cells that train and cells that are tested.
  struct Cells {
    std::set<std::string> train, test;
  };
  std::map<std::size_t, Cells> divided;
  for (const auto& cell : fold.cells) {
    auto& to = divided[static_cast<std::size_t>(cell.condition)];
    if (trains(cell.part)) to.train.insert(cell.cell);
    if (cell.part == Part::kTest) to.test.insert(cell.cell);
  }
  const auto some = [&](const ConditionCells& entry, const std::set<std::string>& chosen) {
    ConditionCells part = entry;
    part.rows.clear();
    const auto names = cell_names(entry);
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (chosen.contains(names[k])) part.rows.push_back(entry.rows[k]);
    }
    return part;
  };

  Gathering gathering;
  std::vector<bool> found(manifest.conditions.size(), false);
  std::int64_t unknown = 0;
  for (const auto& entry : screen) {
    const auto at = index.find(entry.condition);
    if (at == index.end()) {
      ++unknown;
      continue;
    }
    const auto i = at->second;
    found[i] = true;
    const Part part = fold.part[i];
    const bool controls = is_control(entry.condition);
    if (part == Part::kByCell) {
      const auto& cells = divided[i];
      gathering.train(some(entry, cells.train));
      if (controls) gathering.test_control(some(entry, cells.test));
      if (!controls && !cells.test.empty()) {
        gathering.ask(some(entry, cells.test), fold.task[i]);
      }
      continue;
    }
    if (trains(part)) gathering.train(entry);
    if (controls && part != Part::kExcluded && part != Part::kUnused) {
      gathering.test_control(entry);
    }
    if (!controls && (part == Part::kTest || part == Part::kEvery)) {
      gathering.ask(entry, fold.task[i]);
    }
  }
  std::int64_t missing = 0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (found[i]) continue;
    const auto cells = divided.find(i);
    const bool by_cell = cells != divided.end();
    if (trains(fold.part[i]) || (by_cell && !cells->second.train.empty())) ++missing;
    const auto& condition = manifest.conditions[i];
    const bool tested = fold.part[i] == Part::kTest || (by_cell && !cells->second.test.empty());
    if (is_control(condition) || !tested) continue;
    const auto& separator = manifest.columns.names.separator;
    gathering.ask(condition, {fmt::format("{}", fmt::join(condition.members, separator))},
                  fold.task[i]);
  }
  auto division = std::move(gathering).finish();
  division.not_in_split = unknown;
  division.not_in_screen = missing;
  return division;
}

Division divide_by_lines(std::span<const ConditionCells> screen, std::span<const std::string> lines,
                         const std::string& path, bool trains, const NameRule& names) {
  std::vector<Named> all;
  for (const auto& line : lines) all.push_back(parse_line(line, path, names));
  if (all.empty()) throw Error(ErrorKind::kInput, fmt::format("{}: names nothing", path));
  std::map<std::vector<std::string>, std::vector<std::size_t>> by_members;
  for (std::size_t i = 0; i < all.size(); ++i) by_members[all[i].members].push_back(i);

  Gathering gathering;
  std::vector<bool> found(all.size(), false);
  std::set<std::string> contexts;
  for (const auto& entry : screen) {
    contexts.insert(entry.condition.context);
    contexts.insert(model_context(entry.condition));
    if (is_control(entry.condition)) {
      gathering.train(entry);
      gathering.test_control(entry);
      continue;
    }
    bool named = false;
    const auto like = by_members.find(entry.condition.members);
    if (like != by_members.end()) {
      for (const auto i : like->second) {
        if (!all[i].fits(entry.condition)) continue;
        named = true;
        found[i] = true;
      }
    }
    if (named == trains) {
      gathering.train(entry);
    } else {
      gathering.ask(entry, "");
    }
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].any_context && !contexts.contains(all[i].context)) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: no context named '{}'", path, all[i].context));
    }
    if (trains && !found[i]) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: no cells of '{}' in the screen", path, all[i].label));
    }
    if (!trains) ask_elsewhere(all[i], screen, gathering);
  }
  return std::move(gathering).finish();
}

const splits::Fold& find_fold(const splits::Manifest& manifest, const std::string& name,
                              const std::string& path) {
  std::vector<std::string> names;
  for (const auto& fold : manifest.folds) {
    if (fold.name == name) return fold;
    names.push_back(fold.name);
  }
  if (name.empty() && names.size() == 1) return manifest.folds.front();
  throw Error(
      ErrorKind::kUsage,
      fmt::format("{}: {}give --fold one of: {}", path,
                  name.empty() ? "" : fmt::format("no fold named '{}'; ", name), listed(names)));
}

}  // namespace cupel::fitting
