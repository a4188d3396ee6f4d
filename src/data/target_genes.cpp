#include "data/target_genes.hpp"

#include <fmt/format.h>

#include <fstream>
#include <string_view>

#include "cupel/error.hpp"

namespace cupel {
namespace {

// The fields of one line, by the first separator in it; "..." may hold separators, "" is a quote.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  char separator = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (c == '"') {
      quoted = !quoted;
    } else if (!quoted && (c == separator || (separator == 0 && (c == ',' || c == '\t')))) {
      separator = c;
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  return fields;
}

}  // namespace

TargetGeneMap read_target_gene_map(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open the target gene map", path));
  TargetGeneMap map;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.pop_back();
    if (line.empty()) continue;
    const auto fields = fields_of(line);
    if (fields.size() != 2 || fields[0].empty()) {
      throw Error(ErrorKind::kInput,
                  fmt::format("{}: line {} is not 'perturbation,gene'", path, number));
    }
    const auto& perturbation = fields[0];
    const auto& gene = fields[1];
    if (number == 1 && gene == "gene") continue;
    const auto [entry, is_new] = map.emplace(perturbation, gene);
    if (!is_new && entry->second != gene) {
      throw Error(ErrorKind::kInput, fmt::format("{}: line {} gives '{}' a second gene", path, number,
                                                 perturbation));
    }
  }
  return map;
}

std::vector<std::int32_t> own_genes(const std::vector<std::string>& perturbations,
                                    const std::vector<std::string>& genes,
                                    const TargetGeneMap& map) {
  std::unordered_map<std::string_view, std::int32_t> column;
  for (std::size_t i = 0; i < genes.size(); ++i) {
    column.emplace(genes[i], static_cast<std::int32_t>(i));
  }
  std::vector<std::int32_t> own;
  own.reserve(perturbations.size());
  for (const auto& perturbation : perturbations) {
    const auto mapped = map.find(perturbation);
    const auto found = column.find(mapped == map.end() ? perturbation : mapped->second);
    own.push_back(found == column.end() ? -1 : found->second);
  }
  return own;
}

}  // namespace cupel
