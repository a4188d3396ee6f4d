#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "config/profile.hpp"
#include "cupel/error.hpp"
#include "cupel/evaluate.hpp"
#include "io/output_file.hpp"
#include "io/output_folder.hpp"
#include "log.hpp"
#include "open_devices.hpp"
#include "parallel/parallel.hpp"
#include "report/sweep_record.hpp"
#include "report/sweep_summary.hpp"
#include "sweep_job.hpp"
#include "sweeping/plan.hpp"
#include "sweeping/predictions.hpp"
#include "sweeping/table_file.hpp"

namespace cupel {
namespace {

namespace fs = std::filesystem;

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

}  // namespace

SweepReport run_sweep(const SweepConfig& config, Console& console) {
  console.stages().enter("open");
  const auto backend = open_device(config.run, console);
  return run_sweep_on(*backend, config, console);
}

SweepReport run_sweep_on(Backend& backend, const SweepConfig& config, Console& console) {
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
  auto data =
      fitting::load_training(screens, division, conventions, fitting::ControlReference::kContext,
                             tables, config.run.memory, backend, console);
  const sweep::Device device(backend);
  data.training.algebra = &device;
  const io::OutputFolder made(config.run.output);
  const auto plan =
      sweeping::make_plan(config, screens, columns, division, data.training, folder, console);
  const sweep::SweepRequest request{plan.splits, config.grids, config.select};

  console.stages().enter("sweep");
  const auto key = sweeping::key_of(config, plan, data.training, backend.name());
  const auto finished = sweeping::earlier_rows(config, key, folder, request, console);
  std::int64_t total = 0;
  for (const auto& split : plan.splits) total += settings * std::ssize(split.folds);
  std::vector<sweep::SweepRow> table;
  {
    sweeping::TableFile file(folder, key, finished);
    Progress progress(console, "sweep", "settings", total);
    const auto inside = std::ranges::count(finished, true, &sweep::SweepRow::inside);
    progress.advance(inside);
    table = sweep_nested(
        data.training, request, device, finished, [&](std::span<const sweep::SweepRow> rows) {
          file.add(rows);
          progress.advance(std::ranges::count(rows, true, &sweep::SweepRow::inside));
        });
  }
  const auto summary = summarise_sweep(request, table, plan.claims);
  io::write_text(folder / "sweep.md", sweep_markdown(summary));
  io::write_text(folder / "summary.csv", sweep_summary_csv(summary));

  console.stages().enter("write");
  SweepReport report;
  report.markdown = sweep_markdown(summary);
  report.settings = summary.settings;
  report.seconds = summary.seconds;
  report.splits =
      sweeping::write_predictions({config, columns, conventions, screens, division, data, folder},
                                  request, table, summary, console);
  report.device = backend.report();
  report.threads = thread_count();
  report.stages = console.stages().seconds();
  report.warnings = console.warnings();
  io::write_text(folder / "sweep.json", sweep_record_json(config, summary, report));
  console.note(fmt::format("{} settings in {:.1f} s; results in {}", report.settings,
                           report.seconds, config.run.output));
  return report;
}

}  // namespace cupel
