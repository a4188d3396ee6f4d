#include "config/cell_load_toml.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>

#include <sstream>

#include "cupel/error.hpp"

namespace cupel {
namespace {

using splits::CellLoadSplit;
using splits::Part;

[[noreturn]] void refuse(const std::string& path, std::string_view what) {
  throw Error(ErrorKind::kInput, fmt::format("{}: {}", path, what));
}

CellLoadSplit::ContextName context_name(const std::string& path, std::string_view key) {
  const auto dot = key.find('.');
  if (dot == key.npos || dot == 0 || dot + 1 == key.size()) {
    refuse(path, fmt::format("'{}' is not \"dataset.context\"", key));
  }
  return {std::string(key.substr(0, dot)), std::string(key.substr(dot + 1))};
}

const toml::table* table_of(const std::string& path, const toml::table& root, const char* name) {
  const auto* node = root.get(name);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) refuse(path, fmt::format("'{}' is not a table", name));
  return node->as_table();
}

std::string text_of(const std::string& path, std::string_view key, const toml::node& node) {
  if (!node.is_string()) refuse(path, fmt::format("'{}' is not a text in quotes", key));
  return *node.value<std::string>();
}

std::vector<std::string> texts_of(const std::string& path, std::string_view key,
                                  const toml::node& node) {
  const auto* list = node.as_array();
  if (list == nullptr) refuse(path, fmt::format("'{}' is not a list of texts", key));
  std::vector<std::string> texts;
  for (auto&& item : *list) texts.push_back(text_of(path, key, item));
  return texts;
}

}  // namespace

splits::CellLoadSplit read_cell_load_toml(const std::string& path) {
  toml::table root;
  try {
    root = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    refuse(path, fmt::format("line {}: {}", error.source().begin.line, error.description()));
  }
  CellLoadSplit split;
  const auto* datasets = table_of(path, root, "datasets");
  if (datasets == nullptr || datasets->empty()) refuse(path, "has no [datasets]");
  for (auto&& [key, node] : *datasets) {
    split.datasets[std::string(key.str())] = text_of(path, key.str(), node);
  }
  const auto check_dataset = [&](const std::string& name) {
    if (!split.datasets.contains(name)) {
      refuse(path, fmt::format("'{}' is not in [datasets]", name));
    }
  };
  if (const auto* training = table_of(path, root, "training")) {
    for (auto&& [key, node] : *training) {
      if (text_of(path, key.str(), node) != "train") {
        refuse(path, fmt::format("[training] {} is not \"train\"", key.str()));
      }
      split.training.emplace_back(key.str());
      check_dataset(split.training.back());
    }
  }
  if (const auto* zeroshot = table_of(path, root, "zeroshot")) {
    for (auto&& [key, node] : *zeroshot) {
      const auto part = text_of(path, key.str(), node);
      if (part != "val" && part != "test") {
        refuse(path, fmt::format("[zeroshot] \"{}\" is neither \"val\" nor \"test\"", key.str()));
      }
      const auto name = context_name(path, key.str());
      check_dataset(name.first);
      split.zeroshot[name] = part == "val" ? Part::kVal : Part::kTest;
    }
  }
  if (const auto* fewshot = table_of(path, root, "fewshot")) {
    for (auto&& [key, node] : *fewshot) {
      const auto* lists = node.as_table();
      if (lists == nullptr) refuse(path, fmt::format("[fewshot.\"{}\"] is not a table", key.str()));
      const auto name = context_name(path, key.str());
      check_dataset(name.first);
      auto& few = split.fewshot[name];
      for (auto&& [part, list] : *lists) {
        if (part.str() == "val") {
          few.val = texts_of(path, key.str(), list);
        } else if (part.str() == "test") {
          few.test = texts_of(path, key.str(), list);
        } else if (part.str() != "train") {  // what is in no list trains
          refuse(path, fmt::format("[fewshot.\"{}\"] has a list '{}'", key.str(), part.str()));
        }
      }
    }
  }
  return split;
}

std::string cell_load_toml(const splits::CellLoadSplit& split) {
  const auto list_of = [](const std::vector<std::string>& texts) {
    toml::array list;
    for (const auto& text : texts) list.push_back(text);
    return list;
  };
  const auto key_of = [](const CellLoadSplit::ContextName& name) {
    return fmt::format("{}.{}", name.first, name.second);
  };
  toml::table datasets;
  toml::table training;
  toml::table zeroshot;
  toml::table fewshot;
  for (const auto& [name, path] : split.datasets) datasets.insert(name, path);
  for (const auto& name : split.training) training.insert(name, "train");
  for (const auto& [name, part] : split.zeroshot) {
    zeroshot.insert(key_of(name), std::string(splits::part_name(part)));
  }
  for (const auto& [name, few] : split.fewshot) {
    fewshot.insert(key_of(name),
                   toml::table{{"val", list_of(few.val)}, {"test", list_of(few.test)}});
  }
  const toml::table root{{"datasets", std::move(datasets)},
                         {"training", std::move(training)},
                         {"zeroshot", std::move(zeroshot)},
                         {"fewshot", std::move(fewshot)}};
  std::ostringstream text;
  text << root << "\n";
  return text.str();
}

}  // namespace cupel
