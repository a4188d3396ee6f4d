#include "report/split_manifest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "conditions/names.hpp"
#include "cupel/error.hpp"
#include "report/json_value.hpp"
#include "version.hpp"

namespace cupel {
namespace {

using splits::Fold;
using splits::Manifest;
using splits::Part;

constexpr std::string_view kManifestFormat = "cupel-split-1";

Json claim_json(const splits::Claim& claim) {
  return {{"unseen_condition", claim.unseen_condition},
          {"unseen_pair", claim.unseen_pair},
          {"unseen_context", claim.unseen_context},
          {"hidden_controls", claim.hidden_controls},
          {"unseen_dose", claim.unseen_dose},
          {"unseen_batch", claim.unseen_batch},
          {"unseen_dataset", claim.unseen_dataset},
          {"combinations", claim.combinations},
          {"perturbation", splits::novelty_name(claim.perturbation)},
          {"shots", claim.shots}};
}

splits::Claim parse_claim(const Json& json) {
  return {.unseen_condition = json.at("unseen_condition"),
          .unseen_pair = json.at("unseen_pair"),
          .unseen_context = json.at("unseen_context"),
          .hidden_controls = json.at("hidden_controls"),
          .unseen_dose = json.at("unseen_dose"),
          .unseen_batch = json.at("unseen_batch"),
          .unseen_dataset = json.at("unseen_dataset"),
          .combinations = json.at("combinations"),
          .perturbation = splits::parse_novelty(json.at("perturbation").get<std::string>()),
          .shots = json.at("shots")};
}

Json columns_json(const ConditionColumns& columns) {
  return {{"perturbation", columns.perturbation},
          {"context", columns.context},
          {"dose", columns.dose},
          {"batch", columns.batch},
          {"dataset", columns.dataset},
          {"separator", columns.names.separator},
          {"controls", columns.names.controls},
          {"tuples", columns.names.tuples}};
}

ConditionColumns parse_columns(const Json& json) {
  return {.perturbation = json.at("perturbation"),
          .context = json.at("context"),
          .dose = json.at("dose"),
          .batch = json.at("batch"),
          .dataset = json.at("dataset"),
          .names = {.separator = json.at("separator"),
                    .controls = json.at("controls"),
                    .tuples = json.at("tuples")}};
}

// Of one part: condition numbers, by task where it has one.
Json part_json(const Fold& fold, Part part) {
  Json plain = Json::array();
  Json by_task = Json::object();
  for (std::size_t i = 0; i < fold.part.size(); ++i) {
    if (fold.part[i] != part) continue;
    if (fold.task[i].empty()) {
      plain.push_back(i);
    } else {
      by_task[fold.task[i]].push_back(i);
    }
  }
  if (by_task.empty()) return plain;
  if (!plain.empty()) by_task[""] = plain;
  return by_task;
}

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string fold_text(const Fold& fold) {
  std::string text = fmt::format("    {{\"name\": {}", one_line(fold.name));
  for (std::size_t p = 0; p < splits::kParts; ++p) {
    const auto json = part_json(fold, static_cast<Part>(p));
    if (json.empty()) continue;
    text.append(
        fmt::format(",\n     \"{}\": {}", splits::part_name(static_cast<Part>(p)), one_line(json)));
  }
  // Names of divided conditions' cells: {"17": {"train": [...], "test": [...]}}.
  if (!fold.cells.empty()) {
    std::string cells;
    for (std::size_t i = 0; i < fold.cells.size();) {
      const auto condition = fold.cells[i].condition;
      Json parts = Json::object();
      for (; i < fold.cells.size() && fold.cells[i].condition == condition; ++i) {
        parts[std::string(splits::part_name(fold.cells[i].part))].push_back(fold.cells[i].cell);
      }
      cells.append(fmt::format("{}\n      \"{}\": {}", cells.empty() ? "" : ",", condition,
                               one_line(parts)));
    }
    text.append(fmt::format(",\n     \"cells_of\": {{{}}}", cells));
  }
  return text.append("}");
}

void read_part(const Json& json, Part part, const std::string& task, Fold& fold) {
  for (const auto& number : json) {
    const auto at = number.get<std::size_t>();
    if (at >= fold.part.size()) {
      throw Error(ErrorKind::kInput, fmt::format("fold '{}' names condition {} of {}", fold.name,
                                                 at, fold.part.size()));
    }
    if (fold.part[at] != Part::kUnused || !fold.task[at].empty()) {
      throw Error(ErrorKind::kInput,
                  fmt::format("fold '{}' puts condition {} in two parts", fold.name, at));
    }
    fold.part[at] = part;
    fold.task[at] = task;
  }
}

Fold parse_fold(const Json& json, std::size_t n_conditions) {
  Fold fold;
  fold.name = json.at("name");
  fold.part.assign(n_conditions, Part::kUnused);
  fold.task.resize(n_conditions);
  std::size_t placed = 0;
  for (const auto& [key, value] : json.items()) {
    if (key == "name" || key == "cells_of") continue;
    const auto part = splits::parse_part(key);
    const auto count = [&](const Json& list) {
      placed += list.size();
      return list;
    };
    if (value.is_object()) {
      for (const auto& [task, list] : value.items()) read_part(count(list), part, task, fold);
    } else {
      read_part(count(value), part, "", fold);
    }
  }
  if (placed != n_conditions) {
    throw Error(ErrorKind::kInput, fmt::format("fold '{}' places {} of {} conditions", fold.name,
                                               placed, n_conditions));
  }
  if (json.contains("cells_of")) {
    for (const auto& [number, parts] : json.at("cells_of").items()) {
      for (const auto& [part, names] : parts.items()) {
        for (const auto& name : names) {
          fold.cells.push_back(
              {std::stoi(number), name.get<std::string>(), splits::parse_part(part)});
        }
      }
    }
    std::ranges::sort(fold.cells);
  }
  return fold;
}

Manifest manifest_of(const Json& json) {
  if (json.value("format", "") != kManifestFormat) {
    throw Error(ErrorKind::kInput,
                fmt::format("is no split: its \"format\" is not \"{}\"", kManifestFormat));
  }
  Manifest manifest;
  manifest.generator = json.at("generator").at("name");
  manifest.generator_version = json.at("generator").at("version");
  manifest.seed = json.at("seed");
  manifest.random = json.at("random");
  for (const auto& [name, value] : json.at("parameters").items()) {
    manifest.parameters.emplace_back(name, value.get<std::string>());
  }
  manifest.columns = parse_columns(json.at("columns"));
  manifest.controls = splits::parse_policy(json.at("controls").get<std::string>());
  manifest.stratified_by = json.at("stratified_by");
  manifest.groups = json.at("groups");
  for (const auto& row : json.at("conditions")) {
    manifest.conditions.push_back({.dataset = row.at(0),
                                   .context = row.at(1),
                                   .members = row.at(2),
                                   .doses = row.at(3),
                                   .batch = row.at(4)});
    manifest.n_cells.push_back(row.at(5));
    if (row.size() > 6) manifest.stratum.push_back(row.at(6));
  }
  for (const auto& fold : json.at("folds")) {
    manifest.folds.push_back(parse_fold(fold, manifest.conditions.size()));
  }
  for (const auto& promise : json.at("promises")) {
    splits::Promise one;
    one.task = promise.at("task");
    for (const auto& key : promise.at("disjoint_by")) {
      one.disjoint_by.push_back(splits::parse_key(key.get<std::string>()));
    }
    one.claim = parse_claim(promise.at("facts"));
    manifest.promises.push_back(std::move(one));
  }
  const auto expect = [&](const char* key, const std::string& found) {
    if (json.at(key) == found) return;
    throw Error(
        ErrorKind::kInput,
        fmt::format("\"{}\" is not the hash of what it holds: it was edited; make it anew", key));
  };
  expect("conditions_sha256", conditions_sha256(manifest.conditions));
  expect("split_sha256", splits::manifest_sha256(manifest));
  splits::check_manifest(manifest);
  return manifest;
}

// A field of a line of tab-separated values: no tabs or line ends, which labels cannot hold.
void append_row(std::string& text, std::string_view kind, const Condition& condition,
                const Fold& fold, Part part, std::string_view task, std::string_view stratum,
                std::string_view cell) {
  text.append(fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", kind, condition.dataset,
                          condition.context, canonical_name(condition.members),
                          condition.doses.empty() ? "" : canonical_name(condition.doses),
                          condition.batch, fold.name, splits::part_name(part), task, stratum,
                          cell));
}

}  // namespace

