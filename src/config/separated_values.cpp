#include "config/separated_values.hpp"

#include <algorithm>

namespace cupel {
namespace {

// Reads one field from the front of `text` and leaves what ended it there.
std::string take_field(std::string_view& text, char separator) {
  std::string field;
  if (text.starts_with('"')) {
    text.remove_prefix(1);
    while (!text.empty()) {
      const auto quote = std::min(text.find('"'), text.size());
      field += text.substr(0, quote);
      text.remove_prefix(quote);
      if (!text.starts_with("\"\"")) break;
      field += '"';
      text.remove_prefix(2);
    }
    if (!text.empty()) text.remove_prefix(1);
  }
  const char ends[] = {separator, '\n'};
  const auto end = std::min(text.find_first_of(std::string_view(ends, 2)), text.size());
  field += text.substr(0, end);
  text.remove_prefix(end);
  if (!text.starts_with(separator) && field.ends_with('\r')) field.pop_back();
  return field;
}

}  // namespace

bool take_row(std::string_view& text, char separator, std::vector<std::string>& row) {
  while (!text.empty()) {
    row.clear();
    row.push_back(take_field(text, separator));
    while (text.starts_with(separator)) {
      text.remove_prefix(1);
      row.push_back(take_field(text, separator));
    }
    if (!text.empty()) text.remove_prefix(1);  // the line's end
    if (row.size() > 1 || !row[0].empty()) return true;
  }
  return false;
}

std::vector<std::vector<std::string>> separated_values(std::string_view text, char separator) {
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  while (take_row(text, separator, row)) rows.push_back(row);
  return rows;
}

}  // namespace cupel
