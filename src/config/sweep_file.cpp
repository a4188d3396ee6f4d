#include "config/sweep_file.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>

#include "config/run_file.hpp"
#include "cupel/error.hpp"
#include "text.hpp"

namespace cupel {
namespace {

constexpr std::int64_t kMostSteps = 1'000'000;

class SweepFile {
 public:
  explicit SweepFile(const std::string& path)
      : path_(path), folder_(std::filesystem::path(path).parent_path()) {}

  SweepConfig read() {
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(path_, ignored)) {
      throw Error(ErrorKind::kUsage, fmt::format("{}: no such sweep file", path_));
    }
    toml::table table;
    try {
      table = toml::parse_file(path_);
    } catch (const toml::parse_error& error) {
      throw Error(ErrorKind::kUsage, fmt::format("{}: line {}: {}", path_,
                                                 error.source().begin.line, error.description()));
    }
    read_keys(table, top_keys());
    if (config_.grids.empty()) refuse("model", "one [[model]] or more");
    if ((config_.short_list > 0) == config_.short_list_profile.empty()) {
      refuse("short-list", "both a size and a profile");
    }
    if (config_.splits.empty()) config_.splits.push_back(default_split());
    name_splits();
    return std::move(config_);
  }

 private:
  using Reader = std::function<void(const std::string&, const toml::node&)>;
  using Keys = std::map<std::string, Reader>;

  [[noreturn]] void refuse(const std::string& key, std::string_view wanted) const {
    throw Error(ErrorKind::kUsage, fmt::format("{}: '{}' takes {}", path_, key, wanted));
  }
  [[nodiscard]] std::string text(const std::string& key, const toml::node& node) const {
    if (!node.is_string()) refuse(key, "a text in quotes");
    return *node.value<std::string>();
  }
  [[nodiscard]] std::int64_t whole(const std::string& key, const toml::node& node) const {
    const auto value = node.is_integer() ? *node.value<std::int64_t>() : -1;
    if (value < 0) refuse(key, "a whole number from 0 up");
    return value;
  }
  [[nodiscard]] std::string local(const std::string& name) const {
    return (folder_ / name).lexically_normal().string();
  }
  // A value as a setting's or a flag's text.
  [[nodiscard]] std::string scalar(const std::string& key, const toml::node& node) const {
    if (node.is_string()) return *node.value<std::string>();
    if (node.is_integer()) return std::to_string(*node.value<std::int64_t>());
    if (node.is_floating_point()) return number_text(*node.value<double>());
    if (node.is_boolean()) return *node.value<bool>() ? "yes" : "no";
    refuse(key, "a text, a number, true or false");
  }
  [[nodiscard]] const toml::table& table_of(const std::string& key, const toml::node& node) const {
    if (!node.is_table()) refuse(key, "a table");
    return *node.as_table();
  }

  void read_keys(const toml::table& table, const Keys& keys) const {
    for (auto&& [key_view, node] : table) {
      const std::string key(key_view.str());
      const auto reader = keys.find(key);
      if (reader == keys.end()) {
        std::vector<std::string> known;
        for (const auto& [name, unused] : keys) known.push_back(name);
        const auto near = nearest(key, known);
        throw Error(ErrorKind::kUsage,
                    fmt::format("{}: no key named '{}'{}; known: {}", path_, key,
                                near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                listed(known, known.size())));
      }
      reader->second(key, node);
    }
  }

