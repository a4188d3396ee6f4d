#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands.hpp"
#include "conditions/condition_list.hpp"
#include "conditions/control_profiles.hpp"
#include "config/cell_load_toml.hpp"
#include "config/run_file.hpp"
#include "cupel/error.hpp"
#include "io/h5ad_screen.hpp"
#include "io/output_file.hpp"
#include "log.hpp"
#include "report/split_lists.hpp"
#include "report/split_manifest.hpp"
#include "splits/audit.hpp"
#include "splits/embeddings.hpp"
#include "splits/formats/cell_load.hpp"
#include "splits/formats/imported.hpp"
#include "splits/formats/perturbench_csv.hpp"
#include "splits/formats/plain_pickle.hpp"
#include "splits/generator.hpp"
#include "splits/strata.hpp"
#include "text.hpp"

namespace cupel::cli {
namespace {

struct SplitFlags {
  std::string generator;
  std::vector<std::string> real;  // FILE or NAME=FILE
  std::string check;
  std::string import;
  std::vector<std::string> import_obs;
  std::string format;
  std::string export_as;
  std::string split;
  std::string fold;
  std::string output;
  std::string controls;  // empty: shared, or what the imported format says
  std::string groups;
  std::string strata;
  std::string embeddings;
  std::string input_type = "counts";
  ConditionColumns columns;
  splits::SplitOptions options;
  std::set<std::string> given;  // flags of generators that were set
  bool force = false;
  bool quiet = false;
};

// The screens and what there is in them.
class Screens {
 public:
  Screens(const SplitFlags& flags, const ConditionColumns& columns) {
    if (flags.real.empty()) throw Error(ErrorKind::kUsage, "no screen; give --real FILE.h5ad");
    for (const auto& file : flags.real) {
      const auto equals = file.find('=');
      const bool has_name =
          equals != std::string::npos && file.find('/') > equals && !std::filesystem::exists(file);
      screens_.push_back(io::open_h5ad(has_name ? file.substr(equals + 1) : file));
      const std::string name = has_name                ? file.substr(0, equals)
                               : flags.real.size() > 1 ? std::filesystem::path(file).stem().string()
                                                       : std::string();
      named_.push_back({screens_.back().get(), name});
    }
    list_ = list_conditions(named_, columns);
    material_ = {.conditions = list_,
                 .columns = columns,
                 .cell_names = [this](const ConditionCells& entry) { return names_of(entry); },
                 .context_profiles = [this, &flags] { return profiles_of(flags); }};
  }
  Screens(const Screens&) = delete;
  Screens& operator=(const Screens&) = delete;

  [[nodiscard]] const splits::Material& material() const { return material_; }

  [[nodiscard]] std::vector<std::string> paths() const {
    std::vector<std::string> all;
    for (const auto& screen : screens_) all.push_back(screen->path());
    return all;
  }

  // The label of each cell in an obs column; empty where there is none.
  [[nodiscard]] std::vector<std::pair<std::string, std::string>> labels_in(
      const std::string& name) const {
    std::vector<std::pair<std::string, std::string>> cells;
    for (const auto& screen : screens_) {
      const auto column = screen->obs(name);
      const auto& names = screen->cell_names();
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto code = column.codes[i];
        cells.emplace_back(names[i],
                           code < 0 ? "" : column.categories[static_cast<std::size_t>(code)]);
      }
    }
    return cells;
  }

  // What an obs column says of each cell.
  [[nodiscard]] std::vector<std::pair<std::string, splits::Part>> parts_in(
      const std::string& name) const {
    std::vector<std::pair<std::string, splits::Part>> cells;
    for (const auto& screen : screens_) {
      const auto column = screen->obs(name);
      const auto parts = splits::parts_of_labels(
          column.categories, fmt::format("{}: obs column '{}'", screen->path(), name));
      const auto& names = screen->cell_names();
      for (std::size_t i = 0; i < names.size(); ++i) {
        const auto code = column.codes[i];
        cells.emplace_back(
            names[i], code < 0 ? splits::Part::kUnused : parts[static_cast<std::size_t>(code)]);
      }
    }
    return cells;
  }