std::string split_json(const Manifest& manifest) {
  Json head;
  head["format"] = kManifestFormat;
  head["cupel"] = version();
  head["claim"] = splits::claim_text(manifest);
  head["generator"] = {{"name", manifest.generator}, {"version", manifest.generator_version}};
  head["seed"] = manifest.seed;
  head["random"] = manifest.random;
  head["parameters"] = Json::object();
  for (const auto& [name, value] : manifest.parameters) head["parameters"][name] = value;
  head["columns"] = columns_json(manifest.columns);
  head["controls"] = splits::policy_name(manifest.controls);
  head["stratified_by"] = manifest.stratified_by;
  head["groups"] = manifest.groups;
  head["conditions_sha256"] = conditions_sha256(manifest.conditions);
  head["split_sha256"] = splits::manifest_sha256(manifest);
  head["promises"] = Json::array();
  for (const auto& promise : manifest.promises) {
    Json keys = Json::array();
    for (const auto key : promise.disjoint_by) keys.push_back(splits::key_name(key));
    head["promises"].push_back({{"task", promise.task},
                                {"claim", splits::text_of(promise.claim)},
                                {"disjoint_by", keys},
                                {"facts", claim_json(promise.claim)}});
  }
  auto text = head.dump(2, ' ', false, Json::error_handler_t::replace);
  text.erase(text.size() - 2);  // "\n}"
  text.append(",\n  \"conditions\": [");
  for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
    const auto& c = manifest.conditions[i];
    Json row =
        Json::array({c.dataset, c.context, c.members, c.doses, c.batch, manifest.n_cells[i]});
    if (!manifest.stratum.empty()) row.push_back(manifest.stratum[i]);
    text.append(fmt::format("{}\n    {}", i == 0 ? "" : ",", one_line(row)));
  }
  text.append("\n  ],\n  \"folds\": [");
  for (std::size_t i = 0; i < manifest.folds.size(); ++i) {
    text.append(i == 0 ? "\n" : ",\n").append(fold_text(manifest.folds[i]));
  }
  return text.append("\n  ]\n}\n");
}

