#include "config/profile.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>

#include "config/builtin_profiles.hpp"
#include "config/fields.hpp"
#include "cupel/error.hpp"
#include "cupel/metric.hpp"
#include "text.hpp"

namespace cupel {
namespace {

[[noreturn]] void refuse_setting(const std::string& where, const std::string& what) {
  throw Error(ErrorKind::kUsage, fmt::format("{}: {}", where, what));
}

void assign(Field& field, const toml::node& value, const std::string& where) {
  const auto wanted = [&](std::string_view kind) {
    refuse_setting(where, fmt::format("'{}' takes {}", field.path, kind));
  };
  if (auto* flag = std::get_if<bool*>(&field.target)) {
    if (!value.is_boolean()) wanted("true or false");
    **flag = *value.value<bool>();
  } else if (auto* number = std::get_if<double*>(&field.target)) {
    if (!value.is_number()) wanted("a number");
    **number = *value.value<double>();
  } else if (auto* optional = std::get_if<std::optional<double>*>(&field.target)) {
    if (value.is_number()) {
      **optional = *value.value<double>();
    } else if (value.value<std::string>() == "none") {
      **optional = std::nullopt;
    } else {
      wanted("a number or \"none\"");
    }
  } else {
    auto& [member, names] = std::get<3>(field.target);
    const auto text = value.value<std::string>();
    const auto found = text ? std::ranges::find(names.names, *text) : names.names.end();
    if (found == names.names.end()) wanted(fmt::format("one of: {}", fmt::join(names.names, ", ")));
    *member = static_cast<std::uint8_t>(found - names.names.begin());
  }
}

void assign(Conventions& conventions, const std::string& path, const toml::node& value,
            const std::string& where) {
  auto fields = fields_of(conventions);
  const auto found = std::ranges::find(fields, path, &Field::path);
  if (found != fields.end()) return assign(*found, value, where);
  std::vector<std::string> known;
  for (const auto& field : fields) known.emplace_back(field.path);
  const auto near = nearest(path, known);
  refuse_setting(where, fmt::format("no setting named '{}'{}; known: {}", path,
                                    near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                                    listed(known, known.size())));
}

Profile load(const std::string& name_or_path, int depth);

Profile parse(std::string_view text, const std::string& name, const std::string& where, int depth) {
  toml::table table;
  try {
    table = toml::parse(text);
  } catch (const toml::parse_error& error) {
    refuse_setting(where,
                   fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
  Profile profile;
  bool names_as_listed = false;
  std::vector<std::string> listed_names;
  if (const auto base = table["base"].value<std::string>()) {
    if (depth > 8) refuse_setting(where, "profiles name each other as base in a circle");
    profile.conventions = load(*base, depth + 1).conventions;
  }
  profile.name = name;
  for (auto&& [key_view, node] : table) {
    const std::string key(key_view.str());
    if (key == "base") continue;
    if (key == "summary") {
      profile.summary = node.value_or(std::string{});
    } else if (key == "metrics") {
      const auto* list = node.as_array();
      if (list == nullptr) refuse_setting(where, "'metrics' takes a list of metric names");
      for (auto&& item : *list) {
        try {
          const auto listed_name = item.value_or(std::string{});
          const std::string metric(find_metric(listed_name).name);
          if (std::ranges::find(profile.metrics, metric) != profile.metrics.end()) {
            refuse_setting(where, fmt::format("lists '{}' twice", metric));
          }
          listed_names.push_back(listed_name);
          profile.metrics.push_back(metric);
        } catch (const Error& error) {
          refuse_setting(where, error.what());
        }
      }
    } else if (key == "names") {
      const auto names = node.value_or(std::string{});
      names_as_listed = names == "as_listed";
      if (!names_as_listed && names != "own") {
        refuse_setting(
            where,
            "'names' takes \"own\", or \"as_listed\" to write each metric under the name it "
            "is listed by");
      }
    } else if (const auto* section = node.as_table()) {
      for (auto&& [field, value] : *section) {
        assign(profile.conventions, fmt::format("{}.{}", key, field.str()), value, where);
      }
    } else {
      refuse_setting(
          where,
          fmt::format("no key named '{}'; known: summary, base, names, metrics and the sections "
                      "data, expression, pds, de, aggregation",
                      key));
    }
  }
  if (profile.metrics.empty()) refuse_setting(where, "lists no metrics");
  if (names_as_listed) profile.written_as = std::move(listed_names);
  return profile;
}

// `depth` counts the `base` links that led here.
Profile load(const std::string& name_or_path, int depth) {
  for (const auto& builtin : builtin_profiles()) {
    if (builtin.name != name_or_path) continue;
    return parse(builtin.toml, name_or_path, fmt::format("profile {}", name_or_path), depth);
  }
  if (!name_or_path.ends_with(".toml")) {
    throw Error(ErrorKind::kUsage,
                fmt::format("no profile named '{}'; known: {}; or give a .toml file", name_or_path,
                            listed(builtin_profile_names(), 99)));
  }
  std::FILE* file = std::fopen(name_or_path.c_str(), "rb");
  if (file == nullptr) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: cannot open the profile", name_or_path));
  }
  std::string text;
  char block[4096];
  for (std::size_t n = 0; (n = std::fread(block, 1, sizeof block, file)) > 0;)
    text.append(block, n);
  std::fclose(file);
  return parse(text, std::filesystem::path(name_or_path).stem(), name_or_path, depth);
}

}  // namespace

std::vector<std::string> builtin_profile_names() {
  std::vector<std::string> names;
  for (const auto& profile : builtin_profiles()) names.emplace_back(profile.name);
  return names;
}

Profile load_profile(const std::string& name_or_path) { return load(name_or_path, 0); }

void apply_setting(Profile& profile, std::string_view setting) {
  const std::string where = fmt::format("--set {}", setting);
  const auto equals = setting.find('=');
  if (equals == std::string_view::npos) refuse_setting(where, "write key.path=value");
  const std::string path(setting.substr(0, equals));
  const std::string value(setting.substr(equals + 1));
  toml::table table;
  try {
    table = toml::parse("value = " + value);
  } catch (const toml::parse_error&) {
    table.insert_or_assign("value", value);  // a bare word is a string
  }
  assign(profile.conventions, path, *table.get("value"), where);
}

std::vector<std::pair<std::string, std::string>> resolved_settings(const Conventions& conventions) {
  Conventions copy = conventions;
  std::vector<std::pair<std::string, std::string>> settings;
  for (const auto& field : fields_of(copy)) {
    std::string text;
    if (const auto* flag = std::get_if<bool*>(&field.target)) {
      text = **flag ? "true" : "false";
    } else if (const auto* number = std::get_if<double*>(&field.target)) {
      text = number_text(**number);
    } else if (const auto* optional = std::get_if<std::optional<double>*>(&field.target)) {
      text = (*optional)->has_value() ? number_text(***optional) : "\"none\"";
    } else {
      const auto& [member, names] = std::get<3>(field.target);
      text = fmt::format("\"{}\"", names.names[*member]);
    }
    settings.emplace_back(field.path, text);
  }
  return settings;
}

std::string profile_table_markdown() {
  std::string table = "| profile | metrics | what it is for |\n|---|---|---|\n";
  for (const auto& name : builtin_profile_names()) {
    const auto profile = load_profile(name);
    table += fmt::format("| `{}` | {} | {} |\n", name, profile.metrics.size(), profile.summary);
  }
  return table;
}

}  // namespace cupel