  Keys top_keys() {
    auto& run = config_.run;
    return {
        {"real", [&](auto& k, auto& n) { run.real = local(text(k, n)); }},
        {"output", [&](auto& k, auto& n) { run.output = local(text(k, n)); }},
        {"profile",
         [&](auto& k, auto& n) {
           run.profile = text(k, n);
           if (run.profile.ends_with(".toml")) run.profile = local(run.profile);
         }},
        {"set",
         [&](auto& k, auto& n) {
           for (auto& value : values(k, n)) run.settings.push_back(std::move(value));
         }},
        {"pert-col", [&](auto& k, auto& n) { run.pert_col = text(k, n); }},
        {"control", [&](auto& k, auto& n) { run.control = text(k, n); }},
        {"context-col", [&](auto& k, auto& n) { run.context_col = text(k, n); }},
        {"dataset-col", [&](auto& k, auto& n) { config_.dataset_col = text(k, n); }},
        {"dose-col", [&](auto& k, auto& n) { config_.dose_col = text(k, n); }},
        {"separator", [&](auto& k, auto& n) { config_.separator = text(k, n); }},
        {"layer", [&](auto& k, auto& n) { run.layer = text(k, n); }},
        {"input-type", [&](auto& k, auto& n) { run.input_type = parse_input_type(text(k, n)); }},
        {"device", [&](auto& k, auto& n) { run.device = text(k, n); }},
        {"gpu-memory", [&](auto& k, auto& n) { run.gpu_memory = parse_bytes(text(k, n)); }},
        {"tables",
         [&](auto& k, auto& n) {
           for (auto&& [name, file] : table_of(k, n)) {
             config_.tables.push_back(fmt::format("{}={}", name.str(), local(text(k, file))));
           }
         }},
        {"cells", [&](auto& k, auto& n) { config_.cells = whole(k, n); }},
        {"select", [&](auto& k, auto& n) { config_.select = score(k, n); }},
        {"short-list", [&](auto& k, auto& n) { read_keys(table_of(k, n), short_list_keys()); }},
        {"split", [&](auto& k, auto& n) { each_table(k, n, [&](auto& t) { read_split(t); }); }},
        {"model", [&](auto& k, auto& n) { each_table(k, n, [&](auto& t) { read_model(t); }); }},
    };
  }

  Keys short_list_keys() {
    return {
        {"size", [&](auto& k, auto& n) { config_.short_list = whole(k, n); }},
        {"profile",
         [&](auto& k, auto& n) {
           config_.short_list_profile = text(k, n);
           if (config_.short_list_profile.ends_with(".toml")) {
             config_.short_list_profile = local(config_.short_list_profile);
           }
         }},
    };
  }

  void each_table(const std::string& key, const toml::node& node,
                  const std::function<void(const toml::table&)>& read) const {
    const auto* list = node.as_array();
    if (list == nullptr) refuse(key, fmt::format("tables: write [[{}]]", key));
    for (auto&& item : *list) read(table_of(key, item));
  }

  [[nodiscard]] SweepScore score(const std::string& key, const toml::node& node) const {
    const std::vector<std::string> names{"mse", "pearson", "cosine", "pds_l2", "pds_cosine"};
    const auto found = std::ranges::find(names, text(key, node));
    if (found == names.end()) refuse(key, fmt::format("one of: {}", listed(names)));
    return static_cast<SweepScore>(found - names.begin());
  }

  [[nodiscard]] LeaveOut unit(const std::string& key, const std::string& name) const {
    const std::vector<std::string> names{"condition", "perturbation", "context", "combination"};
    const auto found = std::ranges::find(names, name);
    if (found == names.end()) refuse(key, fmt::format("one of: {}", listed(names)));
    return static_cast<LeaveOut>(found - names.begin());
  }

  [[nodiscard]] InsideFolds folds(const std::string& key, const toml::node& node) const {
    InsideFolds result;
    if (node.is_table()) {
      read_keys(*node.as_table(),
                {{"unit", [&](auto& k, auto& n) { result.unit = unit(k, text(k, n)); }},
                 {"folds", [&](auto& k, auto& n) { result.folds = whole(k, n); }},
                 {"seed", [&](auto& k, auto& n) {
                    result.seed = static_cast<std::uint64_t>(whole(k, n));
                  }}});
    } else {
      const auto name = text(key, node);
      const std::string first = "leave-";
      if (name == "leave-one-out") {
        result = {.unit = LeaveOut::kCondition, .folds = 0};
      } else if (name.starts_with(first) && name.ends_with("-out")) {
        result.unit = unit(key, name.substr(first.size(), name.size() - first.size() - 4));
        result.folds = 0;
      } else if (name.ends_with("-fold") && name.size() > 5 && name.size() < 12 &&
                 name.find_first_not_of("0123456789") == name.size() - 5) {
        result.folds = std::stoll(name);
      } else {
        refuse(key,
               "\"leave-one-out\", \"leave-perturbation-out\", \"leave-context-out\", "
               "\"leave-combination-out\", \"5-fold\" or {unit = ..., folds = ..., "
               "seed = ...}");
      }
    }
    if (result.folds == 1) refuse(key, "two folds or more, or 0 for each unit by itself");
    return result;
  }

