#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "conditions/sha256.hpp"
#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "cupel/evaluate.hpp"
#include "cupel/sweep.hpp"
#include "fitting/division.hpp"
#include "fitting/model_condition.hpp"
#include "fitting/training_data.hpp"
#include "fitting/write_predictions.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "log.hpp"
#include "open_devices.hpp"
#include "report/report.hpp"
#include "report/split_manifest.hpp"
#include "report/sweep_summary.hpp"
#include "report/sweep_table.hpp"
#include "splits/claim.hpp"
#include "splits/generator.hpp"
#include "sweep/nested.hpp"
#include "version.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;
using Claims = std::map<std::pair<std::string, std::string>, std::string>;

void write_text(const fs::path& path, const std::string& text) {
  io::OutputFile file(path);
  file.write(text);
  file.commit();
}

std::pair<std::string, std::string> name_and_value(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorKind::kUsage, fmt::format("'{}': write NAME=VALUE", text));
  }
  return {text.substr(0, equals), text.substr(equals + 1)};
}

ConditionColumns columns_of(const SweepConfig& config) {
  return {.perturbation = config.run.pert_col,
          .context = config.run.context_col,
          .dose = config.dose_col,
          .batch = {},
          .dataset = config.dataset_col,
          .names = {.separator = config.separator, .controls = {config.run.control}}};
}

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

// What there is to sweep over, and what it can claim.
struct SweepPlan {
  std::vector<sweep::OuterSplit> splits;
  Claims claims;
};

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

SweepPlan make_sweep_plan(const SweepConfig& config, const fitting::OpenScreens& screens,
                          const ConditionColumns& columns, const fitting::Division& division,
                          const models::Training& training, const fs::path& folder,
                          Console& console) {
  RowOf row_of;
  for (std::size_t i = 0; i < division.train.size(); ++i) {
    row_of.emplace(division.train[i].condition, static_cast<std::int64_t>(i));
  }
  SweepPlan plan;
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
        write_text(folder / fmt::format("{}.split.json", split.name), split_json(manifest));
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

// What the rows of a table depend on. Another text: another sweep.
std::string key_of(const SweepConfig& config, const SweepPlan& plan,
                   const models::Training& training) {
  Sha256 sha;
  const auto add = [&](const auto&... parts) { (sha.add(fmt::format("{}\n", parts)), ...); };
  const auto add_rows = [&](const auto& rows) { add(fmt::format("{}", fmt::join(rows, " "))); };
  add(version(), commit());
  add(sweep::score_name(config.select));
  for (const auto& grid : config.grids) {
    add(grid.model);
    for (const auto& axis : grid.axes) {
      add(axis.name);
      add_rows(axis.values);
    }
  }
  for (const auto& split : plan.splits) {
    add(split.name);
    for (const auto& fold : split.folds) {
      add(fold.name, static_cast<int>(fold.inside.unit), fold.inside.folds, fold.inside.seed);
      add_rows(fold.train);
      add_rows(fold.test);
      add_rows(fold.task);
    }
  }
  const auto add_matrix = [&](MatrixView<const double> matrix) {
    add(matrix.rows, matrix.cols);
    sha.add({reinterpret_cast<const char*>(matrix.data),
             static_cast<std::size_t>(matrix.size()) * sizeof(double)});
  };
  for (const auto& condition : training.conditions) {
    add(condition.context);
    add_rows(condition.perturbations);
    add(condition.dose.value_or(-1.0));
  }
  add_rows(training.genes);
  add_rows(training.weight);
  add_matrix(training.delta.view());
  add_matrix(training.control.view());
  for (const auto& [name, table] : training.tables) {
    add(name);
    for (const auto& [row_name, row] : table.row) add(row_name, row);
    add_matrix(table.values.view());
  }
  return sha.hex();
}

// The table on disk, to which whole units of rows are added as they are found.
class TableFile {
 public:
  // Begins with the rows of an earlier run.
  TableFile(const fs::path& path, std::span<const sweep::SweepRow> rows) : path_(path) {
    write_text(path, sweep_csv_header() + sweep_csv_rows(rows));
    file_ = std::fopen(path.c_str(), "ab");
    if (file_ == nullptr) refuse();
  }
  ~TableFile() { std::fclose(file_); }
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  void add(std::span<const sweep::SweepRow> rows) {
    const auto text = sweep_csv_rows(rows);
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size() || std::fflush(file_) != 0) {
      refuse();
    }
  }

 private:
  [[noreturn]] void refuse() const {
    throw Error(ErrorKind::kInput, fmt::format("{}: cannot write", path_.string()));
  }
  fs::path path_;
  std::FILE* file_ = nullptr;
};

