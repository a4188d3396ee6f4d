#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "cupel/fit.hpp"
#include "fitting/division.hpp"
#include "fitting/donors.hpp"
#include "fitting/model_condition.hpp"
#include "fitting/second_halves.hpp"
#include "fitting/training_data.hpp"
#include "fitting/write_predictions.hpp"
#include "io/feature_file.hpp"
#include "io/output_file.hpp"
#include "log.hpp"
#include "models/model.hpp"
#include "models/silence_targets.hpp"
#include "open_devices.hpp"
#include "parallel/parallel.hpp"
#include "report/fit_record.hpp"
#include "report/split_manifest.hpp"
#include "splits/claim.hpp"

namespace cupel {
namespace {

using fitting::AskedCondition;
using fitting::Division;
using fitting::Predicted;

constexpr auto kAllFolds = "all";

std::pair<std::string, std::string> name_and_value(const std::string& text, const char* flag) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorKind::kUsage, fmt::format("{} '{}': write NAME=VALUE", flag, text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

ConditionColumns columns_of(const FitConfig& config) {
  ConditionColumns columns{.perturbation = config.run.pert_col,
                           .context = config.run.context_col,
                           .dose = config.dose_col,
                           .batch = config.batch_col,
                           .dataset = config.dataset_col,
                           .names = {.separator = config.separator,
                                     .controls = {config.run.control},
                                     .tuples = config.tuples}};
  auto& controls = columns.names.controls;
  controls.insert(controls.end(), config.more_controls.begin(), config.more_controls.end());
  return columns;
}

// The other way: what a split says of the screen is what was asked for.
void take_columns(const ConditionColumns& columns, FitConfig& config) {
  config.run.pert_col = columns.perturbation;
  config.run.context_col = columns.context;
  config.dose_col = columns.dose;
  config.batch_col = columns.batch;
  config.dataset_col = columns.dataset;
  config.separator = columns.names.separator;
  config.tuples = columns.names.tuples;
  const auto& controls = columns.names.controls;
  if (controls.empty() || std::ranges::find(controls, config.run.control) != controls.end()) return;
  config.run.control = controls.front();
}

// What a score on these conditions can say, where no split says it.
std::string claim_of(const Division& division) {
  splits::TrainedSet trained;
  for (const auto& one : division.control) trained.add(one.condition);
  for (const auto& one : division.train) trained.add(one.condition);
  std::vector<const Condition*> asked;
  for (const auto& one : division.asked) asked.push_back(&one.condition);
  return splits::text_of(splits::claim_of(trained, asked));
}

Division divide(const FitConfig& config, const fitting::OpenScreens& screens,
                const std::optional<splits::Manifest>& manifest, const std::string& fold_name,
                FitReport& report, Console& console) {
  Division division;
  if (manifest) {
    const auto& fold = fitting::find_fold(*manifest, fold_name, config.split);
    division = fitting::divide_by_fold(
        screens.conditions, *manifest, fold, config.with_val,
        [&](const ConditionCells& entry) { return screens.cell_names(entry); });
    report.fold = config.fold == kAllFolds ? kAllFolds : fold.name;
    report.claim = splits::claim_text(*manifest);
    report.split_generator = manifest->generator;
    report.split_seed = manifest->seed;
    report.split_sha256 = splits::manifest_sha256(*manifest);
    if (division.not_in_split > 0) {
      console.warn(fmt::format("{} conditions of the screen are not in {}; they do not train",
                               division.not_in_split, config.split));
    }
    if (division.not_in_screen > 0) {
      console.warn(fmt::format("{} conditions that train in {} are not in the screen",
                               division.not_in_screen, config.split));
    }
  } else {
    const bool trains = !config.train.empty();
    const auto& path = trains ? config.train : config.held_out;
    division = fitting::divide_by_lines(screens.conditions, io::read_lines(path), path, trains,
                                        columns_of(config).names);
  }
  if (division.train.empty()) {
    throw Error(ErrorKind::kInput, "no condition is left to train on");
  }
  if (division.asked.empty()) {
    throw Error(ErrorKind::kInput, "no condition is left to predict");
  }
  if (!manifest) report.claim = claim_of(division);
  return division;
}

// Cells to make of each condition asked.
class CellCount {
 public:
  CellCount(const FitConfig& config, const Division& division, FitReport& report,
            Console& console) {
    if (config.cells == "match-real") {
      for (const auto& one : division.asked) of_[one.condition] = one.n_cells();
      matches_ = true;
      report.cells = config.cells;
      console.warn("--cells match-real tells how many cells each held-out condition has");
      return;
    }
    if (config.cells == "train-median") {
      std::vector<std::int64_t> sizes;
      for (const auto& one : division.train) sizes.push_back(one.n_cells());
      const auto middle = sizes.begin() + std::ssize(sizes) / 2;
      std::ranges::nth_element(sizes, middle);
      n_ = *middle;
    } else {
      const auto& text = config.cells;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n_);
      if (error != std::errc() || end != text.data() + text.size() || n_ < 0) {
        throw Error(ErrorKind::kUsage,
                    fmt::format("--cells '{}': give a number, train-median or match-real", text));
      }
    }
    report.cells = std::to_string(n_);
  }
  [[nodiscard]] bool any() const { return matches_ || n_ > 0; }
  [[nodiscard]] std::int64_t of(const Condition& condition) const {
    if (!matches_) return n_;
    const auto found = of_.find(condition);
    if (found == of_.end() || found->second == 0) {
      throw Error(
          ErrorKind::kInput,
          fmt::format("--cells match-real: the screen has no cells of {}", describe(condition)));
    }
    return found->second;
  }

 private:
  bool matches_ = false;
  std::int64_t n_ = 0;
  std::map<Condition, std::int64_t> of_;
};

FitPrediction describe_prediction(const AskedCondition& asked, const NameRule& names) {
  FitPrediction one;
  one.dataset = asked.condition.dataset;
  one.context = asked.condition.context;
  one.perturbation = asked.labels.front();
  one.dose = dose_text(one.perturbation, asked.condition.members, asked.condition.doses, names);
  one.task = asked.task;
  return one;
}

// Every condition asked gets a line in the report; those with a prediction a profile.
std::vector<Predicted> predict(const FitConfig& config, const Division& division,
                               const fitting::TrainingData& data, const models::Model& model,
                               FitReport& report) {
  const auto& training = data.training;
  const auto names = columns_of(config).names;
  const auto before = report.predictions.size();  // of other folds
  std::vector<std::size_t> able;                  // conditions whose context has a control
  std::vector<models::Condition> conditions;
  for (std::size_t i = 0; i < division.asked.size(); ++i) {
    auto condition = fitting::model_condition(division.asked[i].condition);
    report.predictions.push_back(describe_prediction(division.asked[i], names));
    if (std::ranges::find(training.contexts, condition.context) == training.contexts.end()) {
      report.predictions.back().rule = "none";
      report.predictions.back().reason =
          fmt::format("no control cell of context '{}' may be looked at", condition.context);
      continue;
    }
    able.push_back(i);
    conditions.push_back(std::move(condition));
  }
  const auto prediction = model.predict(conditions);
  auto profiles = add_controls(prediction.delta.view(), conditions, training);
  for (std::int64_t i = 0; i < profiles.view().size(); ++i) {
    double& value = profiles.view().data[i];
    if (value < 0.0) value = 0.0;  // no expression is below zero
  }
  if (config.silence_targets) {
    models::silence_targets(profiles.view(), conditions, training.genes);
  }
  const bool predicts = models::find_model(config.model).sees == models::Sees::kTraining;
  std::vector<Predicted> predicted;
  for (std::size_t k = 0; k < able.size(); ++k) {
    auto& line = report.predictions[before + able[k]];
    line.rule = rung_text(prediction.rung[k]);
    if (prediction.rung[k] == models::Rung::kNone) {
      line.reason = predicts ? "the model knows nothing of it and was told to fall back on nothing"
                             : "no two halves of it are in the screen";
      continue;
    }
    const double* from = profiles.view().row(static_cast<std::int64_t>(k));
    predicted.push_back({.asked = division.asked[able[k]],
                         .rule = line.rule,
                         .n_cells = 0,
                         .profile = {from, from + profiles.cols()}});
  }
  if (predicted.empty()) {
    throw Error(ErrorKind::kInput,
                fmt::format("model '{}' predicts none of the conditions asked for: {}",
                            config.model, report.predictions[before].reason));
  }
  return predicted;
}

// What came of one fold, or of several.
struct Fitted {
  Division division;
  fitting::TrainingData data;
  std::vector<Predicted> predicted;
};

// Each fold's donors are of its own training conditions.
void find_donors(Fitted& fold, FitReport& report) {
  for (auto& one : fold.predicted) {
    const auto nearest = nearest_trained(
        fold.data, fitting::model_condition(one.asked.condition).context, one.profile);
    one.donor = fold.division.train[static_cast<std::size_t>(nearest)];
    report.donors.emplace(describe(one.asked.condition), describe(one.donor->condition));
  }
}

bool same_cells(const std::vector<std::vector<ConditionCells>>& a,
                const std::vector<std::vector<ConditionCells>>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return std::ranges::equal(x, y, {}, &ConditionCells::rows, &ConditionCells::rows);
  });
}