Manifest parse_split(std::string_view text, const std::string& name) {
  try {
    return manifest_of(Json::parse(text));
  } catch (const Json::exception& error) {
    throw Error(ErrorKind::kInput, fmt::format("{}: is no split: {}", name, error.what()));
  } catch (const Error& error) {
    throw Error(ErrorKind::kInput, fmt::format("{}: {}", name, error.what()));
  } catch (const std::logic_error& error) {  // a condition number that is no number
    throw Error(ErrorKind::kInput, fmt::format("{}: is no split: {}", name, error.what()));
  }
}

Manifest read_split(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open the split", path));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_split(text, path);
}

std::string split_tsv(const Manifest& manifest) {
  std::string text =
      "unit_kind\tdataset\tcontext\tperturbation\tdose\tbatch\tfold\tsplit\ttask\tstratum\tcell\n";
  for (const auto& fold : manifest.folds) {
    std::size_t cell = 0;
    for (std::size_t i = 0; i < manifest.conditions.size(); ++i) {
      const auto& condition = manifest.conditions[i];
      const std::string stratum = manifest.stratum.empty() ? "" : manifest.stratum[i];
      if (fold.part[i] != Part::kByCell) {
        append_row(text, "condition", condition, fold, fold.part[i], fold.task[i], stratum, "");
      }
      for (; cell < fold.cells.size() && fold.cells[cell].condition == static_cast<std::int32_t>(i);
           ++cell) {
        const auto& one = fold.cells[cell];
        append_row(text, is_control(condition) ? "control-cell" : "cell", condition, fold, one.part,
                   one.part == Part::kTest ? fold.task[i] : std::string_view(), stratum, one.cell);
      }
    }
  }
  return text;
}

}  // namespace cupel