 private:
  std::vector<std::string> names_of(const ConditionCells& entry) {
    const auto& all = screens_[static_cast<std::size_t>(entry.screen)]->cell_names();
    std::vector<std::string> names;
    for (const auto row : entry.rows) names.push_back(all[static_cast<std::size_t>(row)]);
    return names;
  }
  [[nodiscard]] splits::ContextProfiles profiles_of(const SplitFlags& flags) const {
    if (!flags.embeddings.empty()) return splits::read_embeddings(flags.embeddings);
    const bool counts = parse_input_type(flags.input_type) == InputType::kCounts;
    auto profiles = control_profiles(named_, list_, counts);
    return {std::move(profiles.contexts), std::move(profiles.means)};
  }

  std::vector<std::unique_ptr<Screen>> screens_;
  std::vector<NamedScreen> named_;
  std::vector<ConditionCells> list_;
  splits::Material material_;
};

// How many conditions and cells are in each part of a fold.
std::string fold_text(const splits::Manifest& manifest, const splits::Fold& fold) {
  std::string text;
  for (std::size_t p = 0; p < splits::kParts; ++p) {
    std::int64_t conditions = 0;
    std::int64_t cells = 0;
    for (std::size_t i = 0; i < fold.part.size(); ++i) {
      if (static_cast<std::size_t>(fold.part[i]) != p || is_control(manifest.conditions[i]))
        continue;
      ++conditions;
      cells += manifest.n_cells[i];
    }
    if (conditions == 0) continue;
    text.append(fmt::format("{}{} {} ({} cells)", text.empty() ? "" : ", ",
                            splits::part_name(static_cast<splits::Part>(p)), conditions,
                            grouped(cells)));
  }
  return text;
}

void run_check(const SplitFlags& flags) {
  const auto manifest = read_split(flags.check);
  const Screens screens(flags, manifest.columns);
  const auto audit = splits::audit_split(manifest, screens.material());
  fmt::print("{}: {} (seed {})\n{}", flags.check, manifest.generator, manifest.seed,
             splits::audit_text(manifest, audit));
  if (!audit.findings.empty() && audit.findings.front().severity == splits::Severity::kFatal) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: {}: {}", flags.check, audit.findings.front().check,
                            audit.findings.front().message));
  }
}

void write_text(const SplitFlags& flags, const std::string& text) {
  io::OutputFile file(flags.output);
  file.write(text);
  file.commit();
}

void write_manifest(const SplitFlags& flags, const splits::Manifest& manifest, Console& console) {
  write_text(flags, split_json(manifest));
  constexpr std::size_t kFoldsShown = 12;
  for (std::size_t i = 0; i < std::min(manifest.folds.size(), kFoldsShown); ++i) {
    console.note(
        fmt::format("fold {}: {}", manifest.folds[i].name, fold_text(manifest, manifest.folds[i])));
  }
  if (manifest.folds.size() > kFoldsShown) {
    console.note(fmt::format("and {} more folds", manifest.folds.size() - kFoldsShown));
  }
  const auto balance = std::ranges::find(manifest.parameters, "balance",
                                         &std::pair<std::string, std::string>::first);
  if (balance != manifest.parameters.end()) {
    console.note(fmt::format("strata over train, val and test: {}", balance->second));
  }
  fmt::print("claim: {}\n", splits::claim_text(manifest));
}

void check_output(const SplitFlags& flags) {
  if (flags.output.empty()) throw Error(ErrorKind::kUsage, "no place for the split; give -o FILE");
  io::check_output_file(flags.output, flags.force);
}

void run_generator(SplitFlags& flags) {
  const auto& generator = splits::find_generator(flags.generator);
  check_output(flags);
  if (!flags.controls.empty()) flags.options.controls = splits::parse_policy(flags.controls);
  if (!flags.groups.empty()) flags.options.groups = splits::read_pairs(flags.groups, "group");
  Console console(flags.quiet);
  const Screens screens(flags, flags.columns);
  if (!flags.strata.empty()) splits::set_strata(screens.material(), flags.strata, flags.options);
  write_manifest(flags,
                 splits::make_split(generator, screens.material(), flags.options, flags.given),
                 console);
}

// What obs columns say: a fold of the parts that one column gives, one each of several columns, or
// one of each label of a column that names folds.
std::vector<splits::Fold> folds_in_obs(const SplitFlags& flags, const Screens& screens) {
  const auto& material = screens.material();
  const auto& columns = flags.import_obs;
  if (flags.format == "folds") {
    if (columns.size() != 1) {
      throw Error(ErrorKind::kUsage, "--format folds takes one --import-obs");
    }
    return splits::folds_of_labels(material, screens.labels_in(columns.front()), columns.front());
  }
  if (!flags.format.empty() && flags.format != "parts") {
    throw Error(ErrorKind::kUsage,
                fmt::format("no --format '{}' of --import-obs; known: parts, folds", flags.format));
  }
  std::vector<splits::Fold> folds;
  for (const auto& column : columns) {
    folds.push_back(splits::fold_of_cells(material, screens.parts_in(column)));
    if (columns.size() > 1) folds.back().name = column;
  }
  return folds;
}