// Adds a fold's predictions to those of others. A condition is predicted once, and all stand on the
// same controls.
void join(Fitted fold, const FitConfig& config, Fitted& all) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: {}; fit one fold at a time", config.split, why));
  };
  if (fold.data.training.contexts != all.data.training.contexts ||
      !same_cells(fold.data.control_cells, all.data.control_cells)) {
    refuse("its folds do not share their controls");
  }
  const auto by_condition = [](const auto& one) -> const Condition& {
    if constexpr (requires { one.asked; }) {
      return one.asked.condition;
    } else {
      return one.condition;
    }
  };
  const auto add = [&](auto& from, auto& to) {
    std::ranges::move(from, std::back_inserter(to));
    std::ranges::stable_sort(to, {}, by_condition);
  };
  add(fold.division.asked, all.division.asked);
  add(fold.predicted, all.predicted);
  const auto twice = std::ranges::adjacent_find(all.division.asked, {}, by_condition);
  if (twice != all.division.asked.end()) {
    refuse(fmt::format("{} is tested in several folds", describe(twice->condition)));
  }
  const auto add_new = [&](std::vector<fitting::TrainedCondition>& from,
                           std::vector<fitting::TrainedCondition>& to) {
    std::erase_if(from, [&](const auto& one) {
      return std::ranges::binary_search(to, one.condition, {}, by_condition);
    });
    add(from, to);
  };
  add_new(fold.division.train, all.division.train);
  add_new(fold.division.test_control, all.division.test_control);
}

