#include "fitting/training_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "conditions/names.hpp"
#include "cupel/error.hpp"
#include "fitting/cell_statistics.hpp"
#include "fitting/model_condition.hpp"
#include "io/feature_file.hpp"
#include "io/h5ad_screen.hpp"
#include "text.hpp"

namespace cupel::fitting {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::kInput, message); }

models::FeatureTable read_table(const std::string& path) {
  const auto file = io::read_feature_file(path);
  models::FeatureTable table;
  table.values = make_host_matrix<double>(std::ssize(file.names), file.columns);
  std::ranges::copy(file.values, table.values.view().data);
  for (const auto& name : file.names) {
    table.row.emplace(name, static_cast<std::int64_t>(table.row.size()));
  }
  return table;
}

// Doses become numbers, so they must be in one unit.
void check_units(const Division& division) {
  std::set<std::string> units;
  const auto add_units = [&](const Condition& condition) {
    for (const auto& text : condition.doses) {
      if (const auto dose = parse_dose(text)) units.insert(dose->unit);
    }
  };
  for (const auto& one : division.train) add_units(one.condition);
  for (const auto& one : division.asked) add_units(one.condition);
  if (units.size() > 1) {
    refuse(fmt::format("doses are in '{}' and '{}'; write them in one unit", *units.begin(),
                       *std::next(units.begin())));
  }
}

// The screen a text of NAME=FILE means.
std::pair<std::string, std::string> name_and_file(const std::string& text) {
  const auto equals = text.find('=');
  const bool has_name =
      equals != std::string::npos && text.find('/') > equals && !std::filesystem::exists(text);
  if (!has_name) return {"", text};
  return {text.substr(0, equals), text.substr(equals + 1)};
}

}  // namespace

std::string_view reference_name(ControlReference reference) {
  switch (reference) {
    case ControlReference::kBatch:
      return "batch";
    case ControlReference::kGlobal:
      return "global";
    case ControlReference::kContext:
      break;
  }
  return "context";
}

ControlReference parse_reference(std::string_view name) {
  for (const auto one :
       {ControlReference::kContext, ControlReference::kBatch, ControlReference::kGlobal}) {
    if (name == reference_name(one)) return one;
  }
  throw Error(ErrorKind::kUsage,
              fmt::format("no control reference '{}'; known: context, batch, global", name));
}

std::vector<std::string> OpenScreens::cell_names(const ConditionCells& entry) const {
  const auto& all = files[static_cast<std::size_t>(entry.screen)]->cell_names();
  std::vector<std::string> names;
  for (const auto row : entry.rows) names.push_back(all[static_cast<std::size_t>(row)]);
  return names;
}

OpenScreens open_screens(std::span<const std::string> files, const ConditionColumns& columns,
                         const std::string& matrix) {
  OpenScreens screens;
  for (const auto& text : files) {
    auto [name, file] = name_and_file(text);
    screens.files.push_back(io::open_h5ad(file, matrix));
    if (name.empty() && files.size() > 1) name = std::filesystem::path(file).stem().string();
    screens.named.push_back({screens.files.back().get(), name});
    if (screens.files.back()->genes() != screens.files.front()->genes()) {
      refuse(fmt::format("the genes of {} and {} differ; give both the same, in one order",
                         screens.files.front()->path(), file));
    }
  }
  screens.conditions = list_conditions(screens.named, columns);
  return screens;
}