  void read_split(const toml::table& table) {
    SweepSplit split;
    for (auto&& [key_view, node] : table) {
      const std::string key(key_view.str());
      if (key == "name") {
        split.name = text(key, node);
      } else if (key == "file") {
        split.file = local(text(key, node));
      } else if (key == "generator") {
        split.generator = text(key, node);
      } else if (key == "outside") {
        split.outside = folds(key, node);
      } else if (key == "inside") {
        split.inside = folds(key, node);
      } else {
        for (auto& value : values(key, node)) split.options.emplace_back(key, std::move(value));
      }
    }
    const int ways =
        (split.file.empty() ? 0 : 1) + (split.generator.empty() ? 0 : 1) + (split.outside ? 1 : 0);
    if (ways > 1) refuse("split", "one of file, generator and outside");
    if (split.generator.empty() && !split.options.empty()) {
      refuse("split", fmt::format("'{}' only with a generator", split.options.front().first));
    }
    if (split.name.find('/') != std::string::npos) refuse("name", "a name without '/'");
    config_.splits.push_back(std::move(split));
  }

  void name_splits() {
    std::vector<std::string> names;
    for (auto& split : config_.splits) {
      if (split.name.empty()) {
        split.name = !split.file.empty()        ? std::filesystem::path(split.file).stem().string()
                     : !split.generator.empty() ? split.generator
                                                : "all";
      }
      if (std::ranges::find(names, split.name) != names.end()) {
        refuse("split", fmt::format("names that differ; '{}' is there twice", split.name));
      }
      names.push_back(split.name);
    }
  }

  static SweepSplit default_split() {
    return {.name = "5-fold",
            .file = {},
            .generator = {},
            .options = {},
            .outside = InsideFolds{},
            .inside = {}};
  }

  void read_model(const toml::table& table) {
    SweepGrid grid;
    for (auto&& [key_view, node] : table) {
      const std::string key(key_view.str());
      if (key == "name") {
        grid.model = text(key, node);
      } else {
        grid.axes.push_back({key, values(key, node)});
      }
    }
    if (grid.model.empty()) refuse("model", "a name; see `cupel list baselines`");
    config_.grids.push_back(std::move(grid));
  }

  [[nodiscard]] std::vector<std::string> values(const std::string& key,
                                                const toml::node& node) const {
    std::vector<std::string> all;
    if (const auto* range = node.as_table()) return steps(key, *range);
    if (const auto* list = node.as_array()) {
      for (auto&& item : *list) all.push_back(scalar(key, item));
      if (all.empty()) refuse(key, "one value or more");
    } else {
      all.push_back(scalar(key, node));
    }
    return all;
  }

  [[nodiscard]] std::vector<std::string> steps(const std::string& key,
                                               const toml::table& range) const {
    constexpr std::string_view kWanted =
        "{log = [FROM, TO], steps = N} or {linear = [FROM, TO], steps = N}";
    std::vector<double> ends;
    std::int64_t count = 0;
    bool is_log = false;
    for (auto&& [name, node] : range) {
      if (name.str() == "steps") {
        count = whole(key, node);
      } else if ((name.str() == "log" || name.str() == "linear") && ends.empty()) {
        is_log = name.str() == "log";
        if (!node.is_array()) refuse(key, kWanted);
        for (auto&& end : *node.as_array()) {
          const auto value = end.value<double>();
          if (!value || !std::isfinite(*value)) refuse(key, kWanted);
          ends.push_back(*value);
        }
      } else {
        refuse(key, kWanted);
      }
    }
    if (ends.size() != 2 || count < 2 || count > kMostSteps) refuse(key, kWanted);
    if (is_log && !(ends[0] > 0.0 && ends[1] > 0.0)) {
      refuse(key, "ends above 0 for {log = [FROM, TO], steps = N}");
    }
    std::vector<std::string> all;
    for (std::int64_t i = 0; i < count; ++i) {
      const double at = static_cast<double>(i) / static_cast<double>(count - 1);
      const double value = i == 0           ? ends[0]
                           : i == count - 1 ? ends[1]
                           : is_log         ? ends[0] * std::pow(ends[1] / ends[0], at)
                                            : ends[0] + (ends[1] - ends[0]) * at;
      // Six digits: what a person might have written.
      all.push_back(number_text(std::stod(fmt::format("{:.6g}", value))));
    }
    return all;
  }

  std::string path_;
  std::filesystem::path folder_;
  SweepConfig config_;
};

}  // namespace

SweepConfig read_sweep_file(const std::string& path) { return SweepFile(path).read(); }

}  // namespace cupel
