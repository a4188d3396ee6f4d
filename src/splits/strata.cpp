#include "splits/strata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <fstream>
#include <sstream>

#include "cupel/error.hpp"

namespace cupel::splits {
namespace {

std::ifstream opened(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open it", path));
  return file;
}

bool next_line(std::istream& file, std::string& line) {
  while (std::getline(file, line)) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (!line.empty()) return true;
  }
  return false;
}

// Names that a generator may deal out: perturbations as they are, and their members.
std::map<std::string, double> sizes(const Material& material) {
  std::map<std::string, double> alone;
  std::map<std::string, double> within;
  for (const auto& entry : material.conditions) {
    if (is_control(entry.condition)) continue;
    const auto cells = static_cast<double>(entry.rows.size());
    alone[canonical_name(entry.condition.members)] += cells;
    for (const auto& member : entry.condition.members) within[member] += cells;
  }
  alone.merge(within);  // a member that was never alone: by its combinations
  return alone;
}

}  // namespace

std::map<std::string, std::string> read_pairs(const std::string& path, std::string_view header) {
  auto file = opened(path);
  std::map<std::string, std::string> pairs;
  std::string line;
  for (int number = 1; next_line(file, line); ++number) {
    const auto at = line.find_last_of(",\t");
    if (at == line.npos || at == 0) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: line {} is not 'name,{}'", path, number, header));
    }
    const auto name = line.substr(0, at);
    const auto value = line.substr(at + 1);
    if (number == 1 && value == header) continue;
    const auto [known, is_new] = pairs.emplace(name, value);
    if (!is_new && known->second != value) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: line {} gives '{}' a second {}", path, number, name, header));
    }
  }
  return pairs;
}

std::map<std::string, std::string> terciles(const std::map<std::string, double>& value_of) {
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [name, value] : value_of) order.emplace_back(value, name);
  std::ranges::sort(order);
  constexpr std::array kNames{"low", "mid", "high"};
  std::map<std::string, std::string> stratum;
  for (std::size_t i = 0; i < order.size(); ++i) {
    stratum[order[i].second] = kNames[i * kNames.size() / order.size()];
  }
  return stratum;
}

void set_strata(const Material& material, const std::string& asked, SplitOptions& options) {
  const auto colon = asked.find(':');
  const auto kind = asked.substr(0, colon);
  const auto path = colon == asked.npos ? std::string() : asked.substr(colon + 1);
  options.stratified_by = kind;
  if (kind == "size" && path.empty()) {
    options.stratum_of = terciles(sizes(material));
    return;
  }
  if (path.empty() || (kind != "strength" && kind != "list" && kind != "sets")) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("--stratify '{}': write size, strength:FILE, list:FILE or sets:FILE.gmt",
                    asked));
  }
  options.stratified_by = asked;
  if (kind == "strength") {
    std::map<std::string, double> strength;
    for (const auto& [name, text] : read_pairs(path, "strength")) {
      double value = 0.0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (error == std::errc() && end == text.data() + text.size() && std::isfinite(value)) {
        strength[name] = value;
      }
    }
    options.stratum_of = terciles(strength);
    return;
  }
  auto file = opened(path);
  std::string line;
  if (kind == "list") {
    for (const auto& [name, cells] : sizes(material)) options.stratum_of[name] = "out";
    while (next_line(file, line)) options.stratum_of[line] = "in";
    return;
  }
  while (next_line(file, line)) {  // name, description, genes
    std::istringstream fields(line);
    std::string set;
    std::string gene;
    std::getline(fields, set, '\t');
    std::getline(fields, gene, '\t');
    while (std::getline(fields, gene, '\t')) options.stratum_of.emplace(gene, set);
  }
}

}  // namespace cupel::splits