// Rows of the run that is taken up, or none.
std::vector<sweep::SweepRow> earlier_rows(const SweepConfig& config, const std::string& key,
                                          const fs::path& table, const fs::path& key_file,
                                          const sweep::SweepRequest& request, Console& console) {
  if (!config.resume || !fs::exists(table)) return {};
  std::string old;
  if (std::FILE* file = std::fopen(key_file.c_str(), "rb"); file != nullptr) {
    char block[128];
    old.assign(block, std::fread(block, 1, sizeof block, file));
    std::fclose(file);
  }
  if (old != key + "\n") {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: is of another sweep: its screen, splits or models differ; begin "
                            "anew with --force instead of --resume",
                            table.string()));
  }
  auto rows = read_sweep_csv(table);
  rows.resize(rows_to_keep(request, rows));
  console.note(fmt::format("{}: {} rows are kept", table.string(), rows.size()));
  return rows;
}

sweep::Chosen chosen_settings(const SweepGrid& grid, const std::string& text) {
  for (auto& settings : sweep::settings_of(grid)) {
    if (sweep::settings_text(settings) == text) return std::move(settings);
  }
  return {};
}

// Predictions of the folds of a split, each by the grid that `grid_of_fold` says (-1: none); a
// condition that several folds test is predicted by the first.
std::vector<fitting::Predicted> predict_split(
    const SweepConfig& config, const fitting::TrainingData& data, const fitting::Division& division,
    const sweep::SweepRequest& request, std::span<const sweep::SweepRow> table, std::size_t split,
    std::span<const std::int64_t> grid_of_fold) {
  const auto& training = data.training;
  std::map<std::int64_t, fitting::Predicted> by_row;
  for (std::size_t f = 0; f < grid_of_fold.size(); ++f) {
    const auto& fold = request.splits[split].folds[f];
    if (grid_of_fold[f] < 0 || fold.test.empty()) continue;
    const auto grid = static_cast<std::size_t>(grid_of_fold[f]);
    const auto at = choice_of(request, table, split, f).row_of_grid[grid];
    if (at < 0) continue;
    const auto& row = table[static_cast<std::size_t>(at)];
    const auto prediction =
        predict_fold(training, fold, row.model, chosen_settings(config.grids[grid], row.settings));
    std::vector<models::Condition> asked;
    for (const auto test : fold.test) {
      asked.push_back(training.conditions[static_cast<std::size_t>(test)]);
    }
    const auto profiles = add_controls(prediction.delta.view(), asked, training);
    for (std::size_t i = 0; i < asked.size(); ++i) {
      if (prediction.rung[i] == models::Rung::kNone) continue;
      const auto& truth = division.train[static_cast<std::size_t>(fold.test[i])];
      const double* from = profiles.view().row(static_cast<std::int64_t>(i));
      fitting::Predicted one;
      one.asked.condition = truth.condition;
      one.asked.labels = truth.labels;
      one.asked.task = fold.task.empty() ? "" : fold.task[i];
      one.rule = fmt::format("{}: {}", row.model, rung_text(prediction.rung[i]));
      one.n_cells = config.cells;
      one.profile.assign(from, from + profiles.cols());
      for (double& value : one.profile) value = std::max(0.0, value);  // no expression is below
      by_row.emplace(fold.test[i], std::move(one));
    }
  }
  std::vector<fitting::Predicted> predicted;
  for (auto& [row, one] : by_row) predicted.push_back(std::move(one));
  return predicted;
}

