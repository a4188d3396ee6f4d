#include "config/run_file.hpp"

#include <fmt/format.h>

#include <toml++/toml.h>

#include <filesystem>
#include <functional>
#include <map>

#include "cupel/error.hpp"
#include "text.hpp"

namespace cupel {

InputType parse_input_type(const std::string& text) {
  if (text == "counts") return InputType::kCounts;
  if (text == "lognorm") return InputType::kLognorm;
  throw Error(ErrorKind::kUsage, fmt::format("input type '{}' is neither counts nor lognorm", text));
}

void read_run_file(const std::string& path, RunConfig& config) {
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
  const auto local = [&](const std::string& name) { return (folder / name).lexically_normal().string(); };
  const auto flag = [&](const std::string& key, const toml::node& node) {
    if (!node.is_boolean()) refuse(key, "true or false");
    return *node.value<bool>();
  };

  using Reader = std::function<void(const std::string&, const toml::node&)>;
  const std::map<std::string, Reader> readers = {
      {"real", [&](auto& k, auto& n) { config.real = local(text(k, n)); }},
      {"pred",
       [&](auto& k, auto& n) {
         for (auto& name : texts(k, n)) config.predictions.push_back(local(name));
       }},
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
      {"device", [&](auto& k, auto& n) { config.device = text(k, n); }},
      {"threads",
       [&](auto& k, auto& n) {
         if (!n.is_integer()) refuse(k, "a whole number");
         config.threads = static_cast<std::int32_t>(*n.template value<std::int64_t>());
       }},
      {"memory", [&](auto& k, auto& n) { config.memory = parse_bytes(text(k, n)); }},
      {"force", [&](auto& k, auto& n) { config.force = flag(k, n); }},
      {"write-de", [&](auto& k, auto& n) { config.write_de = flag(k, n); }},
      {"de-format", [&](auto& k, auto& n) { config.de_format = text(k, n); }},
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
