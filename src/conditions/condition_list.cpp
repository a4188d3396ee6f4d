#include "conditions/condition_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>

#include "cupel/error.hpp"
#include "text.hpp"

namespace cupel {
namespace {

[[noreturn]] void refuse(const Screen& screen, std::string_view what) {
  throw Error(ErrorKind::kInput, fmt::format("{}: {}", screen.path(), what));
}

// A column, or one label for all cells where no column is named.
Column column_of(Screen& screen, const std::string& name, const std::string& otherwise) {
  if (!name.empty()) return screen.obs(name);
  Column column{.name = {}, .type = {}, .categories = {otherwise}, .codes = {}};
  column.codes.assign(static_cast<std::size_t>(screen.n_cells()), 0);
  return column;
}

// Tabs and line ends would make two conditions' lines equal (condition_line).
void check_labels(const Screen& screen, const Column& column) {
  for (const auto& label : column.categories) {
    if (label.find_first_of("\t\n\x1f") != label.npos) {
      refuse(screen, fmt::format("a label of obs column '{}' holds a tab or a line end: '{}'",
                                 column.name, label));
    }
  }
}

// Codes of the columns, packed into one number; places[i] is the number of labels of column i plus
// one for a missing label.
class CodeTuple {
 public:
  explicit CodeTuple(const std::vector<Column>& columns) : columns_(columns) {
    for (const auto& column : columns) places_.push_back(column.categories.size() + 1);
  }
  [[nodiscard]] bool fits() const {
    double product = 1.0;
    for (const auto place : places_) product *= static_cast<double>(place);
    return product < 9e18;
  }
  [[nodiscard]] std::uint64_t pack(std::size_t cell) const {
    std::uint64_t key = 0;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      key = key * places_[i] + static_cast<std::uint64_t>(columns_[i].codes[cell] + 1);
    }
    return key;
  }

 private:
  const std::vector<Column>& columns_;
  std::vector<std::uint64_t> places_;
};

enum Part : std::size_t { kPerturbation, kContext, kDose, kBatch, kDataset, kParts };

// The label of a cell; a missing one is refused, as is an empty one where a column was named.
const std::string& label_of(const Screen& screen, const Column& column, std::size_t cell) {
  static const std::string kNone;
  if (column.name.empty()) return column.categories.front();
  const auto code = column.codes[cell];
  const auto& label = code < 0 ? kNone : column.categories[static_cast<std::size_t>(code)];
  if (label.empty()) {
    refuse(screen, fmt::format("cell {} has no label in obs column '{}'; label it or drop it", cell,
                               column.name));
  }
  return label;
}

class Lister {
 public:
  explicit Lister(const ConditionColumns& columns) : names_(columns) {}

  void add(const NamedScreen& named, std::int32_t index) {
    Screen& screen = *named.screen;
    const std::vector<Column> columns{
        column_of(screen, names_.perturbation, ""), column_of(screen, names_.context, ""),
        column_of(screen, names_.dose, ""), column_of(screen, names_.batch, ""),
        column_of(screen, names_.dataset, named.dataset)};
    for (const auto& column : columns) check_labels(screen, column);
    const CodeTuple tuple(columns);
    if (!tuple.fits()) refuse(screen, "the obs columns have too many labels to be combined");
    std::unordered_map<std::uint64_t, Entry*> known;
    for (std::size_t cell = 0; cell < static_cast<std::size_t>(screen.n_cells()); ++cell) {
      const auto [at, is_new] = known.try_emplace(tuple.pack(cell), nullptr);
      if (is_new) at->second = &entry_of(screen, columns, cell, index);
      at->second->rows.push_back(static_cast<std::int64_t>(cell));
    }
    any_control_ = any_control_ || std::ranges::any_of(entries_, [](const auto& entry) {
                     return is_control(entry.first);
                   });
    if (!any_control_ && labels_.empty()) labels_ = columns[kPerturbation].categories;
  }

  [[nodiscard]] std::vector<ConditionCells> finish(std::span<const NamedScreen> screens) && {
    if (!any_control_) {
      const auto& control = names_.names.controls.empty() ? "" : names_.names.controls.front();
      const auto near = nearest(control, labels_);
      refuse(*screens.front().screen,
             fmt::format(
                 "no cell of obs column '{}' is a control ({}){}; give --control one of: {}",
                 names_.perturbation, listed(names_.names.controls),
                 near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near), listed(labels_)));
    }
    std::vector<ConditionCells> list;
    list.reserve(entries_.size());
    for (auto& [condition, entry] : entries_) {
      std::ranges::sort(entry.rows);
      std::ranges::sort(entry.labels);
      list.push_back({condition, std::move(entry.labels), entry.screen, std::move(entry.rows)});
    }
    return list;
  }

 private:
  struct Entry {
    std::int32_t screen = 0;
    std::vector<std::string> labels;
    std::vector<std::int64_t> rows;
  };

  Entry& entry_of(const Screen& screen, const std::vector<Column>& columns, std::size_t cell,
                  std::int32_t index) {
    const auto& label = label_of(screen, columns[kPerturbation], cell);
    const auto dose_code = columns[kDose].codes[cell];  // a control needs no dose
    const std::string dose =
        dose_code < 0 ? "" : columns[kDose].categories[static_cast<std::size_t>(dose_code)];
    std::vector<Treatment> treatments;
    try {
      treatments = parse_label(label, dose, names_.names);
    } catch (const Error& error) {
      refuse(screen, fmt::format("obs column '{}': {}", names_.perturbation, error.what()));
    }
    Condition condition;
    condition.context = label_of(screen, columns[kContext], cell);
    condition.batch = label_of(screen, columns[kBatch], cell);
    condition.dataset = label_of(screen, columns[kDataset], cell);
    bool any_dose = false;
    for (auto& one : treatments) {
      any_dose = any_dose || !one.dose.empty();
      condition.members.push_back(std::move(one.name));
      condition.doses.push_back(std::move(one.dose));
    }
    if (!any_dose) condition.doses.clear();
    if (!names_.dose.empty() && !is_control(condition) && !any_dose) {
      refuse(screen,
             fmt::format("cell {} ('{}') has no dose in obs column '{}'; label it or drop it", cell,
                         label, names_.dose));
    }
    auto& entry =
        entries_.try_emplace(std::move(condition), Entry{.screen = index, .labels = {}, .rows = {}})
            .first->second;
    if (entry.screen != index) {
      refuse(screen,
             "holds conditions that another file of the same dataset holds too; give each "
             "file its name as in --real NAME=FILE.h5ad");
    }
    if (std::ranges::find(entry.labels, label) == entry.labels.end()) entry.labels.push_back(label);
    return entry;
  }

  const ConditionColumns& names_;
  std::map<Condition, Entry> entries_;
  bool any_control_ = false;
  std::vector<std::string> labels_;
};

}  // namespace

std::vector<ConditionCells> list_conditions(std::span<const NamedScreen> screens,
                                            const ConditionColumns& columns) {
  Lister lister(columns);
  for (std::size_t i = 0; i < screens.size(); ++i) {
    lister.add(screens[i], static_cast<std::int32_t>(i));
  }
  return std::move(lister).finish(screens);
}

}  // namespace cupel