// Files of predictions in the sweep's folder.
struct Writer {
  const SweepConfig& config;
  const ConditionColumns& columns;
  const Conventions& conventions;
  fitting::OpenScreens& screens;
  const fitting::Division& division;
  const fitting::TrainingData& data;
  const fs::path& folder;

  [[nodiscard]] fitting::WriteRequest request(const std::string& name) const {
    return {.path = (folder / fmt::format("{}.h5ad", name)).string(),
            .columns = columns,
            .control = config.run.control,
            .mode = fitting::parse_mode("", conventions.data.input_type),
            .seed = kCellSeed};
  }
  [[nodiscard]] std::string write(const std::string& name,
                                  std::span<const fitting::Predicted> predicted) {
    const auto to = request(name);
    if (config.cells > 0) {
      write_cells(to, screens, data, predicted, conventions);
    } else {
      write_profiles(to, data, predicted, conventions);
    }
    return to.path;
  }
  // Cells of all conditions that the split holds out.
  [[nodiscard]] std::string write_truth(const std::string& name, const sweep::OuterSplit& split) {
    std::set<std::int64_t> tested;
    for (const auto& fold : split.folds) tested.insert(fold.test.begin(), fold.test.end());
    fitting::Division held_out;
    held_out.test_control = division.control;
    for (const auto row : tested) {
      const auto& one = division.train[static_cast<std::size_t>(row)];
      held_out.asked.push_back(
          {.condition = one.condition, .labels = one.labels, .task = {}, .cells = one.batches});
    }
    const auto to = request(fmt::format("{}.truth", name));
    fitting::write_truth(to, screens, held_out);
    return to.path;
  }

  static constexpr std::uint64_t kCellSeed = 42;
};

// A grid's model, with a number where several grids are of one model.
std::string grid_name(const SweepConfig& config, std::size_t grid) {
  const auto& model = config.grids[grid].model;
  std::size_t earlier = 0;
  for (std::size_t g = 0; g < grid; ++g) earlier += config.grids[g].model == model ? 1 : 0;
  return earlier == 0 ? model : fmt::format("{}-{}", model, earlier + 1);
}

// The grids that are best inside, over the folds of a split.
std::vector<std::int64_t> short_list(const SweepSummary& summary, const std::string& split,
                                     SweepScore select, std::int64_t size) {
  std::vector<const SweepLine*> lines;
  for (const auto& line : summary.lines) {
    const bool again = std::ranges::any_of(lines, [&](const SweepLine* other) {
      return other->grid == line.grid;  // of another task
    });
    if (line.split == split && !std::isnan(line.inside) && !again) lines.push_back(&line);
  }
  std::ranges::stable_sort(lines, {}, [&](const SweepLine* line) {
    return sweep::lower_is_better(select) ? line->inside : -line->inside;
  });
  std::vector<std::int64_t> grids;
  for (const auto* line : lines) {
    if (std::ssize(grids) < size) grids.push_back(static_cast<std::int64_t>(line->grid));
  }
  return grids;
}

}  // namespace