// split.pkl -> split_subgroup.pkl, where GEARS looks for the classes of what the split tests.
std::string subgroup_path(const std::string& path) {
  return path.substr(0, path.size() - 4) + "_subgroup.pkl";
}

// GEARS's own classes, held against those that the lists support.
void compare_subgroups(const std::string& path, const splits::Subgroups& own, Console& console) {
  const auto groups = splits::read_plain_pickle_groups(path);
  std::map<std::string, std::string> classes;
  for (const auto* side : {&own.test, &own.val}) {
    for (const auto& [name, list] : *side) {
      for (const auto& one : list) classes[one] = name;
    }
  }
  std::vector<std::string> other;
  for (const auto& [side, lists] : groups) {
    for (const auto& [name, list] : lists) {
      for (const auto& one : list) {
        const auto found = classes.find(one);
        if (found == classes.end() || found->second == name) continue;
        other.push_back(fmt::format("{} ({} there, {} here)", one, name, found->second));
      }
    }
  }
  if (other.empty()) {
    console.note(fmt::format("{}: its classes are those that the lists support", path));
    return;
  }
  console.warn(fmt::format("{}: {} are in another class than the lists support: {}", path,
                           other.size(), listed(other)));
}

// A fold of what a file says.
splits::Fold imported_fold(const SplitFlags& flags, const Screens& screens,
                           splits::ImportNotes& notes, Console& console) {
  const auto& material = screens.material();
  if (flags.format == "cell-load") {
    return splits::fold_of_cell_load(material, read_cell_load_toml(flags.import), notes);
  }
  if (flags.format == "perturbench") {
    return splits::fold_of_cells(material, splits::read_perturbench_csv(flags.import));
  }
  if (flags.format == "presage") {
    return splits::fold_of_lists(material, read_split_lists(flags.import), splits::kPresageStyle,
                                 notes);
  }
  if (flags.format != "gears") {
    throw Error(ErrorKind::kUsage,
                fmt::format("no --format '{}'; known: cell-load, perturbench, gears, presage",
                            flags.format));
  }
  splits::NameLists lists;
  if (flags.import.ends_with(".json")) {
    lists = read_split_lists(flags.import);
  } else {
    auto read = splits::read_plain_pickle(flags.import);
    lists = {.train = read["train"], .val = read["val"], .test = read["test"]};
  }
  if (flags.import.ends_with(".pkl") && std::filesystem::exists(subgroup_path(flags.import))) {
    compare_subgroups(subgroup_path(flags.import),
                      splits::subgroups_of(lists, material, splits::kGearsStyle), console);
  }
  return splits::fold_of_lists(material, lists, splits::kGearsStyle, notes);
}

void run_import(const SplitFlags& flags) {
  check_output(flags);
  Console console(flags.quiet);
  const Screens screens(flags, flags.columns);
  splits::ImportNotes notes;
  const bool of_obs = !flags.import_obs.empty();
  const auto name = of_obs ? flags.import_obs.front() : flags.import;
  try {
    auto folds = of_obs ? folds_in_obs(flags, screens)
                        : std::vector{imported_fold(flags, screens, notes, console)};
    const auto usual = flags.format == "gears" ? "train" : "shared";
    const auto policy = flags.controls.empty() ? usual : flags.controls;
    const auto manifest =
        splits::imported_manifest(screens.material(), std::move(folds),
                                  of_obs ? "obs" : flags.format, splits::parse_policy(policy));
    if (!notes.unknown.empty()) {
      console.warn(fmt::format("{}: {} names are not in the screen: {}", name, notes.unknown.size(),
                               listed(notes.unknown)));
    }
    if (!notes.controls.empty()) {
      console.warn(fmt::format("{}: control labels among its lists are passed by: {}", name,
                               listed(notes.controls)));
    }
    write_manifest(flags, manifest, console);
  } catch (const Error& error) {
    if (std::string_view(error.what()).starts_with(name)) throw;
    throw Error(error.kind(), fmt::format("{}: {}", name, error.what()));
  }
}