void check_config(const FitConfig& config) {
  const int ways = (config.train.empty() ? 0 : 1) + (config.held_out.empty() ? 0 : 1) +
                   (config.split.empty() ? 0 : 1);
  if (ways != 1) {
    throw Error(ErrorKind::kUsage, "give one of --split FILE, --train FILE and --held-out FILE");
  }
  if (config.split.empty() && (!config.fold.empty() || config.with_val)) {
    throw Error(ErrorKind::kUsage, "--fold and --with-val are of a --split");
  }
}

}  // namespace

FitReport fit_screen(const FitConfig& asked_for, Console& console) {
  console.stages().enter("open");
  FitConfig config = asked_for;
  check_config(config);
  FitReport report;
  report.profile = load_profile(config.run.profile);
  auto& conventions = report.profile.conventions;
  if (config.run.input_type) conventions.data.input_type = *config.run.input_type;
  for (const auto& setting : config.run.settings) apply_setting(report.profile, setting);
  const bool counts = conventions.data.input_type == InputType::kCounts;
  report.input_type = counts ? "counts" : "lognorm";

  // All that can be wrong with flags is said before anything is read.
  std::map<std::string, std::string> chosen;
  for (const auto& text : config.model_settings) {
    chosen.insert_or_assign(name_and_value(text, "--with").first,
                            name_and_value(text, "--with").second);
  }
  const auto& entry = models::find_model(config.model);
  report.ceiling = entry.sees != models::Sees::kTraining;
  if (report.ceiling && config.truth.empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("'{}' is made of half of the cells that are held out; give --truth "
                            "FILE for the other half, the only cells it can be scored against",
                            entry.name));
  }
  const models::Settings settings(entry.name, entry.settings, chosen);
  report.settings.assign(settings.all().begin(), settings.all().end());
  std::vector<std::pair<std::string, std::string>> tables;
  for (const auto& text : config.tables) tables.push_back(name_and_value(text, "--table"));
  if (!report.ceiling && !config.halves_col.empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("--halves-col is of ceilings; '{}' sees no half of what is held out",
                            entry.name));
  }
  const auto reference = fitting::parse_reference(config.reference);
  const auto mode = fitting::parse_mode(config.mode, conventions.data.input_type, true);
  if (mode == fitting::CellMode::kDonor && config.silence_targets) {
    throw Error(ErrorKind::kUsage,
                "--mode donor copies real cells, in which --silence-targets cannot silence a gene");
  }
  const auto stem = config.run.output.substr(0, config.run.output.size() - 5);  // .h5ad
  report.rules_file = stem + ".rules.csv";
  report.record_file = stem + ".json";
  for (const auto* file : {&config.run.output, &report.rules_file, &report.record_file}) {
    io::check_output_file(*file, config.run.force);
  }
  if (!config.truth.empty()) io::check_output_file(config.truth, config.run.force);
  std::optional<splits::Manifest> manifest;
  if (!config.split.empty()) {
    manifest = read_split(config.split);
    take_columns(manifest->columns, config);
    if (config.fold != kAllFolds) {
      static_cast<void>(fitting::find_fold(*manifest, config.fold, config.split));
    }
  }
  const auto columns = manifest ? manifest->columns : columns_of(config);

  const auto backend = open_device(config.run, console);
  std::vector<std::string> files{config.run.real};
  files.insert(files.end(), config.more_screens.begin(), config.more_screens.end());
  auto screens =
      fitting::open_screens(files, columns, config.run.layer.empty() ? "X" : config.run.layer);
  std::vector<std::string> folds{config.fold};
  if (manifest && config.fold == kAllFolds) {
    folds.clear();
    for (const auto& fold : manifest->folds) folds.push_back(fold.name);
  }
  Fitted all;
  bool makes_cells = false;
  for (const auto& fold : folds) {
    console.stages().enter("open");
    Fitted one;
    one.division = divide(config, screens, manifest, fold, report, console);
    if (!config.truth.empty()) {  // which has each condition under one label
      for (auto& asked : one.division.asked) asked.labels.resize(1);
    }
    console.stages().enter("read");
    fitting::HalfCells halves;  // out of the division, whose other half is the truth
    if (report.ceiling) {
      halves = config.halves_col.empty()
                   ? take_second_halves(screens, one.division, config.seed, config.run.memory)
                   : take_labelled_halves(screens, one.division, config.halves_col);
    }
    const CellCount count(config, one.division, report, console);
    makes_cells = count.any();
    one.data = fitting::load_training(screens, one.division, conventions, reference, tables,
                                      config.run.memory, *backend, console);
    if (report.ceiling) {
      one.data.training.second_halves =
          load_second_halves(screens, one.division, halves, one.data.training,
                             entry.sees == models::Sees::kTestedHalves, conventions,
                             config.run.memory, *backend, console);
    }
    console.stages().enter("fit");
    const auto model = fit_model(config.model, one.data.training, chosen);
    one.predicted = predict(config, one.division, one.data, *model, report);
    for (auto& made : one.predicted) {
      if (makes_cells) made.n_cells = count.of(made.asked.condition);
    }
    if (makes_cells && mode == fitting::CellMode::kDonor) find_donors(one, report);
    if (&fold == &folds.front()) {
      all = std::move(one);
    } else {
      join(std::move(one), config, all);
    }
  }
  const auto& [division, data, predicted] = all;

  console.stages().enter("write");
  const fitting::WriteRequest request{.path = config.run.output,
                                      .columns = columns,
                                      .control = config.run.control,
                                      .mode = mode,
                                      .seed = config.seed};
  if (makes_cells) {
    report.mode = fitting::mode_name(mode);
    write_cells(request, screens, data, predicted, conventions);
  } else {
    write_profiles(request, data, predicted, conventions);
    if (counts) {
      console.note(
          "profiles are fractional counts: score them with --set "
          "data.allow_fractional_counts=true, or make cells with --cells");
    }
  }
  if (!config.truth.empty()) {
    auto truth = request;
    truth.path = config.truth;
    write_truth(truth, screens, division);
  }
  if (report.ceiling) {
    report.split_claim = manifest ? report.claim : "";
    report.claim = fmt::format(
        "none: {} is a ceiling, made of half of the held-out cells; what it is scored on are the "
        "others",
        entry.name);
  }
  report.config = config;
  report.trained_conditions = std::ssize(division.train);
  for (const auto& one : division.train) report.trained_cells += one.n_cells();
  for (const auto& one : division.control) report.control_cells += one.n_cells();
  report.device = backend->name();
  report.threads = thread_count();
  report.stages = console.stages().seconds();
  report.warnings = console.warnings();
  io::write_text(report.rules_file, fit_rules_csv(report));
  io::write_text(report.record_file, fit_record_json(report));
  return report;
}

}  // namespace cupel
