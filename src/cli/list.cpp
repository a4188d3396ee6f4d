#include <fmt/format.h>

#include <cmath>

#include "cli/commands.hpp"
#include "config/profile.hpp"
#include "cupel/metric.hpp"
#include "models/model.hpp"
#include "report/listing.hpp"
#include "splits/generator.hpp"

namespace cupel::cli {

void add_list(CLI::App& app) {
  auto* command = app.add_subcommand("list", "List metrics, profiles, baselines or splits");
  command->require_subcommand(1);
  const auto add = [&](const std::string& what, const std::string& help, std::string (*markdown)(),
                       std::string (*json)(), std::string (*text)()) {
    auto* part = command->add_subcommand(what, help);
    auto* as_markdown = part->add_flag("--markdown")->description("as a Markdown table");
    auto* as_json = part->add_flag("--json")->description("as JSON");
    part->callback([=] {
      fmt::print("{}", as_markdown->count() > 0 ? markdown()
                       : as_json->count() > 0   ? json()
                                                : text());
    });
  };
  add("metrics", "every metric this build computes", metric_table_markdown, metrics_json,
      metrics_text);
  add("profiles", "every built-in profile", profile_table_markdown, profiles_json, profiles_text);
  add("baselines", "every model that `cupel fit` fits, and its settings",
      models::model_table_markdown, baselines_json, baselines_text);
  add("splits", "every way to split a screen", splits::split_table_markdown, splits_json,
      splits_text);
}

}  // namespace cupel::cli