const splits::Fold& fold_to_export(const SplitFlags& flags, const splits::Manifest& manifest) {
  std::vector<std::string> names;
  for (const auto& fold : manifest.folds) {
    if (fold.name == flags.fold) return fold;
    names.push_back(fold.name);
  }
  if (flags.fold.empty() && names.size() == 1) return manifest.folds.front();
  throw Error(ErrorKind::kUsage,
              fmt::format("{}: give --fold one of: {}", flags.split, listed(names)));
}

void run_export(const SplitFlags& flags) {
  if (flags.split.empty())
    throw Error(ErrorKind::kUsage, "nothing to export; give --split FILE.json");
  check_output(flags);
  const auto manifest = read_split(flags.split);
  if (flags.export_as == "tsv") {
    write_text(flags, split_tsv(manifest));
    return;
  }
  const auto& fold = fold_to_export(flags, manifest);
  const Screens screens(flags, manifest.columns);
  const auto& material = screens.material();
  if (flags.export_as == "cell-load") {
    write_text(flags,
               cell_load_toml(splits::cell_load_of(manifest, fold, material, screens.paths())));
  } else if (flags.export_as == "perturbench") {
    write_text(flags, splits::perturbench_csv(splits::cells_of(manifest, fold, material)));
  } else if (flags.export_as == "presage") {
    write_text(flags,
               split_lists_json(splits::lists_of(manifest, fold, material, splits::kPresageStyle)));
  } else if (flags.export_as == "gears") {
    const auto lists = splits::lists_of(manifest, fold, material, splits::kGearsStyle);
    if (flags.output.ends_with(".json")) {
      write_text(flags, split_lists_json(lists));
      return;
    }
    auto beside = flags;  // where GEARS would look for it
    if (flags.output.ends_with(".pkl")) {
      beside.output = subgroup_path(flags.output);
      check_output(beside);
    }
    write_text(flags, splits::plain_pickle(splits::TextLists{
                          {"train", lists.train}, {"val", lists.val}, {"test", lists.test}}));
    if (beside.output == flags.output) return;
    const auto classes = splits::subgroups_of(lists, material, splits::kGearsStyle);
    write_text(beside, splits::plain_pickle(splits::TextGroups{{"test_subgroup", classes.test},
                                                               {"val_subgroup", classes.val}}));
  } else {
    throw Error(ErrorKind::kUsage,
                fmt::format("no --export '{}'; known: cell-load, perturbench, gears, presage, tsv",
                            flags.export_as));
  }
}

// An option of generators: notes that it was given.
template <typename T>
void add_option(CLI::App& command, std::shared_ptr<SplitFlags> flags, const std::string& name,
                T& target, const std::string& help) {
  command.add_option("--" + name, target, help)
      ->each([flags, name](const std::string&) { flags->given.insert(name); })
      ->capture_default_str();
}

}  // namespace

