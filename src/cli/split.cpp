#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "cli/commands.hpp"
#include "conditions/condition_list.hpp"
#include "cupel/error.hpp"
#include "io/h5ad_screen.hpp"
#include "io/output_file.hpp"
#include "log.hpp"
#include "report/split_manifest.hpp"
#include "splits/audit.hpp"
#include "splits/generator.hpp"
#include "text.hpp"

namespace cupel::cli {
namespace {

struct Flags {
  std::string generator;
  std::vector<std::string> real;  // FILE or NAME=FILE
  std::string check;
  std::string output;
  std::string controls = "shared";
  ConditionColumns columns;
  splits::SplitOptions options;
  std::set<std::string> given;  // flags of generators that were set
  bool force = false;
  bool quiet = false;
};

// The screens and what there is in them.
class Screens {
 public:
  Screens(const std::vector<std::string>& files, const ConditionColumns& columns) {
    if (files.empty()) throw Error(ErrorKind::kUsage, "no screen; give --real FILE.h5ad");
    std::vector<NamedScreen> named;
    for (const auto& file : files) {
      const auto equals = file.find('=');
      const bool has_name =
          equals != std::string::npos && file.find('/') > equals && !std::filesystem::exists(file);
      screens_.push_back(io::open_h5ad(has_name ? file.substr(equals + 1) : file));
      const std::string name = has_name           ? file.substr(0, equals)
                               : files.size() > 1 ? std::filesystem::path(file).stem().string()
                                                  : std::string();
      named.push_back({screens_.back().get(), name});
    }
    list_ = list_conditions(named, columns);
    material_ = {.conditions = list_,
                 .columns = columns,
                 .cell_names = [this](const ConditionCells& entry) { return names_of(entry); },
                 .context_profiles = {}};
  }
  Screens(const Screens&) = delete;
  Screens& operator=(const Screens&) = delete;

  [[nodiscard]] const splits::Material& material() const { return material_; }

 private:
  std::vector<std::string> names_of(const ConditionCells& entry) {
    const auto& all = screens_[static_cast<std::size_t>(entry.screen)]->cell_names();
    std::vector<std::string> names;
    for (const auto row : entry.rows) names.push_back(all[static_cast<std::size_t>(row)]);
    return names;
  }

  std::vector<std::unique_ptr<Screen>> screens_;
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

void run_check(const Flags& flags) {
  const auto manifest = read_split(flags.check);
  const Screens screens(flags.real, manifest.columns);
  const auto audit = splits::audit_split(manifest, screens.material());
  fmt::print("{}: {} (seed {})\n{}", flags.check, manifest.generator, manifest.seed,
             splits::audit_text(manifest, audit));
  if (!audit.findings.empty() && audit.findings.front().severity == splits::Severity::kFatal) {
    throw Error(ErrorKind::kInput,
                fmt::format("{}: {}: {}", flags.check, audit.findings.front().check,
                            audit.findings.front().message));
  }
}

void run_generator(Flags flags) {
  const auto& generator = splits::find_generator(flags.generator);
  if (flags.output.empty())
    throw Error(ErrorKind::kUsage, "no place for the split; give -o FILE.json");
  io::check_output_file(flags.output, flags.force);
  flags.options.controls = splits::parse_policy(flags.controls);
  Console console(flags.quiet);
  const Screens screens(flags.real, flags.columns);
  const auto manifest =
      splits::make_split(generator, screens.material(), flags.options, flags.given);
  io::OutputFile file(flags.output);
  file.write(split_json(manifest));
  file.commit();
  constexpr std::size_t kFoldsShown = 12;
  for (std::size_t i = 0; i < std::min(manifest.folds.size(), kFoldsShown); ++i) {
    console.note(
        fmt::format("fold {}: {}", manifest.folds[i].name, fold_text(manifest, manifest.folds[i])));
  }
  if (manifest.folds.size() > kFoldsShown) {
    console.note(fmt::format("and {} more folds", manifest.folds.size() - kFoldsShown));
  }
  fmt::print("claim: {}\n", splits::claim_text(manifest));
}

// An option of generators: notes that it was given.
template <typename T>
void add_option(CLI::App& command, std::shared_ptr<Flags> flags, const std::string& name, T& target,
                const std::string& help) {
  command.add_option("--" + name, target, help)
      ->each([flags, name](const std::string&) { flags->given.insert(name); })
      ->capture_default_str();
}

}  // namespace

void add_split(CLI::App& app) {
  auto* command = app.add_subcommand(
      "split", "Divide a screen into train, val and test, and say what a score on it can claim");
  auto flags = std::make_shared<Flags>();
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
  command
      ->add_option("--controls", flags->controls,
                   "control cells: shared by all parts, train, or disjoint (50/25/25)")
      ->capture_default_str();
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
  add_option(*command, flags, "test-combinations", options.test_combinations,
             "share tested of the combinations whose members all train");
  command->add_option("-o,--output", flags->output, "the split (.json)");
  command->add_flag("--force", flags->force, "replace a file that is there");
  command->add_flag("--quiet", flags->quiet, "no notes on stderr");
  command->callback([flags] {
    if (!flags->check.empty()) {
      if (!flags->generator.empty()) {
        throw Error(ErrorKind::kUsage, "--check makes no split; leave the generator out");
      }
      run_check(*flags);
      return;
    }
    if (flags->generator.empty()) {
      throw Error(ErrorKind::kUsage,
                  "no split named; see `cupel list splits`, or give --check FILE");
    }
    run_generator(*flags);
  });
}

}  // namespace cupel::cli