SweepReport run_sweep(const SweepConfig& config, Console& console) {
  console.stages().enter("open");
  Profile profile = load_profile(config.run.profile);
  auto& conventions = profile.conventions;
  if (config.run.input_type) conventions.data.input_type = *config.run.input_type;
  for (const auto& setting : config.run.settings) apply_setting(profile, setting);
  std::int64_t settings = 0;
  for (const auto& grid : config.grids) settings += std::ssize(sweep::settings_of(grid));
  std::vector<std::pair<std::string, std::string>> tables;
  for (const auto& text : config.tables) tables.push_back(name_and_value(text));
  const fs::path folder(config.run.output);
  io::check_output_folder(config.run.output, config.run.force || config.resume);
  const auto columns = columns_of(config);
  const auto backend = open_device(config.run, console);
  const std::vector<std::string> files{config.run.real};
  auto screens =
      fitting::open_screens(files, columns, config.run.layer.empty() ? "X" : config.run.layer);

  // All conditions are read; which of them a fit sees is what the folds say.
  console.stages().enter("read");
  fitting::Division division;
  for (const auto& entry : screens.conditions) {
    auto& to = is_control(entry.condition) ? division.control : division.train;
    to.push_back({.condition = entry.condition, .labels = entry.labels, .batches = {entry}});
  }
  const auto data =
      fitting::load_training(screens, division, conventions, fitting::ControlReference::kContext,
                             tables, config.run.memory, *backend, console);
  const io::OutputFolder made(config.run.output);
  const SweepPlan plan =
      make_sweep_plan(config, screens, columns, division, data.training, folder, console);
  const sweep::SweepRequest request{plan.splits, config.grids, config.select};

  console.stages().enter("sweep");
  const auto key = key_of(config, plan, data.training);
  const auto finished =
      earlier_rows(config, key, folder / "sweep.csv", folder / "sweep.key", request, console);
  write_text(folder / "sweep.key", key + "\n");
  std::int64_t total = 0;
  for (const auto& split : plan.splits) total += settings * std::ssize(split.folds);
  std::vector<sweep::SweepRow> table;
  {
    TableFile file(folder / "sweep.csv", finished);
    Progress progress(console, "sweep", "settings", total);
    const auto inside = std::ranges::count(finished, true, &sweep::SweepRow::inside);
    progress.advance(inside);
    table =
        sweep_nested(data.training, request, finished, [&](std::span<const sweep::SweepRow> rows) {
          file.add(rows);
          progress.advance(std::ranges::count(rows, true, &sweep::SweepRow::inside));
        });
  }
  const auto summary = summarise_sweep(request, table, plan.claims);
  write_text(folder / "sweep.md", sweep_markdown(summary));
  write_text(folder / "summary.csv", sweep_summary_csv(summary));

  console.stages().enter("write");
  SweepReport report;
  report.markdown = sweep_markdown(summary);
  report.settings = summary.settings;
  report.seconds = summary.seconds;
  Writer writer{config, columns, conventions, screens, division, data, folder};
  for (std::size_t s = 0; s < plan.splits.size(); ++s) {
    const auto n_folds = plan.splits[s].folds.size();
    std::vector<std::int64_t> best;
    for (std::size_t f = 0; f < n_folds; ++f) {
      best.push_back(choice_of(request, table, s, f).best_grid);
    }
    const auto predicted = predict_split(config, data, division, request, table, s, best);
    if (predicted.empty()) continue;
    SweptSplit swept;
    swept.name = plan.splits[s].name;
    swept.prediction = writer.write(swept.name, predicted);
    if (config.short_list > 0) {
      swept.truth = writer.write_truth(swept.name, plan.splits[s]);
      for (const auto grid : short_list(summary, swept.name, config.select, config.short_list)) {
        const std::vector<std::int64_t> same(n_folds, grid);
        const auto of_model = predict_split(config, data, division, request, table, s, same);
        const auto name = grid_name(config, static_cast<std::size_t>(grid));
        if (of_model.size() < predicted.size()) {
          console.note(fmt::format("{}: {} does not predict all conditions; not on the short list",
                                   swept.name, name));
          continue;
        }
        swept.short_list.push_back(
            {.path = writer.write(fmt::format("{}.{}", swept.name, name), of_model), .name = name});
      }
    }
    report.splits.push_back(std::move(swept));
  }
  console.note(fmt::format("{} settings in {:.1f} s; results in {}", report.settings,
                           report.seconds, config.run.output));
  return report;
}

}  // namespace cupel
