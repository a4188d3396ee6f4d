#include "fitting/training_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <set>

#include "conditions/names.hpp"
#include "cupel/error.hpp"
#include "data/validation.hpp"
#include "fitting/model_condition.hpp"
#include "io/feature_file.hpp"
#include "io/h5ad_screen.hpp"
#include "stats/memory_budget.hpp"
#include "stats/side_summary.hpp"
#include "text.hpp"

namespace cupel::fitting {
namespace {

[[noreturn]] void refuse(const std::string& message) { throw Error(ErrorKind::kInput, message); }

// Sums over the cells of one list that was read, and over lists that are put together.
struct Statistics {
  std::int64_t n = 0;
  std::vector<double> sum;      // of stored values
  std::vector<double> profile;  // as it was read; of several lists their mean by cells
  bool together = false;
};

// Adds up the cells of each entry, one pass over each screen; every cell is in one entry at most.
class Reader {
 public:
  Reader(OpenScreens& screens, const Conventions& conventions, std::int64_t memory,
         Backend& backend, Console& console)
      : screens_(screens),
        conventions_(conventions),
        memory_(memory),
        backend_(backend),
        console_(console) {}

  [[nodiscard]] std::vector<Statistics> read(std::span<const ConditionCells* const> entries) {
    std::vector<Statistics> all(entries.size());
    for (std::size_t s = 0; s < screens_.files.size(); ++s) {
      std::vector<std::size_t> of_screen;
      std::vector<std::vector<std::int64_t>> rows;
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i]->screen != static_cast<std::int32_t>(s)) continue;
        of_screen.push_back(i);
        rows.push_back(entries[i]->rows);
      }
      if (rows.empty()) continue;
      Screen& screen = *screens_.files[s];
      ValueWatch watch(screen, conventions_, false);
      const auto genes = std::ssize(screen.genes());
      const auto memory = cell_memory(memory_, std::ssize(rows), genes, 2 * kPseudobulkMatrices);
      const auto read =
          summarise_groups(screen, rows, conventions_, memory, watch, backend_, console_);
      watch.finish();
      for (std::size_t k = 0; k < of_screen.size(); ++k) {
        auto& to = all[of_screen[k]];
        const auto row = static_cast<std::int64_t>(k);
        const double* sum = read.sums.view().row(row);
        const double* profile = read.profiles.view().row(row);
        to.n = std::ssize(rows[k]);
        to.sum.assign(sum, sum + genes);
        to.profile.assign(profile, profile + genes);
      }
    }
    return all;
  }

 private:
  OpenScreens& screens_;
  const Conventions& conventions_;
  std::int64_t memory_;
  Backend& backend_;
  Console& console_;
};

void add(Statistics& to, const Statistics& more) {
  if (to.n == 0) {
    to = more;
    return;
  }
  const auto before = static_cast<double>(to.n);
  to.n += more.n;
  const auto after = static_cast<double>(to.n);
  for (std::size_t g = 0; g < to.sum.size(); ++g) {
    to.sum[g] += more.sum[g];
    to.profile[g] =
        (before * to.profile[g] + static_cast<double>(more.n) * more.profile[g]) / after;
  }
  to.together = true;
}

// As the conventions have a group's profile (stats/side_summary.hpp).
void write_profile(const Statistics& from, const Conventions& conventions, double* to) {
  if (!from.together || !uses_bulk_lognorm(conventions)) {
    std::ranges::copy(from.profile, to);
    return;
  }
  double total = 0.0;
  for (const double value : from.sum) total += value;
  const double factor = total > 0.0 ? conventions.expression.bulk_target_sum / total : 0.0;
  for (const double value : from.sum) *to++ = std::log1p(value * factor);
}

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
  const auto read = Reader(screens, conventions, memory, backend, console).read(entries);

  // Controls: of each context, of each of its batches, of all.
  std::map<std::string, Statistics> of_context;
  std::map<std::pair<std::string, std::string>, Statistics> of_batch;
  std::map<std::string, std::vector<ConditionCells>> cells;
  Statistics of_all;
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
    Statistics together;
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