void add_split(CLI::App& app) {
  auto* command = app.add_subcommand(
      "split", "Divide a screen into train, val and test, and say what a score on it can claim");
  auto flags = std::make_shared<SplitFlags>();
  auto& options = flags->options;
  command->add_option("generator", flags->generator, "how; see `cupel list splits`");
  command->add_option("--check", flags->check,
                      "no new split: say what this one (.json) supports on --real, and what leaks");
  command->add_option("--real", flags->real, "the screen (.h5ad), or several as NAME=FILE.h5ad")
      ->allow_extra_args(false);
  command->add_option("--pert-col", flags->columns.perturbation, "obs column of perturbations")
      ->capture_default_str();
  command
      ->add_option("--control", flags->columns.names.controls,
                   "whole names that mean an untreated cell or member (repeatable)")
      ->allow_extra_args(false)
      ->capture_default_str();
  command
      ->add_option("--separator", flags->columns.names.separator,
                   "between members of a combination; '' where a label is one name")
      ->capture_default_str();
  command->add_flag("--tuples", flags->columns.names.tuples,
                    "labels are written as [('name', 0.5, 'uM')]");
  command->add_option("--context-col", flags->columns.context, "obs column of contexts");
  command->add_option("--dose-col", flags->columns.dose, "obs column of doses, as 0.5 or 1+0.5");
  command->add_option("--batch-col", flags->columns.batch, "obs column of batches");
  command->add_option("--dataset-col", flags->columns.dataset, "obs column of datasets");
  command->add_option("--seed", options.seed, "another seed, another split")
      ->check(check_whole_number)
      ->capture_default_str();
  command->add_option(
      "--controls", flags->controls,
      "control cells: shared by all parts, train, or disjoint (50/25/25); shared, or train "
      "for --format gears, by default");
  command->add_flag("--hide-controls", options.hide_controls,
                    "contexts that do not train show no controls either");
  add_option(*command, flags, "test", options.test, "share held out for test");
  add_option(*command, flags, "val", options.val, "share held out for val");
  const auto add_list = [&](const std::string& name, std::vector<std::string>& target,
                            const std::string& help) {
    command->add_option("--" + name, target, help)
        ->allow_extra_args(false)
        ->each([flags, name](const std::string&) { flags->given.insert(name); });
  };
  add_list("hold-out", options.hold_out, "test this one, in place of a draw (repeatable)");
  add_list("validate", options.validate, "the same for val (repeatable)");
  command->add_flag_callback(
      "--loose",
      [flags] {
        flags->options.loose = true;
        flags->given.insert("loose");
      },
      "a held-out perturbation may train within combinations");
  add_option(*command, flags, "mode", options.mode, "one of a split's ways");
  add_option(*command, flags, "unit", options.unit,
             "what folds deal out: condition, perturbation, context");
  add_option(*command, flags, "folds", options.folds, "number of folds");
  add_option(*command, flags, "repeats", options.repeats, "times that all folds are drawn");
  add_list("hold-out-perturbation", options.hold_out_perturbations,
           "aex: test this perturbation, beside the contexts of --hold-out (repeatable)");
  command->add_option("--budget", options.budgets, "few-shot: trained perturbations (repeatable)")
      ->allow_extra_args(false)
      ->each([flags](const std::string&) { flags->given.insert("budget"); });
  add_option(*command, flags, "clusters", options.clusters, "number of clades of contexts");
  add_option(*command, flags, "linkage", options.linkage, "average, complete, single or ward");
  const auto add_file = [&](const std::string& name, std::string& target, const std::string& help) {
    command->add_option("--" + name, target, help)->each([flags, name](const std::string&) {
      flags->given.insert(name);
    });
  };
  add_file("groups", flags->groups, "file of name,group lines; groups are held out whole");
  add_file("stratify", flags->strata, "size, strength:FILE, list:FILE or sets:FILE.gmt");
  add_file("embeddings", flags->embeddings,
           "file of context,value,... lines to cluster by, in place of control profiles");
  command->add_option("--input-type", flags->input_type, "for control profiles: counts or lognorm")
      ->capture_default_str();
  command->add_option("--import", flags->import, "take the split of this file; needs --format");
  command
      ->add_option("--import-obs", flags->import_obs,
                   "take the split of this obs column; given again, one more fold each")
      ->allow_extra_args(false);
  command->add_option("--format", flags->format,
                      "cell-load, perturbench, gears or presage; of an obs column parts (its "
                      "labels are train, val, test) or folds (each label is a fold's test)");
  command->add_option("--export", flags->export_as,
                      "write --split as cell-load, perturbench, gears, presage or tsv");
  command->add_option("--split", flags->split, "the split (.json) to export");
  command->add_option("--fold", flags->fold, "which fold of it");
  add_option(*command, flags, "test-combinations", options.test_combinations,
             "share tested of the combinations whose members all train");
  command->add_option("-o,--output", flags->output, "the split (.json)");
  command->add_flag("--force", flags->force, "replace a file that is there");
  command->add_flag("--quiet", flags->quiet, "no notes on stderr");
  command->callback([flags] {
    const bool imports = !flags->import.empty() || !flags->import_obs.empty();
    const int asked = (flags->generator.empty() ? 0 : 1) + (flags->check.empty() ? 0 : 1) +
                      (imports ? 1 : 0) + (flags->export_as.empty() ? 0 : 1);
    if (asked == 0) {
      throw Error(ErrorKind::kUsage,
                  "no split named; see `cupel list splits`, or give --check FILE");
    }
    if (asked > 1) {
      throw Error(ErrorKind::kUsage, "a split's name, --check, --import and --export are one each");
    }
    if (!flags->check.empty()) return run_check(*flags);
    if (imports) return run_import(*flags);
    if (!flags->export_as.empty()) return run_export(*flags);
    run_generator(*flags);
  });
}

}  // namespace cupel::cli
