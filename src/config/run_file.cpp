#include "config/run_file.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>

#include <charconv>
#include <filesystem>
#include <functional>
#include <map>

#include "cupel/error.hpp"
#include "text.hpp"

namespace cupel {

InputType parse_input_type(const std::string& text) {
  if (text == "counts") return InputType::kCounts;
  if (text == "lognorm") return InputType::kLognorm;
  throw Error(ErrorKind::kUsage,
              fmt::format("input type '{}' is neither counts nor lognorm", text));
}

double parse_confidence(double level) {
  if (level > 0.5 && level < 1.0) return level;
  throw Error(ErrorKind::kUsage, fmt::format("confidence {} is not between 0.5 and 1", level));
}

std::int32_t parse_draws(std::int64_t draws) {
  constexpr std::int64_t kFewest = 100;
  constexpr std::int64_t kMost = 100'000;
  if (draws == 0 || (draws >= kFewest && draws <= kMost)) return static_cast<std::int32_t>(draws);
  throw Error(ErrorKind::kUsage, fmt::format("{} draws are neither 0 (no intervals) nor {} to {}",
                                             draws, kFewest, kMost));
}

std::string parse_de_format(const std::string& text) {
  if (text == "h5ad" || text == "csv.gz") return text;
  throw Error(ErrorKind::kUsage, fmt::format("table format '{}' is neither h5ad nor csv.gz", text));
}

PredictionKind parse_prediction_kind(const std::string& text) {
  if (text == "auto") return PredictionKind::kAuto;
  if (text == "cells") return PredictionKind::kCells;
  if (text == "pseudobulk") return PredictionKind::kPseudobulk;
  throw Error(ErrorKind::kUsage,
              fmt::format("kind of prediction '{}' is none of: auto, cells, pseudobulk", text));
}

PseudobulkSpace parse_pseudobulk_space(const std::string& text) {
  if (text == "auto") return PseudobulkSpace::kAuto;
  if (text == "counts") return PseudobulkSpace::kCounts;
  if (text == "lognorm") return PseudobulkSpace::kLognorm;
  throw Error(ErrorKind::kUsage,
              fmt::format("space of profiles '{}' is none of: auto, counts, lognorm", text));
}

std::string parse_split_order(const std::string& text) {
  if (text == "categories" || text == "sorted" || text == "appearance") return text;
  throw Error(ErrorKind::kUsage,
              fmt::format("split order '{}' is none of categories, sorted, appearance", text));
}

std::int32_t parse_splits(const std::string& text) {
  constexpr int kMost = 100;
  int splits = 0;
  const auto* end = text.data() + text.size();
  if (std::from_chars(text.data(), end, splits).ptr != end || splits < 1 || splits > kMost) {
    throw Error(ErrorKind::kUsage,
                fmt::format("{} splits: give a whole number from 1 to {}", text, kMost));
  }
  return splits;
}

std::string parse_strata(const std::string& text) {
  if (text == "effect" || text == "none") return text;
  throw Error(ErrorKind::kUsage, fmt::format("strata '{}' are neither effect nor none", text));
}

PredictionFile parse_prediction(const std::string& text) {
  const auto equals = text.find('=');
  std::error_code ignored;
  if (equals == std::string::npos || text.find('/') < equals ||
      std::filesystem::exists(text, ignored)) {
    return {.path = text};
  }
  if (equals == 0 || equals + 1 == text.size()) {
    throw Error(ErrorKind::kUsage, fmt::format("prediction '{}': write NAME=FILE.h5ad", text));
  }
  return {.path = text.substr(equals + 1), .name = text.substr(0, equals)};
}

void read_run_file(const std::string& path, RunConfig& config) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: no such run file", path));
  }
  toml::table table;
  try {
    table = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: line {}: {}", path, error.source().begin.line,
                                               error.description()));
  }
  const auto folder = std::filesystem::path(path).parent_path();
  const auto refuse = [&](const std::string& key, std::string_view wanted) {
    throw Error(ErrorKind::kUsage, fmt::format("{}: '{}' takes {}", path, key, wanted));
  };
  const auto text = [&](const std::string& key, const toml::node& node) {
    if (!node.is_string()) refuse(key, "a text in quotes");
    return *node.value<std::string>();
  };
  const auto texts = [&](const std::string& key, const toml::node& node) {
    std::vector<std::string> all;
    if (const auto* list = node.as_array()) {
      for (auto&& item : *list) all.push_back(text(key, item));
    } else {
      all.push_back(text(key, node));
    }
    return all;
  };
  const auto local = [&](const std::string& name) {
    return (folder / name).lexically_normal().string();
  };
  const auto flag = [&](const std::string& key, const toml::node& node) {
    if (!node.is_boolean()) refuse(key, "true or false");
    return *node.value<bool>();
  };

  const auto prediction = [&](const std::string& key, const toml::node& node) -> PredictionFile {
    const auto* table_of_one = node.as_table();
    if (table_of_one == nullptr) {
      if (!node.is_string()) refuse(key, "a path in quotes or {name = ..., path = ...}");
      return {.path = local(*node.value<std::string>())};
    }
    PredictionFile file;
    for (auto&& [part, value] : *table_of_one) {
      if (part.str() == "path") {
        file.path = local(text("path", value));
      } else if (part.str() == "name") {
        file.name = text("name", value);
      } else {
        refuse(key, fmt::format("{{name = ..., path = ...}}, not '{}'", part.str()));
      }
    }
    if (file.path.empty()) refuse(key, "{name = ..., path = ...}; the path is missing");
    return file;
  };

  using Reader = std::function<void(const std::string&, const toml::node&)>;
  const std::map<std::string, Reader> readers = {
      {"real", [&](auto& k, auto& n) { config.real = local(text(k, n)); }},
      {"pred",
       [&](auto& k, auto& n) {
         config.predictions.clear();
         const auto* list = n.as_array();
         if (list == nullptr) {
           config.predictions.push_back(prediction(k, n));
         } else {
           for (auto&& item : *list) config.predictions.push_back(prediction(k, item));
         }
       }},
      {"manifest", [&](auto& k, auto& n) { config.manifest = local(text(k, n)); }},
      {"pred-kind",
       [&](auto& k, auto& n) { config.prediction_kind = parse_prediction_kind(text(k, n)); }},
      {"pseudobulk-space",
       [&](auto& k, auto& n) { config.pseudobulk_space = parse_pseudobulk_space(text(k, n)); }},
      {"profile",
       [&](auto& k, auto& n) {
         config.profile = text(k, n);
         if (config.profile.ends_with(".toml")) config.profile = local(config.profile);
       }},
      {"set", [&](auto& k, auto& n) { config.settings = texts(k, n); }},
      {"pert-col", [&](auto& k, auto& n) { config.pert_col = text(k, n); }},
      {"control", [&](auto& k, auto& n) { config.control = text(k, n); }},
      {"context-col", [&](auto& k, auto& n) { config.context_col = text(k, n); }},
      {"layer", [&](auto& k, auto& n) { config.layer = text(k, n); }},
      {"input-type", [&](auto& k, auto& n) { config.input_type = parse_input_type(text(k, n)); }},
      {"target-gene-map", [&](auto& k, auto& n) { config.target_gene_map = local(text(k, n)); }},
      {"output", [&](auto& k, auto& n) { config.output = local(text(k, n)); }},
      {"strata", [&](auto& k, auto& n) { config.strata = parse_strata(text(k, n)); }},
      {"device", [&](auto& k, auto& n) { config.device = text(k, n); }},
      {"gpu-memory", [&](auto& k, auto& n) { config.gpu_memory = parse_bytes(text(k, n)); }},
      {"threads",
       [&](auto& k, auto& n) {
         if (!n.is_integer()) refuse(k, "a whole number");
         const auto threads = *n.template value<std::int64_t>();
         if (threads < 0 || threads > INT32_MAX) refuse(k, "a whole number from 0 (all) up");
         config.threads = static_cast<std::int32_t>(threads);
       }},
      {"confidence",
       [&](auto& k, auto& n) {
         if (!n.is_number()) refuse(k, "a number between 0.5 and 1");
         config.confidence = parse_confidence(*n.template value<double>());
       }},
      {"draws",
       [&](auto& k, auto& n) {
         if (!n.is_integer()) refuse(k, "a whole number");
         config.draws = parse_draws(*n.template value<std::int64_t>());
       }},
      {"seed",
       [&](auto& k, auto& n) {
         if (!n.is_integer() || *n.template value<std::int64_t>() < 0) {
           refuse(k, "a whole number from 0 up");
         }
         config.seed = static_cast<std::uint64_t>(*n.template value<std::int64_t>());
       }},
      {"memory", [&](auto& k, auto& n) { config.memory = parse_bytes(text(k, n)); }},
      {"ends", [&](auto& k, auto& n) { config.ends = text(k, n); }},
      {"ends-seed",
       [&](auto& k, auto& n) {
         if (!n.is_integer() || *n.template value<std::int64_t>() < 0) {
           refuse(k, "a whole number from 0 up");
         }
         config.ends_seed = static_cast<std::uint64_t>(*n.template value<std::int64_t>());
       }},
      {"replicate-splits",
       [&](auto& k, auto& n) {
         if (!n.is_integer()) refuse(k, "a whole number");
         config.replicate_splits = parse_splits(std::to_string(*n.template value<std::int64_t>()));
       }},
      {"split-order",
       [&](auto& k, auto& n) { config.split_order = parse_split_order(text(k, n)); }},
      {"cache",
       [&](auto& k, auto& n) {
         config.cache = text(k, n);
         if (config.cache != "none") config.cache = local(config.cache);
       }},
      {"force", [&](auto& k, auto& n) { config.force = flag(k, n); }},
      {"resume", [&](auto& k, auto& n) { config.resume = flag(k, n); }},
      {"write-de", [&](auto& k, auto& n) { config.write_de = flag(k, n); }},
      {"de-format", [&](auto& k, auto& n) { config.de_format = parse_de_format(text(k, n)); }},
      {"dry-run", [&](auto& k, auto& n) { config.dry_run = flag(k, n); }},
      {"quiet", [&](auto& k, auto& n) { config.quiet = flag(k, n); }},
  };
  for (auto&& [key_view, node] : table) {
    const std::string key(key_view.str());
    const auto reader = readers.find(key);
    if (reader == readers.end()) {
      std::vector<std::string> known;
      for (const auto& [name, unused] : readers) known.push_back(name);
      const auto near = nearest(key, known);
      throw Error(ErrorKind::kUsage,
                  fmt::format("{}: no key named '{}'{}; known: {}", path, key,
                              near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near),
                              listed(known, known.size())));
    }
    reader->second(key, node);
  }
}

}  // namespace cupel
