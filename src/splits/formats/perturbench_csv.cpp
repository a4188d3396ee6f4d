#include "splits/formats/perturbench_csv.hpp"

#include <fmt/format.h>

#include <fstream>

#include "cupel/error.hpp"
#include "splits/formats/imported.hpp"

namespace cupel::splits {
namespace {

std::string unquoted(std::string text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return text;
  std::string inner;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    inner += text[i];
    if (text[i] == '"' && text[i + 1] == '"') ++i;
  }
  return inner;
}

}  // namespace

std::vector<std::pair<std::string, Part>> read_perturbench_csv(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error(ErrorKind::kInput, fmt::format("{}: cannot open the split", path));
  std::vector<std::string> cells;
  std::vector<std::string> labels;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    while (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const auto comma = line.rfind(',');
    if (comma == line.npos) {
      throw Error(ErrorKind::kInput, fmt::format("{}: line {} is not 'cell,part'", path, number));
    }
    auto cell = unquoted(line.substr(0, comma));
    auto label = unquoted(line.substr(comma + 1));
    if (number == 1 && (cell.empty() || label == "split" || label == "0")) continue;  // a header
    cells.push_back(std::move(cell));
    labels.push_back(std::move(label));
  }
  const auto parts = parts_of_labels(labels, path);
  std::vector<std::pair<std::string, Part>> all;
  for (std::size_t i = 0; i < cells.size(); ++i) all.emplace_back(std::move(cells[i]), parts[i]);
  return all;
}

std::string perturbench_csv(const std::vector<std::pair<std::string, Part>>& cells) {
  std::string text;
  for (const auto& [cell, part] : cells) {
    if (cell.find_first_of(",\"\n\r") == cell.npos) {
      text += cell;
    } else {
      text += '"';
      for (const char c : cell) text.append(c == '"' ? 2 : 1, c);
      text += '"';
    }
    const bool named = part == Part::kTrain || part == Part::kVal || part == Part::kTest;
    text.append(",").append(named ? part_name(part) : "").append("\n");
  }
  return text;
}

}  // namespace cupel::splits
