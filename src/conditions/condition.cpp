#include "conditions/condition.hpp"

#include <algorithm>

#include "conditions/names.hpp"
#include "conditions/sha256.hpp"

namespace cupel {
namespace {

void append_list(std::string& line, const std::vector<std::string>& texts) {
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) line += '\x1f';
    line += texts[i];
  }
}

}  // namespace

std::string describe(const Condition& condition) {
  std::string text;
  for (const auto* part : {&condition.dataset, &condition.context}) {
    if (part->empty()) continue;
    if (!text.empty()) text += ' ';
    text += *part;
  }
  if (!text.empty()) text += ": ";
  text += canonical_name(condition.members);
  if (!condition.doses.empty()) text.append(" at ").append(canonical_name(condition.doses));
  if (!condition.batch.empty()) text.append(", batch ").append(condition.batch);
  return text;
}

std::string condition_line(const Condition& condition) {
  std::string line = condition.dataset;
  line.append("\t").append(condition.context).append("\t");
  append_list(line, condition.members);
  line += '\t';
  append_list(line, condition.doses);
  line.append("\t").append(condition.batch);
  return line;
}

std::string conditions_sha256(std::vector<Condition> conditions) {
  std::ranges::sort(conditions);
  Sha256 hash;
  for (const auto& condition : conditions) {
    hash.add(condition_line(condition));
    hash.add("\n");
  }
  return hash.hex();
}

}  // namespace cupel
