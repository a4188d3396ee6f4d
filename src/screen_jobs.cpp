#include "cupel/screen_jobs.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/profile.hpp"
#include "cupel/backend.hpp"
#include "cupel/error.hpp"
#include "cupel/metric.hpp"
#include "data/grouping.hpp"
#include "io/h5ad_screen.hpp"
#include "io/h5ad_writer.hpp"
#include "log.hpp"
#include "open_devices.hpp"
#include "stats/memory_budget.hpp"
#include "stats/side_summary.hpp"

namespace cupel {
namespace {

// Conventions of the run's profile with its flags applied.
Conventions conventions_of(const RunConfig& config) {
  Profile profile = load_profile(config.profile);
  if (config.input_type) profile.conventions.data.input_type = *config.input_type;
  for (const auto& setting : config.settings) apply_setting(profile, setting);
  return profile.conventions;
}

}  // namespace

void test_screen(const RunConfig& config, bool gated, Console& console, const TestHooks& hooks) {
  console.stages().enter("open");
  const auto conventions = conventions_of(config);
  const auto backend = open_device(config, console);
  const auto screen = io::open_h5ad(config.real, config.layer.empty() ? "X" : config.layer);
  const auto groupings = group_cells(*screen, config.pert_col, config.control, config.context_col);
  ValueWatch watch(*screen, conventions, false);
  std::vector<std::string> contexts;
  for (const auto& grouping : groupings) contexts.push_back(grouping.context);
  if (hooks.on_start) hooks.on_start(contexts);
  for (const auto& grouping : groupings) {
    const SummaryRequest request{
        .needs = kNeedsDe,
        .all_genes = !gated,
        .memory = cell_memory(config.memory, std::ssize(grouping.perturbations),
                              std::ssize(screen->genes()), kDeMatrices)};
    const auto control =
        summarise_control(*screen, grouping, conventions, request, watch, *backend, console);
    const auto side = summarise_perturbations(*screen, grouping, control, conventions, request,
                                              watch, *backend, console);
    if (&grouping == &groupings.back()) watch.finish();
    hooks.on_table(grouping.context, side.de);
  }
}

void write_pseudobulk(const RunConfig& config, Console& console) {
  const auto conventions = conventions_of(config);
  const auto backend = open_device(config, console);
  const auto screen = io::open_h5ad(config.real, config.layer.empty() ? "X" : config.layer);
  const auto groupings = group_cells(*screen, config.pert_col, config.control, config.context_col);
  const auto genes = std::ssize(screen->genes());

  Column perturbation{
      .name = config.pert_col, .type = "categorical", .categories = {}, .codes = {}};
  Column context{.name = config.context_col, .type = "categorical", .categories = {}, .codes = {}};
  Column cells{.name = "n_cells", .type = "categorical", .categories = {}, .codes = {}};
  const auto label = [](Column& column, const std::string& text) {
    const auto found = std::ranges::find(column.categories, text);
    column.codes.push_back(static_cast<std::int32_t>(found - column.categories.begin()));
    if (found == column.categories.end()) column.categories.push_back(text);
  };

  std::vector<std::string> names;
  std::vector<std::vector<std::int64_t>> rows;
  for (const auto& grouping : groupings) {
    const auto add = [&](const std::string& name, const std::vector<std::int64_t>& of) {
      names.push_back(grouping.context.empty() ? name
                                               : fmt::format("{}_{}", grouping.context, name));
      label(perturbation, name);
      label(context, grouping.context);
      label(cells, std::to_string(of.size()));
      rows.push_back(of);
    };
    add(config.control, grouping.control);
    for (std::size_t i = 0; i < grouping.rows.size(); ++i) {
      add(grouping.perturbations[i], grouping.rows[i]);
    }
  }

  const auto n = std::ssize(rows);
  ValueWatch watch(*screen, conventions, false);
  const auto memory = cell_memory(config.memory, n, genes, kPseudobulkMatrices);
  const auto groups =
      summarise_groups(*screen, rows, conventions, memory, watch, *backend, console);
  watch.finish();

  std::vector<Column> columns{perturbation, cells};
  if (!config.context_col.empty()) columns.push_back(context);
  io::write_dense_h5ad(config.output, {.obs_names = names,
                                       .genes = screen->genes(),
                                       .x = groups.profiles.view(),
                                       .layers = {{"sums", groups.sums.view()}},
                                       .columns = columns});
}

}  // namespace cupel