TrainingData load_training(OpenScreens& screens, const Division& division,
                           const Conventions& conventions, ControlReference reference,
                           std::span<const std::pair<std::string, std::string>> tables,
                           std::int64_t memory, Backend& backend, Console& console) {
  if (division.train.empty()) refuse("no condition is left to train on");
  check_units(division);

  // Everything that is read, once.
  std::vector<const ConditionCells*> entries;
  for (const auto& one : division.control) {
    for (const auto& batch : one.batches) entries.push_back(&batch);
  }
  const auto n_control = entries.size();
  for (const auto& one : division.train) {
    for (const auto& batch : one.batches) entries.push_back(&batch);
  }
  const auto read = read_statistics(screens, entries, conventions, memory, backend, console);

  // Controls: of each context, of each of its batches, of all.
  std::map<std::string, CellStatistics> of_context;
  std::map<std::pair<std::string, std::string>, CellStatistics> of_batch;
  std::map<std::string, std::vector<ConditionCells>> cells;
  CellStatistics of_all;
  for (std::size_t i = 0; i < n_control; ++i) {
    const auto& condition = entries[i]->condition;
    const auto context = model_context(condition);
    add(of_context[context], read[i]);
    add(of_batch[{context, condition.batch}], read[i]);
    add(of_all, read[i]);
    cells[context].push_back(*entries[i]);
  }
  if (of_all.n == 0) refuse("no control cell is left to train on");

  TrainingData data;
  auto& training = data.training;
  const auto genes = std::ssize(screens.files.front()->genes());
  training.genes = screens.files.front()->genes();
  for (const auto& [context, unused] : of_context) training.contexts.push_back(context);
  if (reference == ControlReference::kGlobal) {
    std::set<std::string> all(training.contexts.begin(), training.contexts.end());
    for (const auto& one : division.train) all.insert(model_context(one.condition));
    for (const auto& one : division.asked) all.insert(model_context(one.condition));
    training.contexts.assign(all.begin(), all.end());
  }
  const auto n_contexts = std::ssize(training.contexts);
  data.control = make_host_matrix<double>(n_contexts, genes);
  training.control = make_host_matrix<double>(n_contexts, genes);
  for (std::int64_t c = 0; c < n_contexts; ++c) {
    const auto& context = training.contexts[static_cast<std::size_t>(c)];
    const auto own = of_context.find(context);
    write_profile(own == of_context.end() ? of_all : own->second, conventions,
                  data.control.view().row(c));
    if (reference == ControlReference::kGlobal) {
      write_profile(of_all, conventions, training.control.view().row(c));
    } else {
      std::copy_n(data.control.view().row(c), genes, training.control.view().row(c));
    }
    data.control_cells.push_back(std::move(cells[context]));
  }

  std::map<std::string, std::vector<double>> batch_profiles;  // by context, tab, batch
  const auto batch_control = [&](const std::string& context, const std::string& batch) {
    const auto found = of_batch.find({context, batch});
    if (found == of_batch.end()) return training.control.view().row(control_row(training, context));
    auto& profile = batch_profiles[fmt::format("{}\t{}", context, batch)];
    if (profile.empty()) {
      profile.resize(static_cast<std::size_t>(genes));
      write_profile(found->second, conventions, profile.data());
    }
    return profile.data();
  };

  training.delta = make_host_matrix<double>(std::ssize(division.train), genes);
  std::size_t at = n_control;
  for (std::size_t i = 0; i < division.train.size(); ++i) {
    const auto& one = division.train[i];
    training.conditions.push_back(model_condition(one.condition));
    const auto& context = training.conditions.back().context;
    double* delta = training.delta.view().row(static_cast<std::int64_t>(i));
    CellStatistics together;
    const auto first = at;
    for (std::size_t b = 0; b < one.batches.size(); ++b) add(together, read[at++]);
    write_profile(together, conventions, delta);
    const auto n = static_cast<double>(together.n);
    training.weight.push_back(n);
    const auto take = [&](const double* control, double share) {
      for (std::int64_t gene = 0; gene < genes; ++gene) delta[gene] -= share * control[gene];
    };
    if (reference != ControlReference::kBatch) {
      take(training.control.view().row(control_row(training, context)), 1.0);
      continue;
    }
    for (std::size_t b = 0; b < one.batches.size(); ++b) {
      take(batch_control(context, one.batches[b].condition.batch),
           static_cast<double>(read[first + b].n) / n);
    }
  }
  for (const auto& [name, file] : tables) {
    training.tables.insert_or_assign(name, read_table(file));
  }
  return data;
}

}  // namespace cupel::fitting
