#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "baselines/generic_response.hpp"
#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "cupel/fit.hpp"
#include "data/grouping.hpp"
#include "io/feature_file.hpp"
#include "io/h5ad_screen.hpp"
#include "io/h5ad_writer.hpp"
#include "log.hpp"
#include "models/exact_shift.hpp"
#include "models/model.hpp"
#include "models/silence_targets.hpp"
#include "open_devices.hpp"
#include "random/philox.hpp"
#include "stats/memory_budget.hpp"
#include "stats/side_summary.hpp"
#include "text.hpp"

namespace cupel {
namespace {

using models::Condition;

// A condition as the screen's labels say it.
struct Labelled {
  std::string context, perturbation;
  auto operator<=>(const Labelled&) const = default;
};

struct Plan {
  std::vector<Grouping> contexts;
  std::vector<Labelled> train, asked;
  std::vector<std::vector<std::int64_t>> train_rows;
};

std::pair<std::string, std::string> name_and_value(const std::string& text, const char* flag) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorKind::kUsage, fmt::format("{} '{}': write NAME=VALUE", flag, text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

// Every condition that the file's lines name.
std::set<Labelled> read_conditions(const std::string& path, const std::vector<Grouping>& contexts) {
  std::set<Labelled> conditions;
  for (const auto& line : io::read_lines(path)) {
    const auto tab = line.find('\t');
    if (tab == std::string::npos) {
      for (const auto& context : contexts) conditions.insert({context.context, line});
      continue;
    }
    const Labelled one{line.substr(0, tab), line.substr(tab + 1)};
    const bool known = std::ranges::any_of(
        contexts, [&](const Grouping& context) { return context.context == one.context; });
    if (!known) {
      throw Error(ErrorKind::kInput, fmt::format("{}: no context named '{}'", path, one.context));
    }
    conditions.insert(one);
  }
  if (conditions.empty()) throw Error(ErrorKind::kInput, fmt::format("{}: names nothing", path));
  return conditions;
}

Plan make_plan(const FitConfig& config, std::vector<Grouping> contexts) {
  const bool by_train = !config.train.empty();
  const auto& path = by_train ? config.train : config.held_out;
  const auto named = read_conditions(path, contexts);
  Plan plan;
  std::set<Labelled> found;
  for (const auto& context : contexts) {
    for (std::size_t i = 0; i < context.perturbations.size(); ++i) {
      const Labelled one{context.context, context.perturbations[i]};
      const bool is_named = named.contains(one);
      if (is_named) found.insert(one);
      if (is_named == by_train) {
        plan.train.push_back(one);
        plan.train_rows.push_back(context.rows[i]);
      } else {
        plan.asked.push_back(one);
      }
    }
  }
  std::set<std::string> labels;  // that some context has
  for (const auto& one : found) labels.insert(one.perturbation);
  for (const auto& one : named) {
    if (one.perturbation == config.run.control) {
      throw Error(ErrorKind::kInput, fmt::format("{}: names the control '{}', which is always "
                                                 "trained on",
                                                 path, one.perturbation));
    }
    if (!found.contains(one) && !by_train) plan.asked.push_back(one);
    if (by_train && !labels.contains(one.perturbation)) {
      throw Error(ErrorKind::kInput, fmt::format("{}: no cells of '{}' in {}", path,
                                                 one.perturbation, config.run.real));
    }
  }
  std::ranges::sort(plan.asked);
  plan.contexts = std::move(contexts);
  if (plan.train.empty()) throw Error(ErrorKind::kInput, "no condition is left to train on");
  if (plan.asked.empty()) throw Error(ErrorKind::kInput, "no condition is left to predict");
  return plan;
}

// Members of a label, without what stands for no perturbation.
Condition condition_of(const Labelled& one, const FitConfig& config) {
  std::vector<std::string> members;
  std::string rest = one.perturbation;
  while (!config.separator.empty()) {
    const auto at = rest.find(config.separator);
    if (at == std::string::npos) break;
    members.push_back(rest.substr(0, at));
    rest = rest.substr(at + config.separator.size());
  }
  members.push_back(rest);
  std::erase_if(members, [&](const std::string& name) {
    return name.empty() || name == config.run.control || name == "ctrl";
  });
  if (members.empty()) members = {one.perturbation};
  return models::make_condition(one.context, std::move(members));
}

std::vector<Condition> conditions_of(std::span<const Labelled> labels, const FitConfig& config) {
  std::vector<Condition> conditions;
  for (const auto& one : labels) conditions.push_back(condition_of(one, config));
  return conditions;
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

models::Training make_training(const FitConfig& config, const Plan& plan, Screen& screen,
                               const Conventions& conventions, Backend& backend, Console& console) {
  std::vector<std::vector<std::int64_t>> rows;
  for (const auto& context : plan.contexts) rows.push_back(context.control);
  rows.insert(rows.end(), plan.train_rows.begin(), plan.train_rows.end());
  ValueWatch watch(screen, conventions, false);
  const auto genes = std::ssize(screen.genes());
  const auto memory =
      cell_memory(config.run.memory, std::ssize(rows), genes, 2 * kPseudobulkMatrices);
  const auto groups = summarise_groups(screen, rows, conventions, memory, watch, backend, console);
  watch.finish();

  models::Training training;
  training.genes = screen.genes();
  training.conditions = conditions_of(plan.train, config);
  const auto n_contexts = std::ssize(plan.contexts);
  const auto profiles = groups.profiles.view();
  training.control = make_host_matrix<double>(n_contexts, genes);
  std::copy_n(profiles.data, n_contexts * genes, training.control.view().data);
  for (const auto& context : plan.contexts) training.contexts.push_back(context.context);
  training.delta = make_host_matrix<double>(std::ssize(plan.train), genes);
  for (std::size_t i = 0; i < plan.train.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const double* profile = profiles.row(n_contexts + at);
    const double* control =
        training.control.view().row(control_row(training, plan.train[i].context));
    for (std::int64_t gene = 0; gene < genes; ++gene) {
      training.delta.view()(at, gene) = profile[gene] - control[gene];
    }
    training.weight.push_back(static_cast<double>(plan.train_rows[i].size()));
  }
  for (const auto& text : config.tables) {
    const auto [name, path] = name_and_value(text, "--table");
    training.tables.insert_or_assign(name, read_table(path));
  }
  return training;
}

void add_label(Column& column, const std::string& text) {
  const auto found = std::ranges::find(column.categories, text);
  column.codes.push_back(static_cast<std::int32_t>(found - column.categories.begin()));
  if (found == column.categories.end()) column.categories.push_back(text);
}

Column text_column(const std::string& name) {
  return {.name = name, .type = "categorical", .categories = {}, .codes = {}};
}

// What is written of each row, whether profile or cell.
struct Labels {
  explicit Labels(const FitConfig& config)
      : perturbation(text_column(config.run.pert_col)),
        context(text_column(config.run.context_col)),
        rule(text_column("rule")) {}
  void add(const Labelled& one, std::string_view rung) {
    add_label(perturbation, one.perturbation);
    add_label(context, one.context);
    add_label(rule, std::string(rung));
    const auto name = one.context.empty() ? one.perturbation
                                          : fmt::format("{}_{}", one.context, one.perturbation);
    names.push_back(fmt::format("{}_{}", name, names.size()));
  }
  [[nodiscard]] std::vector<Column> columns() const {
    std::vector<Column> all{perturbation, rule};
    if (!context.name.empty()) all.push_back(context);
    return all;
  }
  Column perturbation, context, rule;
  std::vector<std::string> names;
};

struct Predicted {
  std::vector<Labelled> labels;
  std::vector<models::Rung> rung;
  Matrix<double> profiles;  // absolute
};

void write_profiles(const FitConfig& config, const Plan& plan, const models::Training& training,
                    const Predicted& predicted) {
  const auto n_contexts = std::ssize(plan.contexts);
  const auto genes = training.delta.cols();
  auto x = make_host_matrix<double>(n_contexts + predicted.profiles.rows(), genes);
  std::copy_n(training.control.view().data, n_contexts * genes, x.view().data);
  std::copy_n(predicted.profiles.view().data, predicted.profiles.view().size(),
              x.view().data + n_contexts * genes);
  Labels labels(config);
  for (const auto& context : plan.contexts) {
    labels.add({context.context, config.run.control}, "control");
  }
  for (std::size_t i = 0; i < predicted.labels.size(); ++i) {
    labels.add(predicted.labels[i], rung_text(predicted.rung[i]));
  }
  io::write_dense_h5ad(config.run.output, {.obs_names = labels.names,
                                           .genes = training.genes,
                                           .x = x.view(),
                                           .layers = {},
                                           .columns = labels.columns(),
                                           .type = io::DenseType::kF32});
}

// Cells of consecutive rows, as the writer takes them.
void append_cells(io::H5adWriter& writer, const Cells& cells) {
  visit(cells.view(), [&](const auto& typed) {
    std::vector<std::int32_t> length;
    std::vector<std::int32_t> genes;
    std::vector<float> values;
    for (std::int64_t row = 0; row < typed.rows; ++row) {
      length.push_back(typed.row_length[row]);
      const auto begin = typed.row_begin[row];
      for (auto i = begin; i < begin + typed.row_length[row]; ++i) {
        genes.push_back(static_cast<std::int32_t>(typed.genes[i]));
        values.push_back(static_cast<float>(typed.values[i]));
      }
    }
    writer.append(io::SparseRows{length, genes, values});
  });
}

Matrix<double> dense_rows(const Cells& cells, std::span<const std::int64_t> rows) {
  auto result = make_host_matrix<double>(std::ssize(rows), cells.n_genes);
  std::fill_n(result.view().data, result.view().size(), 0.0);
  visit(cells.view(), [&](const auto& typed) {
    for (std::size_t k = 0; k < rows.size(); ++k) {
      double* to = result.view().row(static_cast<std::int64_t>(k));
      const auto begin = typed.row_begin[rows[k]];
      for (auto i = begin; i < begin + typed.row_length[rows[k]]; ++i) {
        to[typed.genes[i]] = static_cast<double>(typed.values[i]);
      }
    }
  });
  return result;
}

void append_dense(io::H5adWriter& writer, MatrixView<const double> cells) {
  std::vector<std::int32_t> length;
  std::vector<std::int32_t> genes;
  std::vector<float> values;
  for (std::int64_t row = 0; row < cells.rows; ++row) {
    const auto before = genes.size();
    for (std::int64_t gene = 0; gene < cells.cols; ++gene) {
      const auto value = static_cast<float>(cells(row, gene));
      if (value == 0.0F) continue;
      genes.push_back(static_cast<std::int32_t>(gene));
      values.push_back(value);
    }
    length.push_back(static_cast<std::int32_t>(genes.size() - before));
  }
  writer.append(io::SparseRows{length, genes, values});
}

// Cells made of the context's control cells. Log expression is shifted gene by gene so that its
// mean is the profile; counts are scaled by the ratio of the profiles' linear values. The control
// cells themselves are copied.
void write_cells(const FitConfig& config, const Plan& plan, const models::Training& training,
                 const Predicted& predicted, const Conventions& conventions, Screen& screen) {
  io::H5adWriter writer(config.run.output, training.genes);
  Labels labels(config);
  const auto genes = static_cast<std::size_t>(training.delta.cols());
  for (std::size_t c = 0; c < plan.contexts.size(); ++c) {
    const auto& context = plan.contexts[c];
    const LoadedCells control = screen.read(context.control);
    append_cells(writer, control.cells);
    for (std::size_t k = 0; k < context.control.size(); ++k) {
      labels.add({context.context, config.run.control}, "control");
    }
    const double* control_profile = training.control.view().row(static_cast<std::int64_t>(c));
    for (std::size_t i = 0; i < predicted.labels.size(); ++i) {
      if (predicted.labels[i].context != context.context) continue;
      const std::span<const double> profile(
          predicted.profiles.view().row(static_cast<std::int64_t>(i)), genes);
      const auto stream = static_cast<std::uint64_t>(i);
      if (conventions.data.input_type == InputType::kLognorm) {
        PhiloxStream random(config.seed, stream, 0);
        std::vector<std::int64_t> drawn;
        for (std::int64_t cell = 0; cell < config.cells; ++cell) {
          drawn.push_back(random.below(static_cast<std::uint32_t>(context.control.size())));
        }
        append_dense(
            writer, models::shifted_cells(dense_rows(control.cells, drawn).view(), profile).view());
      } else {
        std::vector<double> linear(genes);
        std::vector<double> linear_control(genes);
        for (std::size_t gene = 0; gene < genes; ++gene) {
          linear[gene] = std::expm1(profile[gene]);
          linear_control[gene] = std::expm1(control_profile[gene]);
        }
        const auto scale = emission_scale(linear, linear_control);
        const std::vector<std::int64_t> size{config.cells};
        append_cells(writer,
                     emit_dispersed(control.cells.view(), scale, size, config.seed + stream).cells);
      }
      for (std::int64_t cell = 0; cell < config.cells; ++cell) {
        labels.add(predicted.labels[i], rung_text(predicted.rung[i]));
      }
    }
  }
  for (Column& column : labels.columns()) writer.obs(std::move(column));
  writer.finish(labels.names);
}

}  // namespace

void fit_screen(const FitConfig& config, Console& console) {
  console.stages().enter("open");
  if (config.train.empty() == config.held_out.empty()) {
    throw Error(ErrorKind::kUsage, "give either --train FILE or --held-out FILE");
  }
  Profile profile = load_profile(config.run.profile);
  if (config.run.input_type) profile.conventions.data.input_type = *config.run.input_type;
  for (const auto& setting : config.run.settings) apply_setting(profile, setting);
  const auto& conventions = profile.conventions;
  std::map<std::string, std::string> settings;
  for (const auto& text : config.model_settings) settings.insert(name_and_value(text, "--with"));
  const auto& entry = models::find_model(config.model);
  static_cast<void>(models::Settings(entry.name, entry.settings, settings));  // before any reading

  const auto backend = open_device(config.run, console);
  const auto screen =
      io::open_h5ad(config.run.real, config.run.layer.empty() ? "X" : config.run.layer);
  const Plan plan = make_plan(config, group_cells(*screen, config.run.pert_col, config.run.control,
                                                  config.run.context_col));
  console.stages().enter("read");
  const auto training = make_training(config, plan, *screen, conventions, *backend, console);
  console.stages().enter("fit");
  const auto asked = conditions_of(plan.asked, config);
  const auto prediction = fit_model(config.model, training, settings)->predict(asked);

  // What the model declined to predict is left out, and said.
  Predicted predicted;
  std::vector<std::int64_t> kept;
  std::map<models::Rung, std::int64_t> fired;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    ++fired[prediction.rung[i]];
    if (prediction.rung[i] == models::Rung::kNone) continue;
    kept.push_back(static_cast<std::int64_t>(i));
    predicted.labels.push_back(plan.asked[i]);
    predicted.rung.push_back(prediction.rung[i]);
  }
  if (kept.empty()) {
    throw Error(ErrorKind::kInput,
                fmt::format("model '{}' predicts none of the conditions asked for", config.model));
  }
  auto delta = make_host_matrix<double>(std::ssize(kept), training.delta.cols());
  std::vector<Condition> kept_conditions;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    std::copy_n(prediction.delta.view().row(kept[i]), delta.cols(),
                delta.view().row(static_cast<std::int64_t>(i)));
    kept_conditions.push_back(asked[static_cast<std::size_t>(kept[i])]);
  }
  predicted.profiles = add_controls(delta.view(), kept_conditions, training);
  for (std::int64_t i = 0; i < predicted.profiles.view().size(); ++i) {
    double& value = predicted.profiles.view().data[i];
    value = std::max(0.0, value);  // no expression is below zero
  }
  if (config.silence_targets) {
    models::silence_targets(predicted.profiles.view(), kept_conditions, training.genes);
  }

  console.stages().enter("write");
  if (config.cells > 0) {
    write_cells(config, plan, training, predicted, conventions, *screen);
  } else {
    write_profiles(config, plan, training, predicted);
  }
  std::vector<std::string> rules;
  for (const auto& [rung, n] : fired) rules.push_back(fmt::format("{} {}", n, rung_text(rung)));
  console.note(fmt::format("{}: {} trained on {} conditions; predicted {}", config.run.output,
                           config.model, plan.train.size(), listed(rules)));
}

}  // namespace cupel
